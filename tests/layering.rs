//! Imports point down, or to the left within a layer: the table of ARCHITECTURE.md as a test.

use std::fs;
use std::path::{Path, PathBuf};

/// The layers from the bottom up, the files of each from left to right.
const LAYERS: [&[&str]; 7] = [
    &["nanos", "clock", "entropy", "error", "verdict", "attempt", "decision"],
    &["operation", "classifier", "observe", "timer", "timer/tokio", "backoff"],
    &["backoff/constant", "backoff/exponential", "backoff/sequence", "jitter", "limits"],
    &["compose", "parts", "session"],
    &["executor"],
    &["policy", "adjust", "report", "call"],
    &["lib"],
];

fn place(module: &str) -> Option<(usize, usize)> {
    LAYERS.iter().enumerate().find_map(|(layer, modules)| {
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

/// The first segment after each `crate::`, the segments of a group one by one; tests left out.
fn imports(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or(source);
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1).filter(|rest| !rest.is_empty()) {
        let group = rest.strip_prefix('{').and_then(|rest| rest.split('}').next());
        for item in group.unwrap_or(rest).split(',').take(if group.is_some() { usize::MAX } else { 1 }) {
            let name: String = item.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            found.push(name);
        }
    }
    found
}

#[test]
fn imports_point_down_or_to_the_left() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let mut seen = 0;
    for file in &files {
        let module = file.strip_prefix(&root).expect("found below the root").with_extension("");
        let module = module.to_str().expect("an ASCII path").trim_end_matches("/mod").to_owned();
        let here = place(&module).unwrap_or_else(|| panic!("`{module}` has no layer: add it to the table"));
        let source = fs::read_to_string(file).expect("sources are UTF-8");
        for import in imports(&source).iter().filter(|import| place(import).is_some()) {
            seen += 1;
            let there = place(import).expect("just filtered");
            let own = module == *import || module.starts_with(&format!("{import}/"));
            assert!(there < here || own, "`{module}` in {here:?} imports `{import}` in {there:?}");
        }
    }
    let listed: usize = LAYERS.iter().map(|modules| modules.len()).sum();
    assert_eq!(files.len(), listed, "the table lists a file that is gone");
    assert!(seen > 60, "only {seen} imports found: is the scan broken?");
}

#[test]
fn the_architecture_page_shows_the_same_table() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md"))
        .expect("the page is there");
    for module in LAYERS.iter().flat_map(|modules| modules.iter()) {
        assert!(page.contains(&format!("`{module}`")), "ARCHITECTURE.md does not name `{module}`");
    }
}

#[test]
fn the_scan_sees_groups_and_paths() {
    let source = "use crate::a::B;\nuse crate::{c, d::E};\n// crate::f\nfn x() { crate::g::h() }\n";
    assert_eq!(imports(source), ["a", "c", "d", "g"]);
}
