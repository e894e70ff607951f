//! One fault at a time: each has its exit code and its line.

use std::io::Write;

use boot256_facts::{BANNER, START};

use crate::fake::{self, Fault, PREFACE, Server, heard};
use crate::run::{Said, probe};

/// Long enough for a machine that is busy, for faults that show by nothing coming.
const SOON: &str = "0.5";

fn against(fault: Fault, args: &[&str]) -> Said {
    let server = Server::with(fault);
    let said = probe(["--serial", server.socket.to_str().unwrap()].iter().chain(args));
    server.end();
    said
}

#[test]
fn nothing_wrong() {
    against(Fault::None, &[]).is_ok(&["banner", "answer"]);
    against(Fault::None, &["--line", ""]).is_ok(&["answer"]);
    against(Fault::None, &["--line", "Grüße, $ 100 % \"x\""]).is_ok(&["answer"]);
}

#[test]
fn silent() {
    against(Fault::Silent, &["--timeout", SOON]).fails(6, "no banner in time, heard nothing");
}

#[test]
fn another_banner() {
    against(Fault::OtherBanner, &["--timeout", SOON]).fails(6, r#"no banner in time, heard "Client\r\n$ ""#);
    against(Fault::BannerTwice, &["--timeout", SOON]).fails(6, r#"heard "CClliieennttAAPPII\r\n$ ""#);
}

#[test]
fn no_prompt() {
    against(Fault::NoPrompt, &["--timeout", SOON])
        .fails(7, &format!(r#"no prompt after the banner in time, heard "{BANNER}\r\n""#));
}

#[test]
fn more_than_the_prompt_after_the_banner() {
    let server = Server::of(|mut socket| {
        socket.write_all(&[START, b"x"].concat()).unwrap();
        drop(fake::converse(socket, Fault::None));
    });
    probe(["--serial", server.socket.to_str().unwrap()])
        .fails(7, r#"the banner is not followed by the prompt alone: expected "\r\n$ ", heard "\r\n$ x""#);
    server.end();
}

#[test]
fn ends_early() {
    against(Fault::EndsInBanner, &[]).fails(5, r#"the line ends too early, heard "Client""#);
    against(Fault::EndsInAnswer, &[])
        .fails(5, &format!(r#"the line ends too early, heard "{BANNER}\r\n$ hello\r\no""#));
}

#[test]
fn deaf() {
    against(Fault::Deaf, &["--timeout", SOON])
        .fails(8, r#"the echo does not come in time: expected "h", heard nothing"#);
}

#[test]
fn echoes_twice() {
    against(Fault::EchoTwice, &[]).fails(8, r#"the echo is wrong: expected "he", heard "hh"#);
}

#[test]
fn wrong_answer() {
    against(Fault::Forwards, &[]).fails(9, r#"the answer is wrong: expected "hello\r\nolleh", heard "hello\r\nh"#);
}

#[test]
fn no_second_prompt() {
    against(Fault::NoSecondPrompt, &["--timeout", SOON]).fails(7, "the prompt after the answer does not come in time");
}

#[test]
fn one_byte_too_many() {
    against(Fault::OneTooMany, &[]).fails(7, "more than the prompt after the answer");
}

#[test]
fn a_firmware_preface_is_skipped() {
    let server = Server::of(|mut socket| {
        socket.write_all(PREFACE).unwrap();
        drop(fake::talk(socket, Fault::None));
    });
    probe(["--serial", server.socket.to_str().unwrap()]).is_ok(&["banner"]);
    server.end();
}

#[test]
fn without_a_banner_enter_asks_for_the_prompt() {
    // The banner that nobody has read yet is not taken for the answer to Enter.
    against(Fault::None, &["--no-banner"]).is_ok(&["prompt", "answer"]);
    let server = Server::of(|socket| drop(fake::converse(socket, Fault::None)));
    probe(["--serial", server.socket.to_str().unwrap(), "--no-banner"]).is_ok(&["prompt", "answer"]);
    server.end();
    against(Fault::Deaf, &["--no-banner", "--timeout", SOON]).fails(7, "no prompt after Enter in time");
}

#[test]
fn json_tells_the_same() {
    let good = against(Fault::None, &["--json"]);
    let json = good.json();
    assert_eq!((good.exit, &json["ok"], &json["exit"]), (0, &true.into(), &0.into()));
    assert_eq!(json["failure"], serde_json::Value::Null);
    assert_eq!(json["heard"], heard());
    let steps: Vec<&str> =
        json["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(steps, ["banner", "answer"]);

    let bad = against(Fault::Forwards, &["--json"]);
    let json = bad.json();
    assert_eq!((bad.exit, &json["ok"], &json["exit"]), (9, &false.into(), &9.into()));
    assert_eq!(json["failure"], "answer");
    assert!(json["message"].as_str().unwrap().starts_with("the answer is wrong"), "{json}");
    assert_eq!(bad.stderr, "");
}

#[test]
fn a_command_line_without_sense() {
    probe(["--seriel", "x"]).fails(2, "unexpected argument '--seriel' found (see boot256-probe --help)");
    probe::<&str>([]).fails(2, "--serial <ADDRESS> (see");
    probe(["--serial", "tcp:localhost"]).fails(2, "'tcp:localhost' for '--serial <ADDRESS>': not HOST:PORT (see");
}

#[test]
fn help_and_version() {
    let help = probe(["--help"]);
    assert_eq!((help.exit, help.stderr.as_str()), (0, ""));
    assert!(help.stdout.contains("Usage: boot256-probe [OPTIONS] --serial <ADDRESS>"), "{help:?}");
    let page = std::fs::read_to_string(boot256_kit::root().join("docs/smoke-test.md")).unwrap();
    assert!(page.contains(help.stdout.trim_end()), "docs/smoke-test.md does not show this help:\n{}", help.stdout);
    let version = probe(["--version"]);
    assert_eq!((version.exit, version.stdout), (0, format!("boot256-probe {}\n", env!("CARGO_PKG_VERSION"))));
}

/// A line that never stops: neither for ever, nor with all of the host's memory.
#[test]
fn babbles_without_end() {
    for (args, exit) in [(&["--timeout", "60"][..], 5), (&["--timeout", "60", "--no-banner"], 5)] {
        let server = Server::of(|mut socket| while socket.write_all(&[b'.'; 4096]).is_ok() {});
        let said = probe(["--serial", server.socket.to_str().unwrap()].iter().chain(args));
        said.fails(exit, "more than 1048576 bytes have come");
        server.end();
    }
}

/// The time-out is for the whole check, and it is kept.
#[test]
fn a_time_out_is_kept() {
    let begin = std::time::Instant::now();
    against(Fault::Silent, &["--timeout", SOON]).fails(6, "no banner in time");
    // Not before it is over; how long after, the machine's load says.
    assert!(begin.elapsed().as_secs_f64() >= SOON.parse().unwrap());
}

/// The test cases in a JUnit file, read by an XML reader of another make: name, and what became of it.
fn cases(file: &std::path::Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(file).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    let cases: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    let count = |tag: &str| cases.iter().filter(|case| case.children().any(|child| child.has_tag_name(tag))).count();
    let suite = root.first_element_child().unwrap();
    for (attribute, number) in [("tests", cases.len()), ("failures", count("failure"))] {
        assert_eq!(suite.attribute(attribute), Some(number.to_string().as_str()), "{attribute} in {text}");
    }
    assert!(document.descendants().any(|node| node.has_tag_name("system-out")), "{text}");
    cases
        .iter()
        .map(|case| {
            let outcome = case.children().find(|child| child.has_tag_name("failure") || child.has_tag_name("skipped"));
            let outcome = outcome.map_or("ok".to_owned(), |outcome| match outcome.attribute("type") {
                Some(kind) => format!("{kind}: {}", outcome.attribute("message").unwrap_or_default()),
                None => "skipped".into(),
            });
            assert_eq!(outcome == "ok" && case.attribute("name") != Some("open"), case.attribute("time").is_some());
            (case.attribute("name").unwrap().to_owned(), outcome)
        })
        .collect()
}

#[test]
fn junit_tells_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("probe.xml");
    let junit = ["--junit", file.to_str().unwrap()];
    let pair = |name: &str, outcome: &str| (name.to_owned(), outcome.to_owned());
    against(Fault::None, &junit).is_ok(&["banner"]);
    assert_eq!(cases(&file), [pair("open", "ok"), pair("banner", "ok"), pair("answer", "ok")]);

    let said = against(Fault::Forwards, &[&junit[..], &["--power-command", "true", "--json"]].concat());
    assert_eq!((said.exit, &said.json()["failure"]), (9, &"answer".into()));
    let found = cases(&file);
    assert_eq!(found[2].0, "answer");
    assert!(found[2].1.starts_with("answer: the answer is wrong"), "{found:?}");
    assert_eq!(found[3], pair("off", "skipped"));

    let said = probe([&["--serial", "/nonexistent/com1", "--timeout", "0.1"][..], &junit].concat());
    assert_eq!(said.exit, 3);
    let found = cases(&file);
    assert!(found[0].1.starts_with("open: /nonexistent/com1"), "{found:?}");
    assert_eq!(found[1..], [pair("banner", "skipped"), pair("answer", "skipped")]);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "a draft is left");
}

#[test]
fn junit_that_cannot_be_written() {
    let server = Server::with(Fault::None);
    let said = probe(["--serial", server.socket.to_str().unwrap(), "--junit", "/nonexistent/probe.xml"]);
    assert_eq!(said.exit, 2, "{said:?}");
    assert!(said.stderr.starts_with("boot256-probe: cannot write /nonexistent/probe.xml: No such file"), "{said:?}");
    server.end();
}
