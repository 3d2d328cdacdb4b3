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
        for import in imports(&source) {
            let Some(there) = place(layers, &import) else { continue };
            seen += 1;
            let own = module == import || module.starts_with(&format!("{import}/"));
            assert!(there < here || own, "`{module}` in {here:?} imports `{import}` in {there:?}");
        }
    }
    let listed: usize = layers.iter().map(|modules| modules.len()).sum();
    assert_eq!(files.len(), listed, "the table lists a file that is gone");
    assert!(seen >= least, "only {seen} imports found: is the scan broken?");
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
fn the_scan_sees_groups_and_paths() {
    let source = "use crate::a::B;\nuse crate::{c, d::E};\n// crate::f\nfn x() { crate::g::h() }\n";
    assert_eq!(imports(source), ["a", "c", "d", "g"]);
}
