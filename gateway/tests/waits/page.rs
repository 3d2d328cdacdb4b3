//! docs/limits.md, the tests and the options say the same.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::support::binary;

const PAGE: &str = include_str!("../../../docs/limits.md");

/// The names of tests in a folder, its subfolders included.
fn tests_in(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("a folder of the sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            names.append(&mut tests_in(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("it is text");
            let paused = text.split("start_paused = true)]\n").skip(1);
            let marked = text.split("test]\n").skip(1).chain(paused);
            let heads = marked.filter_map(|test| test.split_once("fn ")?.1.split_once('('));
            names.extend(heads.map(|(name, _)| name.to_owned()));
        }
    }
    names
}

/// Returns the parts of a text in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The rows of the tables: wait, end, default, option, what the client gets, tests.
fn rows() -> Vec<[&'static str; 6]> {
    let lines = PAGE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| wait |"));
    let cells = lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    cells.map(|cells| <[&str; 6]>::try_from(cells).expect("six cells")).collect()
}

#[test]
fn docs_and_tests_name_the_same_limits() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let all: BTreeSet<_> = ["tests", "src", "../http-adapter/tests"]
        .iter()
        .flat_map(|folder| tests_in(&here.join(folder)))
        .collect();
    let own = tests_in(&here.join("tests/waits"));
    let is_name = |word: &str| {
        word.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
    };
    let named: BTreeSet<_> =
        quoted(PAGE).filter(|word| is_name(word)).filter(|word| word.contains('_')).collect();
    for name in &named {
        assert!(all.contains(*name), "docs/limits.md names a test that is gone: {name}");
    }
    for name in own {
        assert!(named.contains(name.as_str()), "docs/limits.md does not name {name}");
    }
    for row in rows() {
        assert!(quoted(row[5]).count() > 0, "a limit without a test: {row:?}");
    }
}

#[test]
fn docs_and_help_name_the_same_defaults() {
    let help = Command::new(binary()).arg("--help").output().expect("it runs");
    let help = String::from_utf8(help.stdout).expect("it is text");
    let mut compared = 0;
    for row in rows() {
        let (default, option) = (row[2], row[3].trim_matches('`'));
        if option.starts_with("--") {
            let (_, about) = help.split_once(&format!("{option} <")).expect("it is an option");
            let (_, found) = about.split_once("[default: ").expect("it has a default");
            assert_eq!(found.split_once(']').expect("it ends").0, default, "{option}");
            compared += 1;
        }
    }
    assert!(compared > 10, "{compared}");
}
