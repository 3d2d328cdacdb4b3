//! [`Imports`]: which file of a source folder names what of which other file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The imports between the files of a source folder.
///
/// A file is named by its path without the ending, and a `mod.rs` by its folder. Imports between `a` and `a/b` are left out: they are
/// a whole and its part.
#[derive(Debug, Default)]
pub(super) struct Imports {
    by_file: BTreeMap<String, BTreeSet<String>>,
    /// Every path that leads to another file, counted.
    pub(super) seen: usize,
}

impl Imports {
    /// Reads all files below a folder.
    pub(super) fn of(folder: &Path) -> Self {
        let mut sources = BTreeMap::new();
        read(folder, folder, &mut sources);
        let mut imports = Self::default();
        for (file, source) in &sources {
            let found = imports.by_file.entry(file.clone()).or_default();
            for path in paths(source, file) {
                let there = longest(&path, |name| sources.contains_key(name));
                let Some(there) = there.filter(|there| there != file) else { continue };
                imports.seen += 1;
                if !is_part(file, &there) && !is_part(&there, file) {
                    found.insert(there);
                }
            }
        }
        imports
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.by_file.keys().map(String::as_str)
    }

    /// All pairs of a file and another that it imports from.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.by_file.iter();
        pairs.flat_map(|(file, found)| found.iter().map(|there| (file.as_str(), there.as_str())))
    }

    /// A chain of imports that ends where it begins.
    pub(super) fn circle(&self) -> Option<Vec<&str>> {
        let mut done = BTreeSet::new();
        self.files().find_map(|file| self.circle_from(file, &mut Vec::new(), &mut done))
    }

    fn circle_from<'i>(
        &'i self,
        file: &'i str,
        way: &mut Vec<&'i str>,
        done: &mut BTreeSet<&'i str>,
    ) -> Option<Vec<&'i str>> {
        if let Some(begin) = way.iter().position(|known| *known == file) {
            return Some(way[begin..].to_vec());
        }
        if !done.insert(file) {
            return None;
        }
        way.push(file);
        let circle = self.by_file.get(file).into_iter().flatten();
        let circle = circle.into_iter().find_map(|there| self.circle_from(there, way, done));
        way.pop();
        circle
    }
}

fn is_part(file: &str, of: &str) -> bool {
    file.strip_prefix(of).is_some_and(|rest| rest.starts_with('/'))
}

fn read(root: &Path, folder: &Path, sources: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("the folder is readable").path();
        if path.is_dir() {
            read(root, &path, sources);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let name = path.strip_prefix(root).expect("it is below").with_extension("");
            let name = name.to_str().expect("an ASCII path").trim_end_matches("/mod").to_owned();
            sources.insert(name, fs::read_to_string(&path).expect("sources are UTF-8"));
        }
    }
}

/// The paths of a source that begin with `crate`, `super` or `self`, as segments from the root of the crate.
fn paths(source: &str, file: &str) -> Vec<Vec<String>> {
    // Tests may look anywhere.
    let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or(source);
    let lines = code.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    let code = lines.collect::<Vec<_>>().join(" ");
    let own: Vec<String> = match file {
        "lib" | "main" => Vec::new(),
        file => file.split('/').map(str::to_owned).collect(),
    };
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in code.match_indices(start) {
            if code[..at].ends_with(|before: char| before.is_alphanumeric() || "_:$".contains(before)) {
                continue;
            }
            let mut base = if start == "crate::" { Vec::new() } else { own.clone() };
            let mut rest = &code[at..];
            while let Some(further) = rest.strip_prefix("super::") {
                base.pop();
                rest = further;
            }
            let rest = rest.strip_prefix("crate::").or_else(|| rest.strip_prefix("self::")).unwrap_or(rest);
            expand(&base, rest, &mut found);
        }
    }
    found
}

/// Adds each path of a tree of paths such as `a::{b::C, d}`.
fn expand(base: &[String], tree: &str, found: &mut Vec<Vec<String>>) {
    let tree = tree.trim_start();
    if let Some(group) = tree.strip_prefix('{') {
        return items(group).iter().for_each(|item| expand(base, item, found));
    }
    let end = tree.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(tree.len());
    let (segment, rest) = tree.split_at(end);
    let mut path = base.to_vec();
    if !segment.is_empty() {
        path.push(segment.to_owned());
    }
    match rest.strip_prefix("::") {
        Some(rest) if !segment.is_empty() => expand(&path, rest, found),
        _ => found.push(path),
    }
}

/// The items of a group whose opening brace is off.
fn items(group: &str) -> Vec<String> {
    let (mut depth, mut item, mut items) = (0_usize, String::new(), Vec::new());
    for letter in group.chars() {
        match letter {
            '}' if depth == 0 => break,
            ',' if depth == 0 => items.push(std::mem::take(&mut item)),
            _ => {
                depth += usize::from(letter == '{');
                depth -= usize::from(letter == '}');
                item.push(letter);
            }
        }
    }
    items.push(item);
    items.retain(|item| !item.trim().is_empty());
    items
}

/// The file that most segments of a path lead to.
fn longest(path: &[String], exists: impl Fn(&str) -> bool) -> Option<String> {
    (1..=path.len()).rev().map(|end| path[..end].join("/")).find(|name| exists(name))
}

#[test]
fn paths_are_read_from_groups_and_relatives() {
    let source = "use crate::a::B;\nuse crate::{c, d::{E, F}};\n// crate::f\nfn x() { crate::h::i() }\nuse super::y;\nuse \
                  super::super::z::{A};\nuse self::w::V;\n$crate::no::way;";
    let found = paths(source, "x/y/z");
    let found: Vec<_> = found.iter().map(|path| path.join("/")).collect();
    assert_eq!(found, ["a/B", "c", "d/E", "d/F", "h/i", "x/y/y", "x/z/A", "x/y/z/w/V"]);
}
