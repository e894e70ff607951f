//! The last results, put into the documents.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use boot256_tests::file;

use crate::report::{self, BuildTimes, Report};
use crate::{markdown, picture};

/// Between these lines of a document stands what a run has measured.
const BEGIN: &str = "<!-- bench -->";
const END: &str = "<!-- /bench -->";

/// Puts the results in `build` between the markers of each of `documents`, and draws `picture`.
///
/// # Errors
/// If there are no results, or a document has no markers.
pub fn update(build: &Path, picture: &Path, documents: &[PathBuf]) -> Result<()> {
    let report: Report = report::load(build, Report::FILE)?.context("no results: run `make bench`")?;
    let times: Option<BuildTimes> = report::load(build, BuildTimes::FILE)?;
    for document in documents {
        let text = fs::read_to_string(document).with_context(|| format!("cannot read {}", document.display()))?;
        let is_readme = document.file_name().is_some_and(|name| name == "README.md");
        let results = if is_readme { markdown::short(&report) } else { markdown::full(&report, times.as_ref()) };
        let new = between_markers(&text, &results).with_context(|| document.display().to_string())?;
        if new != text {
            file::write(document, &new)?;
            println!("{}", document.display());
        }
    }
    if let Some(folder) = picture.parent() {
        fs::create_dir_all(folder)?;
    }
    file::write(picture, &picture::draw(&report))?;
    println!("{}", picture.display());
    Ok(())
}

/// `text` with `results` between its markers.
fn between_markers(text: &str, results: &str) -> Result<String> {
    let parts = text.split_once(BEGIN).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let Some((before, after)) = parts else { bail!("no `{BEGIN}` and `{END}` in it") };
    Ok(format!("{before}{BEGIN}\n{}\n{END}{after}", results.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_what_is_between_and_nothing_else() {
        let text = "a\n<!-- bench -->\nold\n<!-- /bench -->\nb\n";
        let new = between_markers(text, "new\n").unwrap();
        assert_eq!(new, "a\n<!-- bench -->\nnew\n<!-- /bench -->\nb\n");
        assert_eq!(between_markers(&new, "new\n").unwrap(), new);
        assert!(between_markers("<!-- bench -->", "new").is_err());
    }
}
