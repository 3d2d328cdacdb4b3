//! docs/limits.md promises the defaults that the gateway has.

use std::process::Command;

use crate::support::{binary, file, routes};

/// What the gateway prints on standard output.
fn printed(arguments: &[&str]) -> String {
    let output = Command::new(binary()).args(arguments).output().expect("it runs");
    String::from_utf8(output.stdout).expect("it is text")
}

/// The defaults in the tables of the page, each with the option or the setting of its wait.
fn defaults() -> Vec<(&'static str, &'static str)> {
    let page = include_str!("../../../docs/limits.md");
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| wait |"));
    let cells = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    cells.map(|cells| <[&str; 6]>::try_from(cells).expect("six cells")).map(|row| (row[3], row[2])).collect()
}

#[test]
fn docs_and_help_name_the_same_defaults() {
    let help = printed(&["--help"]);
    let mut compared = 0;
    for (option, default) in defaults() {
        let option = option.trim_matches('`');
        if option.starts_with("--") {
            let (_, about) = help.split_once(&format!("{option} <")).expect("it is an option");
            let (_, found) = about.split_once("[default: ").expect("it has a default");
            assert_eq!(found.split_once(']').expect("it ends").0, default, "{option}");
            compared += 1;
        }
    }
    assert!(compared > 10, "{compared}");
}

#[test]
fn docs_and_check_name_the_same_defaults() {
    let text = routes("- id: a\n  uri: http://a").replace("connect-timeout: 500, response-timeout: 10s", "");
    let path = file("defaults.yaml", &text);
    let checked = printed(&["--config", path.to_str().expect("a path of the tests is text"), "--check"]);
    let mut compared = 0;
    for (setting, default) in defaults() {
        let default = default.replace(' ', "");
        let expected = match setting {
            "`connect-timeout`" => format!("connects within {default};"),
            "`response-timeout`" if default == "none" => {
                "no limit to an attempt: set response-timeout".to_owned()
            }
            "`pool.max-idle-time`" => format!("an idle connection closes after {default}"),
            _ => continue,
        };
        assert!(checked.contains(&expected), "{setting}: no `{expected}` in {checked}");
        compared += 1;
    }
    assert_eq!(compared, 4, "a name server, a connection, a response and an idle connection");
}
