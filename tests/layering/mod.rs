//! Imports go one way: down the table of each ARCHITECTURE.md, and nowhere in a circle.

mod imports;
mod table;

use std::path::{Path, PathBuf};

use self::imports::Imports;
use self::table::Table;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Fails unless the imports of a package point down or to the left in its table, which lists all of its files, and nothing else.
///
/// `all` is the number of its imports. If far fewer are seen, the reader of imports is broken.
fn check(package: &str, all: usize) {
    let package = root().join(package);
    let (table, imports) = (Table::of(&package), Imports::of(&package.join("src")));
    for file in imports.files() {
        assert!(table.place(file).is_some(), "ARCHITECTURE.md has no place for `{file}`");
    }
    let listed: Vec<_> = table.files().collect();
    for file in &listed {
        assert!(imports.files().any(|known| known == *file), "ARCHITECTURE.md lists `{file}`, which is gone");
    }
    assert_eq!(listed.len(), imports.files().count(), "ARCHITECTURE.md lists a file twice");
    for (file, there) in imports.pairs() {
        assert!(
            table.place(there) < table.place(file),
            "`{file}` imports from `{there}`, which is above it or to its right"
        );
    }
    assert!(imports.seen * 10 >= all * 9, "only {} of about {all} imports are seen", imports.seen);
}

#[test]
fn imports_of_the_core_point_down() {
    check("", 800);
}

#[test]
fn imports_of_the_adapter_point_down() {
    check("http-adapter", 400);
}

#[test]
fn imports_of_the_gateway_point_down() {
    check("gateway", 630);
}

#[test]
fn imports_of_the_lab_point_down() {
    check("lab", 230);
}

/// The source folders of benchmarks and examples.
fn others() -> Vec<PathBuf> {
    let folders = ["benches", "examples"]
        .iter()
        .flat_map(|folder| root().join(folder).read_dir().expect("it is there"));
    let folders = folders.map(|entry| entry.expect("it is readable").path().join("src"));
    folders.filter(|folder| folder.is_dir()).collect()
}

#[test]
fn no_benchmark_or_example_imports_in_a_circle() {
    let mut seen = 0;
    for folder in others() {
        let imports = Imports::of(&folder);
        assert_eq!(imports.circle(), None, "{}", folder.display());
        seen += imports.seen;
    }
    assert!(seen >= 200, "only {seen} imports are seen");
}
