//! Reads every file of a source folder and holds its imports against a table of layers.

use std::fs;
use std::path::{Path, PathBuf};

/// Panics when a file of `package/src` imports from a higher layer or from its right, when a file has no place
/// in the table, when `package/ARCHITECTURE.md` does not name it, or when fewer than `least` imports were found.
pub(crate) fn check(package: &str, layers: &[&[&str]], least: usize) {
    let root = Path::new(package).join("src");
    let page = fs::read_to_string(Path::new(package).join("ARCHITECTURE.md")).expect("the page is there");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut seen = 0;
    for file in &files {
        let module = file.strip_prefix(&root).expect("found below the root").with_extension("");
        let module = module.to_str().expect("an ASCII path").trim_end_matches("/mod").to_owned();
        let here =
            place(layers, &module).unwrap_or_else(|| panic!("`{module}` has no layer: add it to the table"));
        assert!(page.contains(&format!("`{module}`")), "ARCHITECTURE.md does not name `{module}`");
        let source = fs::read_to_string(file).expect("sources are UTF-8");
        // What stands in a parent itself is no file beside this one.
        let relatives =
            relatives(&source, &module).into_iter().filter(|import| place(layers, import).is_some());
        for import in imports(&source).into_iter().chain(relatives) {
            if macros(&files).contains(&import) {
                continue;
            }
            let Some(there) = place(layers, &import) else {
                panic!(
                    "`{module}` imports `crate::{import}`, which is no file: name the file that it stands in"
                );
            };
            seen += 1;
            let own = module == import || module.starts_with(&format!("{import}/"));
            assert!(there < here || own, "`{module}` in {here:?} imports `{import}` in {there:?}");
        }
    }
    let listed: usize = layers.iter().map(|modules| modules.len()).sum();
    assert_eq!(files.len(), listed, "the table lists a file that is gone");
    assert!(seen >= least, "only {seen} imports found: is the scan broken?");
}

/// The macros that are passed on inside the crate: they have no path of their own.
fn macros(files: &[PathBuf]) -> Vec<String> {
    let sources = files.iter().filter_map(|file| fs::read_to_string(file).ok());
    let name =
        |line: &str| line.strip_prefix("macro_rules! ").map(|rest| rest.trim_end_matches(" {").to_owned());
    sources.flat_map(|source| source.lines().filter_map(name).collect::<Vec<_>>()).collect()
}

fn place(layers: &[&[&str]], module: &str) -> Option<(usize, usize)> {
    layers.iter().enumerate().find_map(|(layer, modules)| {
        modules.iter().position(|&name| name == module).map(|column| (layer, column))
    })
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("the folder is readable").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The first segment after each `crate::`, the segments of a group one by one; comments and tests left out.
fn imports(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or(source);
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(group) => found.extend(first_segments(group)),
            None => found.extend(segment(rest)),
        }
    }
    found
}

/// The files that paths beginning with `super::` may mean, seen from a module: `testing/laws/ends` and `super::super::law` are
/// `testing/law`.
fn relatives(source: &str, module: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or(source);
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let mut found = Vec::new();
    let mut rest = code.as_str();
    while let Some(at) = rest.find("super::") {
        rest = &rest[at..];
        let mut parent = Some(module);
        while let Some(further) = rest.strip_prefix("super::") {
            parent = parent.and_then(|parent| parent.rsplit_once('/')).map(|(parent, _)| parent);
            rest = further;
        }
        let names = match rest.strip_prefix('{') {
            Some(group) => first_segments(group),
            None => segment(rest).into_iter().collect(),
        };
        let inside = |name: String| match parent {
            Some(parent) => format!("{parent}/{name}"),
            None => name,
        };
        found.extend(names.into_iter().map(inside));
    }
    found
}

fn segment(text: &str) -> Option<String> {
    let name: String = text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// The first segment of each item of a group whose opening brace is off, groups inside passed over.
fn first_segments(group: &str) -> Vec<String> {
    let (mut depth, mut item, mut items) = (0_usize, String::new(), Vec::new());
    for letter in group.chars() {
        match letter {
            '}' if depth == 0 => break,
            ',' if depth == 0 => items.push(std::mem::take(&mut item)),
            '{' => depth += 1,
            '}' => depth -= 1,
            _ if depth == 0 => item.push(letter),
            _ => {}
        }
    }
    items.push(item);
    items.iter().filter_map(|item| segment(item)).collect()
}

#[test]
fn the_scan_sees_groups_and_paths() {
    let source = "use crate::a::B;\nuse crate::{c, d::{E, F}, g};\n// crate::f\nfn x() { crate::h::i() }\n";
    assert_eq!(imports(source), ["a", "c", "d", "g", "h"]);
    let source = "use super::a::B;\nuse super::super::{c, d::E};\n// super::f\nfn x() { super::g() }\n";
    assert_eq!(relatives(source, "x/y/z"), ["x/y/a", "x/c", "x/d", "x/y/g"]);
}
