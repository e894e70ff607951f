//! What the pages name is there: files behind relative links, headings behind `#`, make targets.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use boot256_kit::root as tree;

/// Every page: those at the root, and all under docs/.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut folders = vec![tree().join("docs")];
    let is_page = |path: &Path| path.extension().is_some_and(|end| end == "md");
    let list = |folder: &Path| -> Vec<PathBuf> {
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
    };
    pages.extend(list(&tree()).into_iter().filter(|path| is_page(path)));
    while let Some(folder) = folders.pop() {
        for path in list(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if is_page(&path) {
                pages.push(path);
            }
        }
    }
    assert!(pages.len() > 10, "where are the pages? {pages:?}");
    pages
}

/// The lines of `text` and whether each is in a fenced block of code.
fn lines(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut code = false;
    text.lines().map(move |line| {
        if line.trim_start().starts_with("```") {
            code = !code;
            return (true, "");
        }
        (code, line)
    })
}

/// Destinations of the links in a line: `](...)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link)
}

/// Whether a link of the README leads to the repository's pages on GitHub: actions, releases, deployments.
/// README.md is below `blob/main` there.
fn is_of_github(page: &Path, link: &str) -> bool {
    let beside =
        |rest: &str| ["actions/workflows/", "releases", "deployments/"].iter().any(|part| rest.starts_with(part));
    page.parent() == Some(&tree()) && link.strip_prefix("../../").is_some_and(beside)
}

/// The workflows whose results the README shows are there.
#[test]
fn badges_are_of_workflows_that_exist() {
    let readme = fs::read_to_string(tree().join("README.md")).unwrap();
    let workflows: Vec<&str> = lines(&readme)
        .flat_map(|(_, line)| links(line))
        .filter_map(|link| link.strip_prefix("../../actions/workflows/"))
        .collect();
    assert!(!workflows.is_empty(), "where are the badges?");
    for name in workflows {
        let name = name.split_once('/').map_or(name, |(name, _)| name);
        assert!(tree().join(".github/workflows").join(name).is_file(), "{name}");
    }
}

/// The names by which a page's headings can be linked to, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    lines(text)
        .filter(|(code, line)| !code && line.starts_with('#'))
        .map(|(_, line)| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            title
                .chars()
                .filter(|&c| c.is_alphanumeric() || c == ' ' || c == '-' || c == '_')
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

/// The make targets that a line names: the words after `make` where a command stands, in a code
/// span that starts with it or in a block of code.
fn targets(code: bool, line: &str) -> Vec<&str> {
    let spans: Vec<&str> = if code {
        // A comment behind a command is prose.
        line.split(" # ").take(1).flat_map(|line| line.split("&&")).collect()
    } else {
        line.split('`').skip(1).step_by(2).collect()
    };
    let mut targets = Vec::new();
    for span in spans {
        let mut words = span.split_whitespace();
        if words.next() == Some("make") {
            let is_target =
                |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-');
            targets.extend(words.take_while(|word| !word.starts_with('#')).filter(is_target));
        }
    }
    targets
}

#[test]
fn links_lead_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in lines(&text).filter(|(code, _)| !code).flat_map(|(_, line)| links(line)) {
            // Beside the tree are the project's other pages on GitHub.
            if link.contains("://") || link.starts_with("mailto:") || is_of_github(&page, link) {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            let there = target.exists()
                && (anchor.is_empty() || anchors(&fs::read_to_string(&target).unwrap()).contains(anchor));
            if !there {
                broken.push(format!("{}: {link}", page.strip_prefix(tree()).unwrap().display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn make_targets_exist() {
    let themes = fs::read_dir(tree().join("make")).expect("make/").map(|entry| entry.expect("an entry").path());
    let makefiles: String =
        [tree().join("Makefile")].into_iter().chain(themes).map(|file| fs::read_to_string(file).unwrap()).collect();
    // Targets that are no files: a name of letters and dashes, at the start of a line.
    let known: BTreeSet<&str> = makefiles
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(names, _)| names)
        .filter(|names| names.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c == ' '))
        .flat_map(str::split_whitespace)
        .collect();
    assert!(known.contains("all") && known.contains("probe"), "{known:?}");
    let mut unknown = Vec::new();
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for target in lines(&text).flat_map(|(code, line)| targets(code, line)) {
            seen += 1;
            if !known.contains(target) {
                unknown.push(format!("{}: make {target}", page.strip_prefix(tree()).unwrap().display()));
            }
        }
    }
    assert!(seen > 10, "where are the commands?");
    assert!(unknown.is_empty(), "targets that make has not got:\n{}", unknown.join("\n"));
}

/// Every guide begins with one word on how far it was tried, the day, and a version, or "as of that day" where what was
/// read has none; and the index has the same word.
#[test]
fn every_guide_says_how_far_it_was_tried() {
    let docs = tree().join("docs");
    let index = fs::read_to_string(docs.join("README.md")).unwrap();
    let is_day = |text: &str| {
        text.len() == 10
            && text.char_indices().all(|(at, c)| if at == 4 || at == 7 { c == '-' } else { c.is_ascii_digit() })
    };
    let mut guides = 0;
    for page in pages().into_iter().filter(|page| page.parent().is_some_and(|folder| folder.ends_with("guides"))) {
        guides += 1;
        let text = fs::read_to_string(&page).unwrap();
        let name = page.file_name().unwrap().to_str().unwrap();
        let head = text.split("\n\n").nth(1).unwrap_or_default();
        let word = ["Run", "Read", "Not tried"].into_iter().find(|word| head.starts_with(&format!("**{word}** on ")));
        let word = word.unwrap_or_else(|| panic!("{name}: run, read or not tried? {head}"));
        let rest = &head[format!("**{word}** on ").len()..];
        assert!(is_day(&rest[..10]) && rest[10..].starts_with(": "), "{name}: when? {head}");
        let has_version = rest[10..]
            .split(|c: char| !(c.is_ascii_digit() || c == '.'))
            .any(|word| word.trim_matches('.').contains('.') || word.len() == 4);
        assert!(has_version || head.contains("as of that day"), "{name}: which version? {head}");
        let row = format!("(guides/{name}) | {} |", word.to_lowercase());
        assert!(index.contains(&row), "docs/README.md has no {row}");
    }
    assert!(guides > 10, "where are the guides?");
}

/// The commands of a block of code, without comments, one a line.
fn commands(block: &str) -> Vec<String> {
    block
        .replace("\\\n", " ")
        .lines()
        .map(|line| line.split(" # ").next().unwrap_or_default().trim().to_owned())
        .collect()
}

/// The blocks of code of a page, from a heading on.
fn blocks<'a>(text: &'a str, from: &str) -> Vec<&'a str> {
    let text = text.split_once(from).unwrap_or_else(|| panic!("no {from}")).1;
    text.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap_or_default().1).collect()
}

/// The commands for Proxmox VE are in README and in its guide: the same ones.
#[test]
fn proxmox_is_told_once() {
    let readme = fs::read_to_string(tree().join("README.md")).unwrap();
    let guide = fs::read_to_string(tree().join("docs/guides/proxmox.md")).unwrap();
    let (there, here) = (blocks(&readme, "### Proxmox VE"), blocks(&guide, "# Proxmox VE"));
    for at in 0..2 {
        assert!(there[at].contains("qm create"), "{}", there[at]);
        assert_eq!(commands(there[at]), commands(here[at]), "README.md and docs/guides/proxmox.md");
    }
}

#[test]
fn the_index_names_every_page() {
    let docs = tree().join("docs");
    let index = fs::read_to_string(docs.join("README.md")).unwrap();
    let named: BTreeSet<PathBuf> = lines(&index)
        .flat_map(|(_, line)| links(line))
        .filter_map(|link| fs::canonicalize(docs.join(link)).ok())
        .collect();
    let missing: Vec<_> = pages()
        .into_iter()
        .filter(|page| page.starts_with(&docs) && !page.ends_with("docs/README.md") && !named.contains(page))
        .collect();
    assert!(missing.is_empty(), "docs/README.md does not name {missing:?}");
}

/// The exit codes in docs/smoke-test.md are the probe's own.
#[test]
fn exit_codes_are_current() {
    let help = std::process::Command::new(env!("CARGO_BIN_EXE_boot256-probe")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let page = fs::read_to_string(tree().join("docs/smoke-test.md")).unwrap();
    assert!(page.contains(help.trim_end()), "docs/smoke-test.md does not show the probe's --help as it is:\n{help}");
}

#[test]
fn this_test_sees_what_it_should() {
    assert_eq!(links("[a](b.md) and ![c](d/e.svg#f)").collect::<Vec<_>>(), ["b.md", "d/e.svg#f"]);
    assert_eq!(targets(false, "`make size`, make it, `make`, `make flash DEV=/dev/sdX`"), ["size", "flash"]);
    assert_eq!(targets(true, "make setup all    # installs and more"), ["setup", "all"]);
    assert_eq!(targets(true, "cd x && make -j2 run"), ["run"]);
    assert_eq!(targets(true, "makes no sense"), [""; 0]);
    assert!(anchors("# A (b), `c` d\n```\n# no\n```\n").contains("a-b-c-d"));
    assert_eq!(anchors("```\n# no\n```\n").len(), 0);
}
