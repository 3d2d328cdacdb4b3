//! What the compiler says of the most likely mistakes. Its words change from release to release, so they are compared
//! with one release only, and printed to be read with every other.

use std::process::Command;

/// The release whose messages are committed.
const RELEASE: &str = "rustc 1.95.";

#[test]
fn likely_mistakes_get_messages_that_help() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output().expect("there is a compiler");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if !version.starts_with(RELEASE) {
        println!("skipped: the messages are those of {RELEASE}x, and this is {version}");
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
