//! [`RouteFile`]: the documents of a file as one tree, with the settings of the gateway in it.

use std::collections::BTreeSet;

use super::long::refuse_long;
use super::notes::Notes;
use super::profiles::Profiles;
use crate::spring::error::ConfigError;
use crate::spring::position::Position;
use crate::spring::yaml::{Key, Node, Placeholders, Value, closest, plain};

/// A file of routes, with all placeholders replaced.
///
/// ```
/// use persevere_http::spring::routes::{Notes, RouteFile};
///
/// let text = "
/// spring.cloud.gateway.routes:
/// - id: orders
///   uri: http://${ORDERS}
///   filters: [ Retry=2 ]
/// ";
/// let mut notes = Notes::default();
/// let file = RouteFile::read(text, &|name| (name == "ORDERS").then(|| "10.0.0.1:80".to_owned()), &mut notes)?;
/// let retries = file.retries(&mut notes);
/// notes.end().map_err(|error| file.redact.error(&error))?;
/// assert_eq!(retries[0].id.as_deref(), Some("orders"));
/// assert_eq!(retries[0].filter.as_ref().map(|filter| filter.retries()), Some(2));
/// # Ok::<(), persevere_http::spring::ConfigError>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct RouteFile {
    /// The settings below `spring.cloud.gateway`. `None` if there are none, or if they cannot be read.
    pub gateway: Option<Node>,
    /// The instances of services, if there are some.
    pub services: Option<Node>,
    /// The whole tree, as it is written.
    pub tree: Node,
    /// Replaces values of the environment by their names in errors.
    pub redact: Redact,
    /// The names of the tree below which a value has replaced a placeholder.
    used: BTreeSet<String>,
}

/// The names of the settings in older releases of Spring, and since 4.3.
const OLDER: &str = "spring.cloud.gateway";
const NEWER: &str = "spring.cloud.gateway.server.webflux";

/// The name of the instances of services.
const INSTANCES: &str = "spring.cloud.discovery.client.simple.instances";

impl RouteFile {
    /// Reads the documents of `text` that count, and merges later documents over earlier ones.
    ///
    /// The `environment` has the values of placeholders and the active profiles. Errors and warnings go to `notes`.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] if the text is not YAML.
    pub fn read(
        text: &str,
        environment: &dyn Fn(&str) -> Option<String>,
        notes: &mut Notes,
    ) -> Result<Self, ConfigError> {
        let (documents, problems) = Node::documents_and_problems(text)?;
        notes.take(problems.map_or(Ok(()), Err));
        let mut read = |document: &Node| {
            let (nested, problems) = notes.take(document.nested_and_problems())?;
            notes.take(problems.map_or(Ok(()), Err));
            Some(nested)
        };
        let documents: Vec<Node> = documents.iter().filter_map(&mut read).collect();
        let profiles = Profiles::of(&documents, environment, notes);
        let (mut tree, mut passed) = (Node::new(Position::START, Value::Empty), 0_usize);
        for document in documents {
            if let Some(why) = profiles.passed_over(&document) {
                passed = passed.saturating_add(1);
                notes.warn(document.position, format!("this document does not count: {why}"));
            } else {
                tree = tree.overridden_by(document);
            }
        }
        let mut placeholders = Placeholders::new(&tree, environment);
        let mut resolved = |mut node: Node, notes: &mut Notes| {
            refuse_long(&node, notes).then_some(())?;
            notes.unresolved(placeholders.resolve(&mut node));
            refuse_long(&node, notes).then_some(node)
        };
        let services = tree.at(INSTANCES).cloned().and_then(|node| resolved(node, notes));
        let gateway = settings(&tree, passed, notes).and_then(|node| resolved(node, notes));
        let (redact, used) = (Redact(placeholders.told().to_vec()), placeholders.into_used());
        Ok(Self { gateway, services, tree, redact, used })
    }

    /// Returns true if a value below the name `root` has replaced a placeholder.
    #[must_use]
    pub fn has_used(&self, root: &str) -> bool {
        self.used.contains(&plain(root))
    }
}

/// The values of the environment, which errors must not show.
#[derive(Debug, Default)]
pub struct Redact(Vec<(String, String)>);

impl Redact {
    /// Returns the error with the names of the environment instead of their values.
    #[must_use]
    pub fn error(&self, error: &ConfigError) -> ConfigError {
        error.map_texts(|text| self.text(text))
    }

    /// Returns the text with the names of the environment instead of their values.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let replaced =
            |text: String, (name, value): &(String, String)| text.replace(value, &format!("${{{name}}}"));
        self.0.iter().fold(text.to_owned(), replaced)
    }
}

/// Returns advice if the names on the way to the settings are misspelled or incomplete.
fn near(tree: &Node) -> String {
    if let Value::Scalar(text) = &tree.value {
        let is_properties = text.contains("spring.cloud.gateway") && text.contains('=');
        return if is_properties { "; write YAML: files of properties are not read" } else { "" }.to_owned();
    }
    if tree.get("apiVersion").is_some() && tree.get("kind").is_some() {
        return "; this is a resource of Kubernetes: write the text of its `application.yml` into a file"
            .to_owned();
    }
    let mut node = tree;
    for step in ["spring", "cloud", "gateway"] {
        if let Some(next) = node.get(step) {
            node = next;
            continue;
        }
        let Value::Map(entries) = &node.value else { return String::new() };
        let alike = entries.iter().find(|(key, _)| closest(&key.name, [step]).is_some());
        let alike = alike.map(|(key, _)| {
            format!("; did you mean `{step}` by `{}` in line {}?", key.name, key.position.line)
        });
        let routes = || node.get("routes").map(|_| "; write `routes` under it".to_owned());
        return alike.or_else(routes).unwrap_or_default();
    }
    String::new()
}

/// Merges the settings of the gateway from both places where they may stand.
fn settings(tree: &Node, passed: usize, notes: &mut Notes) -> Option<Node> {
    let older = tree.at(OLDER);
    let Some(older) = older.filter(|node| node.value != Value::Empty) else {
        let advice = match passed {
            0 => "",
            _ => ", but documents for other profiles: set SPRING_PROFILES_ACTIVE to choose one",
        };
        let near = near(tree);
        let message = format!("there is no `spring.cloud.gateway`, so there are no routes{advice}{near}");
        // A document that could not be read may have the routes.
        if notes.error_count() == 0 {
            notes.refuse(tree.position, message);
        }
        return None;
    };
    let newer = tree.at(NEWER);
    let Value::Map(entries) = &older.value else { return Some(older.clone()) };
    let is_server = |key: &Key| plain(&key.name) == "server";
    let mut merged: Vec<(Key, Node)> = Vec::new();
    for (key, node) in entries.iter().filter(|(key, _)| !is_server(key)) {
        if newer.is_some_and(|newer| newer.get(&key.name).is_some()) {
            let message = format!("`{}` is set under `server.webflux`, too: write all of it there", key.name);
            notes.refuse(node.position, message);
        } else {
            merged.push((key.clone(), node.clone()));
        }
    }
    for (key, server) in entries.iter().filter(|(key, _)| is_server(key)) {
        let Value::Map(kinds) = &server.value else { continue };
        for (kind, _) in kinds.iter().filter(|(kind, _)| plain(&kind.name) != "webflux") {
            let message = format!(
                "`server.webflux` is missing, which would have the routes: `server.{}` is not read, because its routes have other \
                 filters",
                kind.name
            );
            notes.refuse(kind.position, message);
        }
        if kinds.is_empty() {
            notes.refuse(key.position, "`server.webflux` is missing, which would have the routes");
        }
    }
    match newer.map(|newer| &newer.value) {
        Some(Value::Map(entries)) => merged.extend(entries.iter().cloned()),
        Some(Value::Empty) | None => {}
        Some(_) => notes.refuse(older.position, "`server.webflux` must be a mapping of names to values"),
    }
    Some(Node::new(newer.unwrap_or(older).position, Value::Map(merged)))
}
