//! The last results, put into the documents.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use boot256_tests::file;

use crate::report::{self, BuildTimes, Report};
use crate::{markdown, picture};

/// Puts the results in `build` between the markers of each of `documents`, and draws `picture`. What
/// stands between the markers is named for the accelerator: `bench`, and `bench-kvm` where a document has it.
///
/// # Errors
/// If there are no results, or a document has no markers.
pub fn update(build: &Path, picture: &Path, documents: &[PathBuf]) -> Result<()> {
    let load = |accelerator| report::load::<Report>(build, &Report::file(accelerator));
    let report = load("tcg")?.context("no results: run `make bench`")?;
    let with_kvm = load("kvm")?;
    let times: Option<BuildTimes> = report::load(build, BuildTimes::FILE)?;
    for document in documents {
        let text = fs::read_to_string(document).with_context(|| format!("cannot read {}", document.display()))?;
        let is_readme = document.file_name().is_some_and(|name| name == "README.md");
        let results = if is_readme { markdown::short(&report) } else { markdown::full(&report, times.as_ref()) };
        let mut new = between_markers(&text, "bench", &results).with_context(|| document.display().to_string())?;
        if let Some(with_kvm) = with_kvm.as_ref().filter(|_| !is_readme) {
            new = between_markers(&new, "bench-kvm", &markdown::full(with_kvm, None))
                .with_context(|| document.display().to_string())?;
        }
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

/// `text` with `results` between the markers of `name`.
fn between_markers(text: &str, name: &str, results: &str) -> Result<String> {
    let (begin, end) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
    let parts = text.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let Some((before, after)) = parts else { bail!("no `{begin}` and `{end}` in it") };
    Ok(format!("{before}{begin}\n{}\n{end}{after}", results.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_what_is_between_and_nothing_else() {
        let text = "a\n<!-- bench -->\nold\n<!-- /bench -->\nb\n";
        let new = between_markers(text, "bench", "new\n").unwrap();
        assert_eq!(new, "a\n<!-- bench -->\nnew\n<!-- /bench -->\nb\n");
        assert_eq!(between_markers(&new, "bench", "new\n").unwrap(), new);
        assert!(between_markers("<!-- bench -->", "bench", "new").is_err());
    }
}
