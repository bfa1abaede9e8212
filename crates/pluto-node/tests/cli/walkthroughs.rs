//! The pages whose examples are run: files as they stand there, commands in their order, and every line
//! shown under a command found in what it says.
//!
//! A block ` ```text <file> ` or ` ```json <file> ` is that file, an `ecl` block the file named before it. In
//! `console` blocks `$ name=$(pluto --json … | jq -r .field)` keeps a field for later commands.

use std::collections::BTreeMap;

use super::{Pluto, Said};

/// Blocks of a page: the words behind the fence, the line before it, the text.
fn blocks(page: &str) -> Vec<(Vec<&str>, &str, String)> {
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        match line.strip_prefix("```") {
            Some(info) => {
                let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
                blocks.push((info.split(' ').collect(), before, text.join("\n") + "\n"));
            }
            None if !line.is_empty() => before = line,
            None => {}
        }
    }
    blocks
}

/// The words of a command line, with what was kept put in.
fn words(line: &str, kept: &BTreeMap<String, String>) -> Vec<String> {
    let parts = line.split('"').enumerate();
    let words = parts.flat_map(|(at, part)| match at % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect::<Vec<_>>(),
        _ => vec![part.to_owned()],
    });
    let filled = words.map(|word| match word.strip_prefix('$') {
        Some(name) => kept[name].clone(),
        None => word,
    });
    filled.collect()
}

/// Runs a page; gives how many commands it has.
fn run(name: &str) -> usize {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    let page = std::fs::read_to_string(path).unwrap();
    let (pluto, mut kept, mut commands) = (Pluto::new(), BTreeMap::new(), 0);
    let blocks = blocks(&page);
    for (info, before, text) in &blocks {
        match info.as_slice() {
            ["text" | "json", file] => pluto.write(file, text),
            ["ecl"] => pluto.write(before.trim_matches(['`', ':']), text),
            _ => {}
        }
    }
    for (_, _, text) in blocks.iter().filter(|(info, ..)| *info == ["console"]) {
        for block in text.split("$ ").filter(|block| block.contains("pluto")) {
            let (line, expected) = block.split_once('\n').unwrap();
            // `$(` was split off: `name=$(pluto …)` has no space after the sign.
            let (name, line) = match line.split_once("=$(") {
                Some((name, rest)) => (Some(name), rest.split(')').next().unwrap()),
                None => (None, line),
            };
            let (line, field) = line.split_once(" | jq -r .").unwrap_or((line, ""));
            let words = words(line, &kept);
            let arguments: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
            let Said { code, out, err } = pluto.run(&arguments);
            let said = format!("{out}{err}");
            let refused = expected.contains("-00");
            assert_eq!(code != 0, refused, "{line}: {said}");
            for part in expected.lines() {
                assert!(said.contains(part), "`{line}` does not say `{part}`: {said}");
            }
            if let Some(name) = name {
                let value: serde_json::Value = serde_json::from_str(&out).unwrap();
                kept.insert(name.to_owned(), value[field].as_str().unwrap().to_owned());
            }
            commands += 1;
        }
    }
    commands
}

#[test]
fn the_page_about_archives_is_true() {
    assert!(run("archive.md") > 20);
}

#[test]
fn the_page_about_blueprints_is_true() {
    assert!(run("blueprints.md") > 14);
}
