//! docs/limits.md and the options say the same.

use std::process::Command;

use crate::support::binary;

const PAGE: &str = include_str!("../../../docs/limits.md");

/// The rows of the tables: wait, end, default, option, what the client gets, tests.
fn rows() -> Vec<[&'static str; 6]> {
    let lines = PAGE.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| wait |"));
    let cells = lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    cells.map(|cells| <[&str; 6]>::try_from(cells).expect("six cells")).collect()
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
