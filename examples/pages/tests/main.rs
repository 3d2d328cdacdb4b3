//! What the pages promise beside code that runs: no page is left out, links lead somewhere, programs exist.

#![allow(clippy::unwrap_used, reason = "a panic in a helper fails its test, with the line")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A page of the repository.
struct Page {
    /// From the root of the repository.
    path: PathBuf,
    text: String,
}

impl Page {
    /// All pages: those of the root, of each crate, and everything below `docs/`.
    fn all() -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let (mut folders, mut pages) = (vec![PathBuf::from("docs")], Vec::new());
        let mut found = |folder: &Path, mut below: Option<&mut Vec<PathBuf>>| {
            for entry in fs::read_dir(root.join(folder)).unwrap() {
                let entry = entry.unwrap();
                let path = folder.join(entry.file_name());
                if entry.file_type().unwrap().is_dir() {
                    if let Some(below) = &mut below {
                        below.push(path);
                    }
                } else if path.extension().is_some_and(|kind| kind == "md") {
                    pages.push(Self { text: fs::read_to_string(root.join(&path)).unwrap(), path });
                }
            }
        };
        found(Path::new(""), None);
        for package in ["gateway", "http-adapter", "lab"] {
            found(Path::new(package), None);
        }
        while let Some(folder) = folders.pop() {
            found(&folder, Some(&mut folders));
        }
        pages
    }

    fn name(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// The texts of its lines outside of blocks.
    fn prose(&self) -> impl Iterator<Item = &str> {
        let mut inside = false;
        self.text.lines().filter(move |line| {
            let fence = line.starts_with("```");
            inside ^= fence;
            !inside && !fence
        })
    }

    /// What stands behind the fences that open a block.
    fn blocks(&self) -> impl Iterator<Item = &str> {
        let mut inside = false;
        self.text.lines().filter_map(|line| line.strip_prefix("```")).filter(move |_| {
            inside = !inside;
            inside
        })
    }

    /// The targets of its links and pictures.
    fn links(&self) -> impl Iterator<Item = &str> {
        self.prose().flat_map(|line| line.split("](").skip(1)).map(|rest| rest.split(')').next().unwrap())
    }

    /// The anchors of its headings.
    fn anchors(&self) -> BTreeSet<String> {
        self.prose()
            .filter(|line| line.starts_with('#'))
            .map(|line| {
                let title = line.trim_start_matches('#').trim().to_lowercase();
                let kept = title.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
                kept.map(|c| if c == ' ' { '-' } else { c }).collect()
            })
            .collect()
    }
}

/// `docs/../README.md` as `README.md`.
fn straight(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut straight, part| {
        match part.as_os_str().to_str() {
            Some("..") => assert!(straight.pop(), "{} leads out of the repository", path.display()),
            _ => straight.push(part),
        }
        straight
    })
}

#[test]
fn the_code_of_every_page_is_a_doc_test() {
    let with_code: BTreeSet<String> = Page::all()
        .iter()
        .filter(|page| page.blocks().any(|block| block.starts_with("rust")))
        .map(|page| page.name().to_owned())
        .collect();
    let list = include_str!("../src/lib.rs").lines().filter_map(|line| line.split_once(" = \""));
    let listed = list.map(|(_, path)| path.trim_end_matches('"').to_owned()).collect();
    assert_eq!(with_code, listed);
}

#[test]
fn no_block_is_left_out_of_the_tests_or_without_a_language() {
    for page in Page::all() {
        for block in page.blocks() {
            let known = ["rust", "rust,test_harness", "text", "toml", "yaml", "console"];
            assert!(known.contains(&block), "{}: a block of `{block}`", page.name());
        }
    }
}

#[test]
fn links_lead_to_files_and_headings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let pages = Page::all();
    let mut looked_at = 0_u32;
    for page in &pages {
        for link in page.links().filter(|link| !link.contains("://")) {
            let (file, anchor) =
                link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
            let path =
                if file.is_empty() { page.path.clone() } else { straight(&page.path.with_file_name(file)) };
            assert!(root.join(&path).exists(), "{}: there is no {link}", page.name());
            if let Some(anchor) = anchor {
                let target = pages.iter().find(|page| page.path == path);
                let anchors = target.expect("anchors are those of pages").anchors();
                assert!(anchors.contains(anchor), "{}: there is no {link} among {anchors:?}", page.name());
            }
            looked_at = looked_at.saturating_add(1);
        }
    }
    assert!(looked_at > 50, "{looked_at} links");
}

#[test]
fn programs_that_pages_name_are_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders = ["examples", "examples/clients/examples"];
    for page in Page::all() {
        for rest in page.text.split("--example ").skip(1) {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let name = &rest[..end];
            let is_there = folders
                .iter()
                .map(|folder| root.join(folder).join(name))
                .any(|path| path.is_dir() || path.with_extension("rs").is_file());
            assert!(name.is_empty() || is_there, "{}: there is no example `{name}`", page.name());
        }
    }
}

#[test]
fn every_row_of_a_table_has_as_many_cells_as_its_head() {
    for page in Page::all() {
        let mut columns = None;
        for line in page.prose() {
            let cells = line.starts_with('|').then(|| line.replace("\\|", "").matches('|').count());
            let expected = columns.or(cells);
            assert!(cells.is_none() || cells == expected, "{}: {line}", page.name());
            columns = cells;
        }
    }
}

#[test]
fn the_readme_names_every_example() {
    let pages = Page::all();
    let readme = pages.iter().find(|page| page.name() == "README.md").unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for folder in ["examples", "examples/clients/examples"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|kind| kind == "rs") {
                let link = format!("({folder}/{})", path.file_name().unwrap().display());
                assert!(readme.text.contains(&link), "README.md does not link {link}");
            }
        }
    }
}

#[test]
fn no_source_has_more_than_300_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders: Vec<PathBuf> = ["src", "tests", "examples", "gateway", "http-adapter", "lab", "benches"]
        .iter()
        .map(|folder| root.join(folder))
        .collect();
    let mut files = 0_u32;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let lines = fs::read_to_string(&path).unwrap().lines().count();
                assert!(lines <= 300, "{} has {lines} lines", path.display());
                files = files.saturating_add(1);
            }
        }
    }
    assert!(files > 300, "{files} files");
}
