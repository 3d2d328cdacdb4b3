//! The catalogue of laws names tests that are there, and leaves no law out.

use std::path::Path;

use crate::pitfalls::sources;

/// The laws of a letter.
fn laws(letter: char, most: u32) -> impl Iterator<Item = String> {
    (1..=most).map(move |number| format!("{letter}{number}"))
}

#[test]
fn every_law_has_a_check_or_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["src", "tests", "http-adapter/src", "http-adapter/tests"];
    let code: String = folders.map(|folder| sources(&root.join(folder))).concat();
    let table = include_str!("../docs/laws.md");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| ") && line.as_bytes()[3].is_ascii_digit())
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    let expected = [('B', 10), ('G', 10), ('J', 14), ('T', 6), ('S', 9), ('A', 11)].into_iter();
    let expected = expected.chain([('E', 18), ('C', 5), ('K', 9), ('H', 8), ('X', 4), ('Y', 4), ('Z', 2)]);
    let expected: Vec<_> = expected.flat_map(|(letter, most)| laws(letter, most)).collect();
    assert_eq!(rows.iter().map(|row| row[0].to_owned()).collect::<Vec<_>>(), expected);
    for row in &rows {
        assert!(row.len() >= 3 && row.iter().all(|cell| !cell.is_empty()), "{row:?}");
        let names = row[2..].iter().flat_map(|cell| cell.split('`').skip(1).step_by(2));
        for name in names.filter(|name| name.contains('_') && !name.contains("::")) {
            let is_there = ["(", "<"].iter().any(|end| code.contains(&format!("fn {name}{end}")));
            assert!(is_there, "{}: there is no `{name}`", row[0]);
        }
    }
    // What the kit reports is in the catalogue, under the same name.
    for line in code.lines().filter(|line| line.contains("Law::new(\"")) {
        let id = line.split('"').nth(1).unwrap_or_default();
        assert!(expected.iter().any(|known| known == id), "{line}");
    }
}
