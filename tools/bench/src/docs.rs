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
