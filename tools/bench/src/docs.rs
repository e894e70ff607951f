//! The last results, put into the documents.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use boot256_kit::{file, page};

use crate::report::{self, BuildTimes, Report};
use crate::{markdown, picture};

/// The part of a document that shows what a run has measured, and the one for a run with KVM.
const PART: &str = "bench";
const WITH_KVM: &str = "bench-kvm";

/// Puts the results in `build` between the markers of each of `documents`, and draws `picture`. What
/// stands between the markers is named for the accelerator: [`PART`], and [`WITH_KVM`] where a document has it.
///
/// # Errors
/// If there are no results, or a document has no markers.
pub fn update(build: &Path, picture: &Path, documents: &[PathBuf]) -> Result<()> {
    let load = |accelerator| report::load::<Report>(build, &Report::file(accelerator));
    let report = load("tcg")?.context("no results: run `make bench`")?;
    let with_kvm = load("kvm")?;
    let times: Option<BuildTimes> = report::load(build, BuildTimes::FILE)?;
    for document in documents {
        ensure!(page::has(&file::read_text(document)?, PART), "{} has no part {PART}", document.display());
        let is_readme = document.file_name().is_some_and(|name| name == "README.md");
        let results = if is_readme { markdown::short(&report) } else { markdown::full(&report, times.as_ref()) };
        let with_kvm = with_kvm.as_ref().map(markdown::figures);
        let parts = [Some((PART, results.as_str())), with_kvm.as_deref().map(|results| (WITH_KVM, results))];
        page::update(document, &parts.into_iter().flatten().collect::<Vec<_>>())?;
    }
    if let Some(folder) = picture.parent() {
        fs::create_dir_all(folder)?;
    }
    file::write(picture, picture::draw(&report))?;
    println!("{}", picture.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::store;
    use crate::sample;

    /// A document of this name with the marks of a run, and of one with KVM if it is to have them.
    fn document(folder: &Path, name: &str, with_kvm: bool) -> PathBuf {
        let path = folder.join(name);
        let kvm = if with_kvm { "<!-- bench-kvm:begin --><!-- bench-kvm:end -->\n" } else { "" };
        fs::write(&path, format!("# Top\n<!-- bench:begin -->\nold\n<!-- bench:end -->\n{kvm}End\n")).unwrap();
        path
    }

    #[test]
    fn the_readme_gets_the_short_table_and_a_page_all_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let mut with_kvm = sample::good();
        with_kvm.host.accelerator = "kvm".into();
        store(folder.path(), "bench.json", &sample::good()).unwrap();
        store(folder.path(), "bench-kvm.json", &with_kvm).unwrap();
        store(folder.path(), BuildTimes::FILE, &sample::times()).unwrap();
        let readme = document(folder.path(), "README.md", false);
        let page = document(folder.path(), "performance.md", true);
        let picture = folder.path().join("images/bench.svg");
        update(folder.path(), &picture, &[readme.clone(), page.clone()]).unwrap();

        let readme = fs::read_to_string(readme).unwrap();
        assert_eq!(readme.matches("| idle CPU, % of a core |").count(), 1, "{readme}");
        assert!(!readme.contains("### ") && !readme.contains("old") && !readme.contains("KVM"), "{readme}");
        let page = fs::read_to_string(page).unwrap();
        for part in ["### Goals", "### Sizes", "### Building and testing", "with TCG", "with KVM"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert_eq!(page.matches("### Goals").count(), 2, "one of each accelerator");
        assert!(page.starts_with("# Top\n") && page.ends_with("End\n") && !page.contains("old"), "{page}");
        assert_eq!(fs::read_to_string(picture).unwrap(), picture::draw(&sample::good()));
    }

    #[test]
    fn without_results_or_marks_nothing_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let picture = folder.path().join("bench.svg");
        let error = update(folder.path(), &picture, &[]).unwrap_err().to_string();
        assert_eq!(error, "no results: run `make bench`");
        store(folder.path(), "bench.json", &sample::good()).unwrap();
        let bare = folder.path().join("bare.md");
        fs::write(&bare, "# Top\n").unwrap();
        let error = update(folder.path(), &picture, std::slice::from_ref(&bare)).unwrap_err().to_string();
        assert!(error.ends_with("bare.md has no part bench"), "{error}");
        assert_eq!(fs::read_to_string(bare).unwrap(), "# Top\n");
        assert!(!picture.exists());
    }
}
