//! A developer's mistakes and a machine's troubles: one clear line, and no half file.

use std::fs;
use std::process::{Command, Output};

use boot256_commands::{Place, said};

/// The lines that are neither make's own nor a command that it shows.
fn errors(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().filter(|line| !line.starts_with("make")).map(Into::into).collect()
}

/// A copy of what git tracks, in a folder of this name.
fn copy(place: &Place, name: &str) -> std::path::PathBuf {
    let copy = place.file(name);
    let git = |args: &[&str]| {
        let output =
            Command::new("git").args(args).current_dir(boot256_kit::root()).output().expect("git (package git)");
        assert!(output.status.success(), "{}", said(&output));
        output.stdout
    };
    let tracked =
        String::from_utf8(git(&["ls-files", "-z", "--cached", "--others", "--exclude-standard"])).expect("names");
    for name in tracked.split_terminator('\0').filter(|name| boot256_kit::root().join(name).is_file()) {
        let to = copy.join(name);
        fs::create_dir_all(to.parent().expect("it is in the copy")).expect("a folder");
        fs::copy(boot256_kit::root().join(name), to).expect("a copy");
    }
    copy
}

fn make(place: &Place, folder: &std::path::Path, arguments: &[&str]) -> Output {
    let mut make = place.command("make");
    make.args(arguments).current_dir(folder).env_remove("CARGO_TARGET_DIR").output().expect("make runs")
}

#[test]
fn a_folder_with_a_colon_in_its_name_is_said_to_be_the_trouble() {
    let place = Place::new();
    let folder = copy(&place, "a:b");
    let output = make(&place, &folder, &["build/boot.bin"]);
    assert!(!output.status.success());
    let errors = errors(&output);
    assert!(
        errors.len() == 1 && errors[0].starts_with("boot256: cargo cannot build below a name with a colon"),
        "{errors:?}"
    );
    assert!(!folder.join("build/boot.elf").exists());
}

#[test]
fn help_names_every_command_wherever_the_folder_is() {
    let place = Place::new();
    let folder = copy(&place, "two words");
    let output = make(&place, &folder, &["help"]);
    let help = said(&output);
    assert!(output.status.success(), "{help}");
    let mut said = 0;
    for file in fs::read_dir(folder.join("make"))
        .expect("make/")
        .map(|entry| entry.expect("an entry").path())
        .chain([folder.join("Makefile")])
    {
        for line in fs::read_to_string(file).expect("a text").lines() {
            if let Some((target, _)) =
                line.split_once(':').filter(|_| line.contains(" ## ") && !line.starts_with(['#', '\t']))
            {
                assert!(help.contains(&format!("\n  make {target} ")), "make help does not name {target}:\n{help}");
                said += 1;
            }
        }
    }
    assert!(said > 30, "where are the commands? {said}");
}

/// CI asks for targets that there are: a command that has gone would be missed at night only.
#[test]
fn what_ci_asks_for_is_there() {
    let place = Place::new();
    let help = said(&make(&place, &boot256_kit::root(), &["help"]));
    let mut asked = Vec::new();
    for file in [".ci/run", ".github/workflows/ci.yml", ".github/workflows/nightly.yml", ".github/workflows/pages.yml"]
    {
        let text = fs::read_to_string(boot256_kit::root().join(file)).expect("a file of CI");
        let mut in_matrix = false;
        for line in text.lines().map(str::trim) {
            let item = line.strip_prefix("- ").filter(|_| in_matrix);
            in_matrix = line == "target:" || item.is_some();
            let command = ["step ", "- run: make ", "make "].iter().find_map(|start| line.strip_prefix(start));
            let words = item.or(command.filter(|_| !line.contains("step() "))).unwrap_or_default().split_whitespace();
            asked.extend(words.filter(|word| word.starts_with(|first: char| first.is_ascii_lowercase())).map(|word| {
                let target = word.trim_end_matches(';').to_owned();
                (file, target)
            }));
        }
    }
    assert!(asked.len() > 12, "where does CI call make? {asked:?}");
    for (file, target) in asked {
        assert!(help.contains(&format!("\n  make {target} ")), "{file} asks for `make {target}`, which there is not");
    }
}

/// A device's name may have anything in it, and is one word for the program.
#[test]
fn what_a_user_names_is_one_word() {
    let place = Place::new();
    let root = boot256_kit::root();
    let output = make(&place, &root, &["--dry-run", "--assume-old=build/boot.img", "flash", "DEV=it's a; stick"]);
    let line = said(&output).lines().rfind(|line| line.contains(" flash ")).expect("the recipe").to_owned();
    let words = format!("set -- {line}; printf '%s|' \"$#\" \"$4\"");
    let shell = Command::new("sh").args(["-c", &words]).output().expect("sh");
    assert_eq!(String::from_utf8_lossy(&shell.stdout), "4|it's a; stick|", "{line}");
}

#[test]
fn clean_removes_what_was_built_where_it_was_built() {
    let place = Place::new();
    let folder = copy(&place, "tree");
    for target in ["target", "elsewhere"] {
        for (built, file) in [("build", "boot.img"), (target, "CACHEDIR.TAG")] {
            fs::create_dir_all(folder.join(built)).expect("a folder");
            fs::write(folder.join(built).join(file), "Signature: 8a477f597d28d172789f06886806bc55").expect("a file");
        }
        let output = place
            .command("make")
            .arg("clean")
            .current_dir(&folder)
            .env("CARGO_TARGET_DIR", target)
            .output()
            .expect("make");
        assert!(output.status.success(), "{}", said(&output));
        for gone in ["build", target] {
            assert!(!folder.join(gone).exists(), "{gone}: {}", said(&output));
        }
    }
}

#[test]
fn clean_needs_no_tools() {
    let place = Place::new();
    let folder = copy(&place, "tree");
    // A rustup that has no toolchain: cargo is looked for in vain.
    place.fake("rustup", "exit 1");
    fs::create_dir_all(folder.join("build/tools")).expect("a folder");
    let output = make(&place, &folder, &["clean"]);
    assert!(output.status.success() && !folder.join("build").exists(), "{}", said(&output));
}

#[test]
fn a_compiler_that_is_missing_is_named_with_its_package() {
    if fs::exists("/usr/bin/cargo").is_ok_and(|there| there) {
        eprintln!("skipped: this machine's /usr/bin/cargo is no cargo that is missing");
        return;
    }
    let place = Place::new();
    place.fake("rustup", "exit 1");
    let folder = copy(&place, "tree");
    let output = make(&place, &folder, &["build/boot.bin"]);
    assert!(!output.status.success());
    assert_eq!(errors(&output), ["boot256: /usr/bin/cargo is missing (package cargo-web): run 'make setup'"]);
}

#[test]
fn a_tree_that_cannot_be_written_is_an_error_of_one_line() {
    let place = Place::new();
    let folder = copy(&place, "tree");
    // A file in the place of the folder: not even root can make it.
    fs::write(folder.join("build"), "").expect("a file");
    let output = make(&place, &folder, &["build/boot256.xml"]);
    assert!(!output.status.success());
    let errors = errors(&output);
    assert!(errors.len() == 1 && errors[0].contains("build"), "{errors:?}");
}
