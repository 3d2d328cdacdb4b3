//! The table of pitfalls names tests that are there, and leaves no row out.

use std::fs;
use std::path::Path;

/// All sources below a folder in one text.
pub(crate) fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).expect("the folder is readable");
    let paths = entries.map(|entry| entry.expect("the folder is readable").path());
    paths
        .map(|path| match path.extension() {
            _ if path.is_dir() => sources(&path),
            Some(extension) if extension == "rs" => fs::read_to_string(&path).expect("sources are UTF-8"),
            _ => String::new(),
        })
        .collect()
}

#[test]
fn every_pitfall_has_a_test_or_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let code: String =
        ["src", "tests", "http-adapter/tests"].map(|folder| sources(&root.join(folder))).concat();
    let table = include_str!("pitfalls.md");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let expected =
        (1..=54).map(|number| format!("P{number}")).chain((1..=15).map(|number| format!("Q{number}")));
    assert_eq!(rows.iter().map(|row| row[1].to_owned()).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    for row in &rows {
        let names =
            row[3].split('`').skip(1).step_by(2).filter(|name| name.contains('_') && !name.contains('['));
        for name in names {
            assert!(code.contains(&format!("fn {name}(")), "{}: there is no test `{name}`", row[1]);
        }
        assert!(!row[3].is_empty(), "{} says nothing", row[1]);
    }
}
