//! What is said, one fault at a time: each has its exit code and its line; and how it is told.

use std::fs::{self, File};
use std::io::Write;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use boot256_facts::{PROMPT, START};
use serde_json::json;

use crate::guest::{Guest, RIGHT, Server, backwards, heard};
use crate::{Said, command, probe};

/// Long enough for a machine that is busy, for faults that show by nothing coming.
const SOON: &[&str] = &["--timeout", "0.5"];

fn against(guest: Guest, args: &[&str]) -> Said {
    let server = Server::with(guest);
    let said = probe([&["--serial", server.path()], args].concat());
    server.end();
    said
}

#[test]
fn nothing_wrong() {
    for args in [&[][..], &["--line", ""], &["--line", "Grüße, $ 100 % \"x\""]] {
        against(RIGHT, args).is_ok(&["banner", "answer"]);
    }
    // What a firmware's own console says before the program does.
    let start = b"\x1bc\x1b[2JSeaBIOS (version 1.16.2)\r\n\r\nBooting from Hard Disk...\r\nClientAPI\r\n$ ";
    against(Guest { start, ..RIGHT }, &[]).is_ok(&["banner", "answer"]);
}

#[test]
fn one_fault_each() {
    let no_prompt = START.strip_suffix(PROMPT).expect("the start ends with the prompt");
    let answer = |answer| Guest { answer, ..RIGHT };
    let start = |start| Guest { start, ..RIGHT };
    for (guest, args, exit, message) in [
        (Guest { echo: 0, ..start(b"") }, SOON, 6, "no banner in time, heard nothing"),
        (start(b"Client\r\n$ "), SOON, 6, r#"no banner in time, heard "Client\r\n$ ""#),
        (start(b"CClliieennttAAPPII\r\n$ "), SOON, 6, r#"heard "CClliieennttAAPPII\r\n$ ""#),
        (start(no_prompt), SOON, 7, r#"no prompt after the banner in time, heard "ClientAPI\r\n""#),
        (
            start(b"ClientAPI\r\n$ x"),
            &[],
            7,
            r#"the banner is not followed by the prompt alone: expected "\r\n$ ", heard "\r\n$ x""#,
        ),
        (Guest { lines: 0, ..start(b"Client") }, &[], 5, r#"the line ends too early, heard "Client""#),
        (
            Guest { lines: 1, ..answer(|_| b"\r\no".to_vec()) },
            &[],
            5,
            r#"the line ends too early, heard "ClientAPI\r\n$ hello\r\no""#,
        ),
        (Guest { echo: 0, ..RIGHT }, SOON, 8, r#"the echo does not come in time: expected "h", heard nothing"#),
        (Guest { echo: 2, ..RIGHT }, &[], 8, r#"the echo is wrong: expected "he", heard "hh"#),
        (
            answer(|line| [b"\r\n", line, b"\r\n$ "].concat()),
            &[],
            9,
            r#"the answer is wrong: expected "hello\r\nolleh", heard "hello\r\nh"#,
        ),
        (answer(|_| b"\r\n".to_vec()), SOON, 9, "the answer does not come in time"),
        (answer(|_| b"\r\nolleh\r\n".to_vec()), SOON, 7, "the prompt after the answer does not come in time"),
        (answer(|line| [&backwards(line)[..], b"$"].concat()), &[], 7, "more than the prompt after the answer"),
        (
            Guest { echo: 0, answer: |_| Vec::new(), ..RIGHT },
            &["--no-banner", "--timeout", "0.5"],
            7,
            "no prompt after Enter in time",
        ),
    ] {
        against(guest, args).fails(exit, message);
    }
    // A line that never stops: neither for ever, nor with all of the host's memory.
    for args in [&[][..], &["--no-banner"]] {
        let server = Server::of(|mut socket| while socket.write_all(&[b'.'; 4096]).is_ok() {});
        probe([&["--serial", server.path()], args].concat()).fails(5, "more than 1048576 bytes have come");
        server.end();
    }
}

#[test]
fn without_a_banner_enter_asks_for_the_prompt() {
    // The banner that nobody has read yet is not taken for the answer to Enter.
    for guest in [RIGHT, Guest { start: b"", ..RIGHT }] {
        against(guest, &["--no-banner"]).is_ok(&["prompt", "answer"]);
        against(guest, &["--banner-command", "printf 'ClientAPI\\n$'"]).is_ok(&["banner", "prompt", "answer"]);
    }
    // Asked again until it is there.
    let folder = tempfile::tempdir().unwrap();
    let log = format!("cd {}; cat log 2>/dev/null; printf 'ClientAPI\\n$' >log", folder.path().display());
    against(RIGHT, &["--banner-command", &log]).is_ok(&["banner", "prompt", "answer"]);
    against(RIGHT, &[&["--banner-command", "echo Client"], SOON].concat())
        .fails(6, "no banner in time: exit status: 0: echo Client: Client");
}

/// The time-out is for the whole check: not for a step, and not for a byte; and it is kept, not before and, but for the
/// machine's load, not after.
#[test]
fn a_time_out_is_for_the_whole_check() {
    let begin = Instant::now();
    against(Guest { start: b"", ..RIGHT }, SOON).fails(6, "no banner in time");
    assert!(begin.elapsed() >= Duration::from_millis(500));
    // Who goes on for longer than that, and then ends.
    let server = Server::of(|mut socket| {
        for _ in 0..100 {
            let _ = socket.write_all(b".");
            thread::sleep(Duration::from_millis(50));
        }
    });
    probe([&["--serial", server.path()], SOON].concat()).fails(6, "no banner in time");
    drop(server);
    // Each of two answers in time, both not.
    let answer = |line: &[u8]| -> Vec<u8> {
        thread::sleep(Duration::from_millis(700));
        backwards(line)
    };
    let slow = Guest { answer, ..RIGHT };
    against(slow, &["--no-banner", "--timeout", "1"]).fails(9, "the answer does not come in time");
    // And each is told with when it was over.
    let json = against(slow, &["--no-banner", "--json"]).json();
    let seconds = |step: usize| json["steps"][step]["seconds"].as_f64().unwrap();
    assert!(seconds(0) >= 0.7 && seconds(1) >= seconds(0) + 0.7 && seconds(1) < 60.0, "{json}");
}

#[test]
fn a_command_line_without_sense() {
    probe(["--seriel", "x"]).fails(2, "unexpected argument '--seriel' found (see boot256-probe --help)");
    probe::<&str>([]).fails(2, "--serial <ADDRESS> (see");
    probe(["--serial", "tcp:localhost"]).fails(2, "'tcp:localhost' for '--serial <ADDRESS>': not HOST:PORT (see");
    probe(["--serial", "x", "--timeout", "-1"])
        .fails(2, "'-1' for '--timeout <SECONDS>': not a number of seconds (see");
    probe(["--serial", "x", "--power", "q", "--power-command", "c"])
        .fails(2, "'--power <QMP_SOCKET>' cannot be used with '--power-command <COMMAND>' (see");
    probe(["--serial", "x", "--ready", "y"]).fails(2, "--ready goes with --serial exec: only");
    let help = probe(["--help"]);
    assert_eq!((help.exit, help.stderr.as_str()), (0, ""));
    let page = fs::read_to_string(boot256_kit::root().join("docs/smoke-test.md")).unwrap();
    assert!(page.contains(help.stdout.trim_end()), "docs/smoke-test.md does not show this help:\n{}", help.stdout);
    let version = probe(["--version"]);
    assert_eq!((version.exit, version.stdout), (0, format!("boot256-probe {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn json_and_junit_tell_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("probe.xml");
    let args = ["--json", "--junit", file.to_str().unwrap()];

    let good = against(RIGHT, &args);
    let json = good.json();
    assert_eq!((good.exit, good.stderr.as_str(), &json["ok"], &json["exit"]), (0, "", &json!(true), &json!(0)));
    assert_eq!((&json["failure"], &json["heard"]), (&json!(null), &json!(heard())));
    let steps = json["steps"].as_array().unwrap();
    assert_eq!(steps.iter().map(|step| &step["step"]).collect::<Vec<_>>(), ["banner", "answer"]);
    let [banner, answer] = [0, 1].map(|step| steps[step]["seconds"].as_f64().unwrap());
    let cases = [
        case("open", "/>"),
        case("banner", &format!(" time=\"{banner:.3}\"/>")),
        case("answer", &format!(" time=\"{:.3}\"/>", answer - banner)),
    ];
    assert_eq!(fs::read_to_string(&file).unwrap(), document(&cases, [0, 0], answer, &heard()));

    let forwards = Guest { answer: |line| [b"\r\n<", line].concat(), ..RIGHT };
    let bad = against(forwards, &[&args[..], &["--power-command", "true"]].concat());
    let json = bad.json();
    assert_eq!((bad.exit, bad.stderr.as_str(), &json["ok"], &json["exit"]), (9, "", &json!(false), &json!(9)));
    assert_eq!(
        (&json["failure"], &json["steps"][0]["step"], &json["steps"][1]),
        (&json!("answer"), &json!("banner"), &json!(null))
    );
    let message = json["message"].as_str().unwrap();
    assert!(message.starts_with("the answer is wrong"), "{json}");
    let banner = json["steps"][0]["seconds"].as_f64().unwrap();
    let cases = [
        case("open", "/>"),
        case("banner", &format!(" time=\"{banner:.3}\"/>")),
        case("answer", &failed("answer", message)),
        case("off", SKIPPED),
    ];
    assert_eq!(fs::read_to_string(&file).unwrap(), document(&cases, [1, 1], banner, json["heard"].as_str().unwrap()));

    // What XML cannot hold is in the path.
    probe([&["--serial", "/nonexistent/\u{1}\u{FFFF}&\"ü", "--timeout", "0.1"], &args[..]].concat());
    let open = r#"/nonexistent/\u{1}\u{ffff}&"ü: No such file or directory (os error 2)"#;
    let cases = [case("open", &failed("open", open)), case("banner", SKIPPED), case("answer", SKIPPED)];
    assert_eq!(fs::read_to_string(&file).unwrap(), document(&cases, [1, 2], 0.0, ""));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a draft is left");

    // A link stays one.
    let link = folder.path().join("link.xml");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    against(RIGHT, &["--junit", link.to_str().unwrap()]);
    assert!(link.is_symlink() && fs::read_to_string(&file).unwrap().contains("<testcase name=\"banner\""));

    let said = against(RIGHT, &["--junit", "/nonexistent/probe.xml"]);
    assert_eq!(said.exit, 2, "{said:?}");
    assert!(said.stderr.starts_with("boot256-probe: cannot write /nonexistent/probe.xml: No such file"), "{said:?}");
}

const SKIPPED: &str = ">\n      <skipped/>\n    </testcase>";

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn failed(kind: &str, message: &str) -> String {
    let message = escaped(message);
    format!(">\n      <failure type=\"{kind}\" message=\"{message}\">{message}</failure>\n    </testcase>")
}

fn case(step: &str, outcome: &str) -> String {
    format!("    <testcase name=\"{step}\" classname=\"boot256\"{outcome}\n")
}

/// A file as the strictest of the common readers wants it: junit-10.xsd of Jenkins' xUnit plugin.
fn document(cases: &[String], [failures, skipped]: [usize; 2], time: f64, heard: &str) -> String {
    let counts = format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\"", cases.len());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"boot256-probe\" {counts}>\n  \
         <testsuite name=\"boot256\" {counts} skipped=\"{skipped}\" time=\"{time:.3}\">\n{}    \
         <system-out>{}</system-out>\n  </testsuite>\n</testsuites>\n",
        cases.concat(),
        escaped(heard)
    )
}

/// Where nobody reads the result, or it cannot be written, the check's own exit code says it all.
#[test]
fn a_standard_output_that_takes_nothing() {
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let closed = || Stdio::from(std::io::pipe().unwrap().1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("probe.xml");
    for (stdout, stderr, complaint) in [
        (closed(), Stdio::piped(), ""),
        (full(), Stdio::piped(), "boot256-probe: cannot write the result: No space left on device (os error 28)\n"),
        (full(), full(), ""),
    ] {
        let server = Server::with(Guest { answer: |_| b"\r\nx".to_vec(), ..RIGHT });
        let mut probe = command(["--serial", server.path(), "--json", "--junit", file.to_str().unwrap()]);
        let said = Said::from(probe.stdout(stdout).stderr(stderr).output().unwrap());
        assert_eq!((said.exit, said.stderr.as_str()), (9, complaint));
        server.end();
        fs::remove_file(&file).unwrap();
    }
}
