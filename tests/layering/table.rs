//! [`Table`]: the layers of a package, as its ARCHITECTURE.md lists them.

use std::fs;
use std::path::Path;

/// The files of a package, from the highest layer to the lowest, and from left to right.
#[derive(Debug)]
pub(super) struct Table(Vec<Vec<String>>);

/// The place of a file. A lower layer is less, and so is a place to the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    layer: usize,
    column: usize,
}

impl Table {
    /// Reads the table of a package, whose head is `| layer | files, from left to right |`.
    pub(super) fn of(package: &Path) -> Self {
        let page = fs::read_to_string(package.join("ARCHITECTURE.md")).expect("the page is there");
        let lines =
            page.lines().skip_while(|line| !line.starts_with("| layer | files, from left to right |"));
        let rows = lines.skip(2).take_while(|line| line.starts_with('|'));
        let mut layers: Vec<Vec<String>> = rows.map(files).collect();
        assert!(layers.len() > 2, "{}: no table of layers", package.display());
        layers.reverse();
        Self(layers)
    }

    pub(super) fn place(&self, file: &str) -> Option<Place> {
        self.0.iter().enumerate().find_map(|(layer, files)| {
            let column = files.iter().position(|name| name == file)?;
            Some(Place { layer, column })
        })
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(String::as_str)
    }
}

/// The names of a row. Each item of its second cell begins with one: `name` (what it holds).
fn files(row: &str) -> Vec<String> {
    let cell = row.trim_matches('|').split_once('|').map_or("", |(_, cell)| cell);
    let name = |item: &str| Some(item.trim().strip_prefix('`')?.split_once('`')?.0.to_owned());
    cell.split(" · ").filter_map(name).collect()
}

#[test]
fn a_row_gives_its_names_in_order() {
    let row = "| 2 parts | `a/b` (one, as `x` does) · `a` · text · `c` |";
    assert_eq!(files(row), ["a/b", "a", "c"]);
}
