//! Shortcuts with commas at their ends, and files that are no routes.

use super::errors::{checked, refused, route};
use crate::support::{binary, file, ms, within};

#[tokio::test]
async fn commas_at_the_end_of_a_shortcut_add_nothing() {
    let lines = "        predicates: ['Path=/a/**, ', 'Host=a.org,b.org,', 'Method=GET,,']
        filters: ['AddRequestHeader=X-A,b,', 'StripPrefix=1,']";
    let (code, printed) = checked("commas", &route(lines), &[], &[]).await;
    let shown = "route one (Path=/a/**, Host=a.org,b.org, Method=GET) to http://a: AddRequestHeader=x-a, StripPrefix=1, no retry";
    assert!(code == Some(0) && printed.starts_with(shown), "{code:?}: {printed}");
}

#[tokio::test]
async fn other_empty_values_of_a_shortcut_are_refused() {
    let lines = "        predicates: ['Path=', 'Path=,', 'Method=GET,,POST']
        filters: ['AddRequestHeader=X-A,']";
    let said = [
        "line 7, column 23: a value of `Path` is empty",
        "line 7, column 32: a value of `Path` is empty",
        "line 7, column 42: a value of `Method` is empty",
        "line 8, column 20: `AddRequestHeader` has no `value`",
    ];
    refused("empty", &route(lines), &said).await;
}

#[tokio::test]
async fn a_file_of_another_kind_is_told_so() {
    let kubernetes =
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  application.yml: |\n    spring.cloud.gateway.routes: []\n";
    let properties = "spring.cloud.gateway.routes[0].id=a\nspring.cloud.gateway.routes[0].uri=http://a\n";
    for (name, text, said) in [
        ("kubernetes", kubernetes, "write the text of its `application.yml` into a file"),
        ("properties", properties, "write YAML: files of properties are not read"),
    ] {
        let path = file(&format!("kind-{name}.yaml"), text);
        let mut command = tokio::process::Command::new(binary());
        command.arg("--config").arg(&path).arg("--check");
        let output = within(ms(20_000), command.kill_on_drop(true).output()).await;
        let printed = output.expect("it ends by itself").expect("it starts").stderr;
        let printed = String::from_utf8_lossy(&printed);
        assert!(
            printed.contains("there is no `spring.cloud.gateway`") && printed.contains(said),
            "{name}: {printed}"
        );
    }
}
