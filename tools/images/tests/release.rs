//! A release is the same for everybody, wherever and by whomever it was made, and describes itself.

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use boot256_images::formats;
use boot256_kit::page;
use common::{Build, assert_release_is_whole, can, root, text};

#[test]
fn a_release_is_whole_and_its_checksums_hold() {
    let build = Build::whole();
    assert_release_is_whole(&build);
    for format in formats::FORMATS {
        let (made, released) = (build.file(format.file), build.file("release").join(format.file));
        assert!(fs::read(made).unwrap() == fs::read(released).unwrap(), "{}", format.file);
    }
}

#[test]
fn nobodys_umask_hides_a_release() {
    let build = Build::new();
    let output = under_umask("077", &build.command(&["release"])).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let release = build.file("release");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&release), 0o755);
    for entry in fs::read_dir(&release).unwrap() {
        let path = entry.unwrap().path();
        let program = path.file_name().unwrap().to_str().unwrap().starts_with("boot256-probe");
        assert_eq!(mode(&path), if program { 0o755 } else { 0o644 }, "{}", path.display());
    }
}

/// Another folder to start in, build folder, user, umask, time zone, locale, home, date of the
/// sources and of the day, with and without the variables that tools look for: the same bytes.
#[test]
fn a_release_does_not_tell_who_made_it_where_and_when() {
    let (one, two) = (Build::whole(), Build::new());
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join(".xorrisorc"), "-volid OTHER\n-publisher OTHER\n").unwrap();
    fs::write(home.path().join(".mkisofsrc"), "PUBL=OTHER\n").unwrap();
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    for name in ["boot.bin", "boot.elf"] {
        fs::File::options().append(true).open(two.file(name)).unwrap().set_modified(old).unwrap();
    }
    let mut make = under_umask("077", &two.command(&["release"]));
    if can("be another user", &["unshare", "--user", "--map-user=12345", "--map-group=12345", "true"]) {
        make = below(&["unshare", "--user", "--map-user=12345", "--map-group=12345", "--"], &make);
    }
    if can("have another date (package faketime)", &["faketime", "2031-05-06 07:08:09", "true"]) {
        make = below(&["faketime", "2031-05-06 07:08:09"], &make);
    }
    let locale = other_locale(home.path());
    let output = make
        .current_dir(home.path())
        .env("HOME", home.path())
        // Cargo and its crates are in the home of who runs the test.
        .env("CARGO_HOME", var_or("CARGO_HOME", ".cargo"))
        .env("RUSTUP_HOME", var_or("RUSTUP_HOME", ".rustup"))
        .env("USER", "other")
        .env("LOGNAME", "other")
        .env("TZ", "Pacific/Kiritimati")
        .env("LOCPATH", &locale)
        .env("LC_ALL", "en_US.UTF-8")
        .env("SOURCE_DATE_EPOCH", "86400")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert_release_is_whole(&two);
    let (one, two) = (one.files(), two.files());
    for (name, content) in one.iter().filter(|(name, _)| name.starts_with("release/")) {
        assert!(two[name] == *content, "{name} differs");
    }
}

/// The pages' tables are what `make formats-table` would write. A page has a table where it has
/// its markers; docs/formats.md has both.
#[test]
fn the_pages_have_the_formats_of_this_build() {
    let build = Build::whole();
    let pages = pages();
    assert!(pages.contains(&root().join("docs/formats.md")), "{pages:?}");
    for path in pages {
        let old = fs::read_to_string(&path).unwrap();
        let mut new = old.clone();
        for (name, table) in
            [("formats", formats::table(build.folder.path()).unwrap()), ("readers", formats::readers_table())]
        {
            new = page::fill(&new, name, &table).unwrap();
        }
        assert!(old == new, "{} is not up to date: run 'make formats-table'", path.display());
        if path.ends_with("docs/formats.md") {
            for marker in ["formats", "readers"] {
                assert!(page::has(&old, marker), "no marker {marker:?}");
            }
        }
    }
}

/// A folder that a variable names, or one of the home.
fn var_or(name: &str, folder: &str) -> PathBuf {
    std::env::var_os(name)
        .map_or_else(|| Path::new(&std::env::var_os("HOME").expect("a home")).join(folder), PathBuf::from)
}

/// The pages that `make formats-table` looks at.
fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let readme = root().join("README.md");
    docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .chain(readme.exists().then_some(readme))
        .collect()
}

/// A folder of a locale that sorts otherwise than by bytes, where this machine can make one.
fn other_locale(folder: &Path) -> PathBuf {
    let locale = folder.join("locale");
    fs::create_dir(&locale).unwrap();
    let compiled = locale.join("en_US.UTF-8").display().to_string();
    can("have another locale (package locales)", &["localedef", "-i", "en_US", "-f", "UTF-8", &compiled]);
    locale
}

/// The same command below another, with its environment.
fn below(start: &[&str], command: &Command) -> Command {
    let mut outer = Command::new(start[0]);
    outer.args(&start[1..]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    outer
}

fn under_umask(umask: &str, command: &Command) -> Command {
    below(&["sh", "-c", "umask $0; exec \"$@\"", umask], command)
}
