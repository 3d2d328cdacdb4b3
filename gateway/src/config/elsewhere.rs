//! Warnings about settings of a file that the gateway does not read.

use persevere_http::spring::routes::{Notes, RouteFile};
use persevere_http::spring::yaml::{Key, Node, Value, closest, plain};

/// The trees of an application, each with what to use instead.
const TREES: [(&str, &str); 21] = [
    ("server", "say where to listen with --listen, and set limits with the options of --help"),
    ("management", "/metrics and /health are at --admin"),
    ("logging", "say what is logged with --log"),
    ("eureka", "no registry is asked: list instances under `spring.cloud.discovery.client.simple.instances`"),
    ("info", "there is no /info here"),
    ("resilience4j", "there are no circuit breakers here: give the `Retry` of a route a budget"),
    ("debug", "say what is logged with --log"),
    ("trace", "say what is logged with --log"),
    ("reactor", "each thread of --threads has separate connections"),
    ("spring.application", "a gateway names itself `persevere` in `Via`"),
    ("spring.main", "there is nothing else to start"),
    ("spring.security", "the gateway does not authenticate clients: let a proxy before it do so"),
    ("spring.redis", "nothing is kept outside of the process"),
    ("spring.data", "nothing is kept outside of the process"),
    ("spring.webflux", "there are no other handlers"),
    ("spring.codec", "bodies pass through as they are"),
    ("spring.cloud.loadbalancer", "instances take turns, and one that fails rests"),
    (
        "spring.cloud.circuitbreaker",
        "there are no circuit breakers here: give the `Retry` of a route a budget",
    ),
    (
        "spring.cloud.consul",
        "no registry is asked: list instances under `spring.cloud.discovery.client.simple.instances`",
    ),
    (
        "spring.cloud.kubernetes",
        "no registry is asked: list instances under `spring.cloud.discovery.client.simple.instances`",
    ),
    ("spring.cloud.config", "this file is the only one that is read"),
];

/// The names whose settings are read.
const READ: [&str; 6] = [
    "spring",
    "spring.cloud",
    "spring.cloud.gateway",
    "spring.cloud.discovery",
    "spring.config",
    "spring.profiles",
];

/// Warns of all that is not read and that no placeholder stands for.
pub(crate) fn note(file: &RouteFile, notes: &mut Notes) {
    let tree = &file.tree;
    let nothing: &[(Key, Node)] = &[];
    let entries = |node: Option<&Node>| match node.map(|node| &node.value) {
        Some(Value::Map(entries)) => entries.clone(),
        _ => nothing.to_vec(),
    };
    for (key, _) in entries(Some(tree)) {
        // Names with `x-` are for anchors.
        if !file.has_used(&key.name) && !key.name.starts_with("x-") {
            warn("", &key, notes);
        }
    }
    for (key, _) in entries(tree.get("spring")) {
        warn("spring.", &key, notes);
    }
    for (key, _) in entries(tree.at("spring.cloud")) {
        warn("spring.cloud.", &key, notes);
    }
    imports(tree, notes);
}

fn warn(above: &str, key: &Key, notes: &mut Notes) {
    let name = format!("{above}{}", key.name);
    if READ.iter().any(|known| plain(known) == plain(&name)) {
        return;
    }
    let known = TREES.iter().find(|(known, _)| plain(known) == plain(&name));
    let why = match (known, closest(&name, READ)) {
        (Some((_, why)), _) => (*why).to_owned(),
        (None, Some(best)) => format!("it is not read; did you mean `{best}`?"),
        (None, None) => "it is not about routes".to_owned(),
    };
    notes.warn(key.position, format!("`{name}` has no effect here: {why}"));
}

/// Refuses imports of other files, unless all of them are optional.
fn imports(tree: &Node, notes: &mut Notes) {
    let Some(node) = tree.at("spring.config.import") else { return };
    let files = node.texts().unwrap_or_default();
    match files.iter().find(|file| !file.starts_with("optional:")) {
        Some(file) => {
            let message = format!(
                "`spring.config.import` is {file}: other files are not read: write all routes into this one"
            );
            notes.refuse(node.position, message);
        }
        None => notes.warn(
            node.position,
            "`spring.config.import` has no effect here: this file is the only one that is read",
        ),
    }
}
