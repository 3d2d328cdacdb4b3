//! Slips of the pen: the error names what was meant.

use super::errors::{checked, refused, route};
use crate::support::{binary, file, ms, within};

#[tokio::test]
async fn a_list_in_braces_is_told_to_need_brackets() {
    for (name, lines, said) in [
        (
            "braces-methods",
            route("        filters: [{ name: Retry, args: { methods: GET, POST, PUT } }]"),
            "line 7, column 56: `POST` has no value: a list in braces needs brackets: write `methods: [GET, POST, PUT]`",
        ),
        (
            "braces-patterns",
            route("        predicates: [{ name: Path, args: { patterns: /a, /b } }]"),
            "`/b` has no value: a list in braces needs brackets: write `patterns: [/a, /b]`",
        ),
        (
            "braces-route",
            "      routes: [{ id: a, uri: http://a, predicates: Path=/a, Method=GET }]\n".to_owned(),
            "`Method=GET` has no value: a list in braces needs brackets: write `predicates: [Path=/a, Method=GET]`",
        ),
        (
            "braces-alone",
            route("        filters: [{ name: Retry, args: { methods: {GET, POST} } }]"),
            "a list needs brackets instead of braces: write `[GET, POST]`",
        ),
        (
            "braces-words",
            route("        filters: [{ name: Retry, args: { methods: GET POST } }]"),
            "`methods` is GET POST: must be GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or TRACE; write commas between them: \
             `GET, POST`",
        ),
        (
            "braces-short",
            route("        predicates: [Method=GET POST]"),
            "`GET POST` is not a method; write commas between",
        ),
        (
            "braces-brackets",
            route("        predicates:\n        - Path=[/a,/b]"),
            "a shortcut has no brackets: write `Path=/a,/b`",
        ),
        (
            "braces-text",
            route("        predicates: [{ name: Path, args: { patterns: {id} } }]"),
            "`{id}` is read as a mapping: put a text with braces in quotes",
        ),
    ] {
        refused(name, &lines, &[said]).await;
    }
}

#[tokio::test]
async fn a_slip_that_yaml_does_not_allow_is_explained() {
    for (name, lines, said) in [
        ("slip-tab", "\troutes: []\n".to_owned(), "; indent with spaces instead of tabs"),
        (
            "slip-star",
            route("        predicates: [{ name: Host, args: { patterns: *.a.example } }]"),
            "a text that begins with `*` needs quotes",
        ),
        (
            "slip-percent",
            route("        metadata:\n          x: %a"),
            "a text that begins with `%` needs quotes",
        ),
        (
            "slip-at",
            route("        metadata:\n          x: @a"),
            "a text that begins with `@` or a backtick needs quotes",
        ),
        (
            "slip-tag",
            route("        metadata:\n          x: !prod"),
            "line 8, column 14: the tag `!prod` is not known; a text that begins with `!` needs quotes",
        ),
        (
            "slip-tagged",
            route("        predicates: [!Path /a]"),
            "line 7, column 22: the tag `!Path` is not known",
        ),
        (
            "slip-brace",
            route("        metadata:\n          x: {id}/x"),
            "a text that begins with a brace or a bracket needs quotes",
        ),
        (
            "slip-colon",
            route("        metadata:\n          x: a: b"),
            "a text with a colon and a space in it needs quotes",
        ),
    ] {
        let (code, printed) = checked(name, &lines, &[], &[]).await;
        assert!(code == Some(2) && printed.contains(said), "{name}\n  said: {printed}  not: {said}");
    }
}

#[tokio::test]
async fn a_name_that_is_alike_is_suggested_everywhere() {
    for (name, lines, said) in [
        ("like-key", "      ruotes: []\n".to_owned(), "did you mean `routes`?"),
        ("like-filter", route("        filters: [StripPrefx=1]"), "did you mean `StripPrefix`?"),
        ("like-case", route("        predicates: [path=/a]"), "did you mean `Path`?"),
        (
            "like-argument",
            route("        predicates: [{ name: Path, args: { pattern: /a } }]"),
            "did you mean `patterns`?",
        ),
        (
            "like-args",
            route("        predicates: [{ name: Path, arg: { patterns: /a } }]"),
            "did you mean `args`?",
        ),
        (
            "like-strategy",
            route("        filters: ['DedupeResponseHeader=X, RETAIN_FRIST']"),
            "did you mean RETAIN_FIRST?",
        ),
        ("like-status", route("        filters: [SetStatus=NOT_FUOND]"), "did you mean NOT_FOUND?"),
        (
            "like-series",
            route("        filters: [{ name: Retry, args: { series: SERVER_EROR } }]"),
            "did you mean SERVER_ERROR?",
        ),
        (
            "like-exception",
            route("        filters: [{ name: Retry, args: { exceptions: IOExeption } }]"),
            "did you mean IOException?",
        ),
        (
            "like-profile",
            route("        filters: [{ name: Retry, args: { profile: gatway } }]"),
            "did you mean gateway?",
        ),
        (
            "like-code",
            route("        filters: [{ name: Retry, args: { profile: gateway, grpcCodes: UNAVAILBLE } }]"),
            "did you mean UNAVAILABLE?",
        ),
        (
            "like-ssl",
            "      httpclient.ssl.trusted-x509-certificate: a\n      routes: []\n".to_owned(),
            "did you mean `trusted",
        ),
    ] {
        let (code, printed) = checked(name, &lines, &[], &[]).await;
        assert!(code == Some(2) && printed.contains(said), "{name}\n  said: {printed}  not: {said}");
    }
}

#[tokio::test]
async fn a_wrong_way_to_the_routes_is_mended() {
    for (name, text, said) in [
        (
            "way-spring",
            "sprng:\n  cloud:\n    gateway:\n      routes: []\n",
            "did you mean `spring` by `sprng` in line 1?",
        ),
        (
            "way-gateway",
            "spring.cloud:\n  gatway.routes: []\n",
            "did you mean `gateway` by `gatway` in line 2?",
        ),
        ("way-none", "routes: []\n", "so there are no routes; write `routes` under it"),
        (
            "way-profile",
            "spring.config.activate.on-profile: prod\n",
            "but documents for other profiles: set SPRING_PROFILES_ACTIVE",
        ),
    ] {
        let path = file(&format!("written-{name}.yaml"), text);
        let mut command = tokio::process::Command::new(binary());
        command.arg("--config").arg(&path).arg("--check").env_remove("SPRING_PROFILES_ACTIVE");
        let output = within(ms(20_000), command.kill_on_drop(true).output()).await;
        let output = output.expect("it ends by itself").expect("it starts");
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.code() == Some(2) && printed.contains(said),
            "{name}\n  said: {printed}  not: {said}"
        );
    }
}
