//! The shape of the source: one direction of data, a pure core, small files.

use std::fs;
use std::path::{Path, PathBuf};

/// Each folder or file of `src` uses only those before it.
const ORDER: [&str; 24] = [
    "clean",
    "who",
    "core",
    "complaint",
    "document",
    "logging",
    "providers",
    "config",
    "git",
    "roster",
    "journal",
    "state",
    "stores",
    "following",
    "apply",
    "run",
    "report",
    "sandbox",
    "setup",
    "situation",
    "web",
    "daemon",
    "cli",
    "commands",
];

/// What would make the core depend on anything but its arguments.
const IMPURE: [&str; 9] = [
    "std::fs",
    "std::io",
    "std::env",
    "std::net",
    "std::process",
    "tokio",
    "Timestamp::now",
    "Instant::now",
    "async ",
];

#[test]
fn data_flows_one_way() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        let Some(own) = rank(&file).filter(|_| !is_test(&file)) else { continue };
        for (number, line) in code(&text) {
            for (other, name) in ORDER.iter().enumerate() {
                if other > own && line.contains(&format!("crate::{name}")) {
                    wrong.push(format!("{}:{number} uses {name}, which stands after it", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_core_is_pure() {
    let mut wrong = Vec::new();
    for (file, text) in sources().into_iter().filter(|(file, _)| file.starts_with("core")) {
        for (number, line) in code(&text) {
            for word in IMPURE.iter().filter(|word| line.contains(**word)) {
                wrong.push(format!("{}:{number} has {word}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_sandbox_shares_no_code_with_what_it_tests() {
    for (file, text) in sources().into_iter().filter(|(file, _)| file.starts_with("sandbox")) {
        for (number, line) in code(&text) {
            let foreign = line.contains("crate::") && !line.contains("crate::sandbox");
            assert!(!foreign, "{}:{number} uses code outside the sandbox", file.display());
        }
    }
}

#[test]
fn only_the_state_knows_sled() {
    for (file, text) in sources().into_iter().filter(|(file, _)| !file.starts_with("state")) {
        for (number, line) in code(&text) {
            assert!(!line.contains("sled::"), "{}:{number} names sled", file.display());
        }
    }
}

#[test]
fn files_stay_small() {
    let long: Vec<String> = below("src")
        .into_iter()
        .chain(below("tests"))
        .filter(|(_, text)| text.lines().count() > 400)
        .map(|(file, text)| format!("{}: {} lines", file.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

/// Lines that are code, with their numbers.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//"))
}

pub fn is_test(file: &Path) -> bool {
    file.components().any(|part| part.as_os_str().to_string_lossy().trim_end_matches(".rs") == "tests")
}

fn rank(file: &Path) -> Option<usize> {
    let first = file.components().next()?.as_os_str().to_str()?;
    ORDER.iter().position(|name| *name == first.trim_end_matches(".rs"))
}

/// Every source file, by its path below `src`.
pub fn sources() -> Vec<(PathBuf, String)> {
    let found = below("src");
    assert!(found.len() > 30, "the source was found");
    found
}

/// Every file of Rust below a folder of the repository, by its path there.
fn below(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(&root).unwrap().to_owned(), text));
            }
        }
    }
    found
}
