//! The profiles that a file makes active.

use crate::support::{binary, file, ms, within};

/// Returns the output of a check of this text.
async fn printed(name: &str, text: &str, environment: &[(&str, &str)]) -> String {
    let path = file(&format!("active-{name}.yaml"), text);
    let mut command = tokio::process::Command::new(binary());
    command.arg("--config").arg(&path).arg("--check").envs(environment.iter().copied());
    let output = within(ms(20_000), command.kill_on_drop(true).output()).await;
    let output = output.expect("it ends by itself").expect("it starts");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// A document with these profiles, one with a route, and one for the profile `wanted` that leads it elsewhere.
fn documents(profiles: &str, wanted: &str) -> String {
    let route =
        |server: &str| format!("spring.cloud.gateway.routes: [{{ id: one, uri: 'http://{server}' }}]\n");
    let elsewhere = route("elsewhere");
    format!(
        "{profiles}\n---\n{}---\nspring.config.activate.on-profile: '{wanted}'\n{elsewhere}",
        route("here")
    )
}

#[tokio::test]
async fn a_placeholder_names_the_active_profile() {
    let text = documents("spring.profiles.active: '${STAGE:${stage}}'\nstage: dev", "dev");
    assert!(printed("default", &text, &[]).await.contains("to http://elsewhere"));
    let other = printed("other", &text, &[("STAGE", "prod")]).await;
    assert!(other.contains("to http://here") && other.contains("active is `prod`"), "{other}");
    let missing = printed("missing", &documents("spring.profiles.active: '${STAGE}'", "dev"), &[]).await;
    assert!(missing.contains("line 1, column 26: `${STAGE}` has no value"), "{missing}");
}

#[tokio::test]
async fn a_group_makes_its_members_active() {
    let groups = "spring.profiles: { active: prod, group: { prod: [a, b, prod], b: c } }";
    for wanted in ["prod", "a", "b", "c", "a & c"] {
        let printed = printed("group", &documents(groups, wanted), &[]).await;
        assert!(printed.contains("to http://elsewhere"), "{wanted}: {printed}");
    }
}

#[tokio::test]
async fn the_environment_chooses_among_profiles_instead_of_the_file() {
    let told = [("SPRING_PROFILES_ACTIVE", "b")];
    let groups = "spring.profiles: { active: prod, group: { prod: [a], b: c }, include: always }";
    for (wanted, is_active) in [
        ("b", true),
        ("c", true),
        ("always", true),
        ("prod", false),
        ("a", false),
        ("!prod", true),
        ("!b", false),
        ("c & !(a | prod)", true),
        ("a | (b & prod)", false),
    ] {
        let printed = printed("told", &documents(groups, wanted), &told).await;
        assert_eq!(printed.contains("to http://elsewhere"), is_active, "{wanted}: {printed}");
    }
}

/// The document would otherwise count for every profile.
#[tokio::test]
async fn profiles_that_cannot_be_read_are_refused() {
    for (wanted, said) in [
        (
            "!prod",
            "line 5, column 36: the tag `!prod` is not known; a text that begins with `!` needs quotes",
        ),
        ("{ prod: 1 }", "line 5, column 36: must be a value or a list of values"),
        ("'a & | b'", "line 5, column 37: `a & | b` is not an expression of profiles: write names with `!`,"),
        ("'a | b & c'", "`a | b & c` is not an expression of profiles"),
        ("'(a'", "`(a` is not an expression of profiles"),
        ("[a, 'b !']", "`b !` is not an expression of profiles"),
    ] {
        let text = documents("x-none: 1", "default").replace("'default'", wanted);
        let printed = printed("unread", &text, &[]).await;
        assert!(printed.contains(said), "{wanted}: {printed}");
    }
}

#[tokio::test]
async fn a_document_for_a_cloud_platform_does_not_count() {
    let text =
        documents("x-none: 1", "default").replace("on-profile: 'default'", "on-cloud-platform: kubernetes");
    let printed = printed("cloud", &text, &[]).await;
    assert!(printed.contains("to http://here"), "{printed}");
    let said =
        "this document does not count: it is for the platform `kubernetes`, and no platform is known here";
    assert!(printed.contains(&format!("line 5: {said}")), "{printed}");
}
