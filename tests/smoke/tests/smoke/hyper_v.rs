//! hyper-v.ps1, which no PowerShell reads here: its syntax by tree-sitter's grammar, each cmdlet and parameter by
//! Microsoft's reference, and what the other scripts are held to by running them, by its text.

use std::collections::BTreeSet;
use std::fs;

use tree_sitter::{Node, Parser, Tree};

/// The cmdlets it calls, and the parameters of each that it may give.
///
/// Microsoft's reference of the module Hyper-V (Windows Server 2022) and of PowerShell 5.1, as read on 2026-11-26.
const CMDLETS: &[(&str, &[&str])] = &[
    ("New-VM", &["Name", "Generation", "MemoryStartupBytes", "VHDPath", "NoVHD", "Path"]),
    ("Set-VM", &["Name", "AutomaticCheckpointsEnabled"]),
    ("Set-VMDvdDrive", &["VMName", "Path"]),
    ("Set-VMComPort", &["VMName", "Number", "Path"]),
    ("Start-VM", &["Name"]),
    ("Stop-VM", &["Name", "TurnOff", "Force", "WarningAction"]),
    ("Get-VM", &["Name"]),
    ("Remove-VM", &["Name", "Force"]),
    ("Set-StrictMode", &["Version"]),
    ("New-Object", &[]),
    ("New-Item", &["ItemType", "Path"]),
    ("Copy-Item", &["LiteralPath", "Destination"]),
    ("Remove-Item", &["LiteralPath", "Recurse", "Force", "ErrorAction"]),
    ("Join-Path", &[]),
    ("Test-Path", &["LiteralPath", "PathType"]),
    ("Resolve-Path", &["LiteralPath"]),
    ("Get-Command", &["Name", "ErrorAction"]),
];

fn script() -> String {
    fs::read_to_string(boot256_kit::root().join("tools/smoke/hyper-v.ps1")).unwrap()
}

fn parse(text: &str) -> Tree {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).unwrap();
    parser.parse(text, None).unwrap()
}

/// All nodes below `node`, it included.
fn nodes(node: Node) -> Vec<Node> {
    let mut cursor = node.walk();
    let below: Vec<Node> = node.children(&mut cursor).flat_map(nodes).collect();
    [vec![node], below].concat()
}

/// The first fault in the syntax of `text`.
fn fault(text: &str) -> Option<String> {
    let tree = parse(text);
    let bad = nodes(tree.root_node()).into_iter().find(|node| node.is_error() || node.is_missing())?;
    Some(format!("line {}: {}", bad.start_position().row + 1, &text[bad.byte_range()]))
}

#[test]
fn the_grammar_reads_it() {
    assert_eq!(fault(&script()), None);
    // And it would not read anything.
    assert!(fault("try { New-VM } finally").is_some());
    assert!(fault("if ($a { }").is_some());
}

#[test]
fn every_cmdlet_and_parameter_is_there() {
    let text = script();
    let tree = parse(&text);
    let functions: BTreeSet<&str> = nodes(tree.root_node())
        .into_iter()
        .filter(|node| node.kind() == "function_name")
        .map(|node| &text[node.byte_range()])
        .collect();
    let mut called = BTreeSet::new();
    for command in nodes(tree.root_node()).into_iter().filter(|node| node.kind() == "command") {
        let inner = nodes(command);
        let name = inner.iter().find(|node| node.kind() == "command_name").map(|node| &text[node.byte_range()]);
        let Some(name) = name else { continue };
        if functions.contains(name) {
            continue;
        }
        let (cmdlet, parameters) =
            CMDLETS.iter().find(|(cmdlet, _)| *cmdlet == name).unwrap_or_else(|| panic!("{name}: no such cmdlet"));
        called.insert(*cmdlet);
        for parameter in inner.iter().filter(|node| node.kind() == "command_parameter") {
            let parameter = text[parameter.byte_range()].trim_start_matches('-');
            assert!(parameters.contains(&parameter), "{name} has no parameter {parameter}");
        }
    }
    let all: BTreeSet<&str> = CMDLETS.iter().map(|(cmdlet, _)| *cmdlet).collect();
    assert_eq!(called, all, "a cmdlet that is not called any more");
}

/// What the other scripts are seen to do, this one is read to do: these lines are in it, in this order.
#[test]
fn it_does_what_the_others_do() {
    let text = script();
    let mut rest = text.as_str();
    for line in [
        "try {",
        "Copy-Item -LiteralPath $file -Destination $copy",
        "New-VM -Name $Name -Generation 1 -MemoryStartupBytes 32MB -VHDPath $copy -Path $folder)\n        $made = $true",
        "Set-VMComPort -VMName $Name -Number 1 -Path \"\\\\.\\pipe\\$Name\"",
        "$pipe.ConnectAsync($Timeout * 1000)\n    Start-VM -Name $Name",
        "Wait-Text $pipe \"ClientAPI`r`n$ \" 'the banner' $NoBanner\n    Write-Step 'ClientAPI'",
        "GetBytes(\"hello`r\")",
        "Assert-Text $pipe \"hello`r`n\" 'the echo' $EchoIsWrong",
        "Assert-Text $pipe \"olleh`r`n\" 'the answer' $AnswerIsWrong",
        "Assert-Text $pipe '$ ' 'the prompt after the answer' $NoPrompt\n    Write-Step 'hello -> olleh'",
        "Stop-VM -Name $Name -TurnOff -Force",
        "if ($state -ne 'Off') { Stop-Smoke $StillOn",
        "Write-Step 'off (",
        "} catch {",
        "Write-Failure $_.Exception.Message",
        "} finally {",
        "if ($pipe) { $pipe.Dispose() }",
        "if ($made) {",
        "Stop-VM -Name $Name -TurnOff -Force",
        "Remove-VM -Name $Name -Force",
        "if (-not $script:Code) { $script:Code = $LeftBehind }",
        "if ($folder) { Remove-Item -LiteralPath $folder -Recurse",
        "if (-not $script:Code) { Write-Step 'ok' }\nexit $script:Code",
    ] {
        rest = rest.split_once(line).unwrap_or_else(|| panic!("no {line:?} where it should be")).1;
    }
}

/// The exit codes are those of the shell scripts.
#[test]
fn the_exit_codes_are_the_same() {
    let text = script();
    let common = fs::read_to_string(boot256_kit::root().join("tools/smoke/common.sh")).unwrap();
    for (here, there) in [
        ("Usage", "USAGE"),
        ("Open", "OPEN"),
        ("Start", "START"),
        ("Closed", "CLOSED"),
        ("NoBanner", "NO_BANNER"),
        ("NoPrompt", "NO_PROMPT"),
        ("EchoIsWrong", "ECHO"),
        ("AnswerIsWrong", "ANSWER"),
        ("StillOn", "STILL_ON"),
        ("LeftBehind", "LEFT_BEHIND"),
    ] {
        let code = common.split_once(&format!("readonly {there}=")).unwrap().1.lines().next().unwrap();
        assert!(text.contains(&format!("\n${here} = {code}\n")), "{here} is not {code}");
    }
}
