//! The page on framing says what the tests check, and nothing else.

use super::{answers, requests, responses, streams, targets};

/// The rows of the table below a heading.
fn table<'p>(page: &'p str, heading: &str) -> Vec<Vec<&'p str>> {
    let (_, below) =
        page.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no `{heading}`"));
    let lines =
        below.lines().take_while(|line| !line.starts_with("## ")).filter(|line| line.starts_with('|'));
    lines.skip(2).map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

#[test]
fn the_page_on_framing_has_the_lines_of_its_tests() {
    let page = include_str!("../../../docs/framing.md");
    for (heading, rows) in [
        ("Requests of HTTP/1", requests::rows()),
        ("Requests of HTTP/2", streams::rows()),
        ("Targets and hosts", targets::rows()),
        ("Responses of HTTP/1", responses::rows()),
        ("Responses of HTTP/2", answers::rows()),
    ] {
        let lines = table(page, heading);
        for (line, (arrives, does, test)) in lines.iter().zip(&rows) {
            assert!(line.len() == 4 && !line[1].is_empty(), "{heading}: {line:?}");
            assert_eq!((line[0], line[2]), (*arrives, does.as_str()), "{heading}");
            assert_eq!(line[3], format!("`{test}`"), "{heading}: {arrives}");
        }
        assert_eq!(lines.len(), rows.len(), "{heading}");
    }
}
