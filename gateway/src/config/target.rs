//! [`Target`]: the servers to which a route leads.

use std::fmt;

use http::uri::{Authority, Scheme, Uri};
use persevere_http::spring::ConfigError;
use persevere_http::spring::routes::{Answer, Notes, section};
use persevere_http::spring::yaml::{Node, closest};

/// One server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instance {
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
}

/// The servers to which a route leads.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// At least one.
    pub(crate) instances: Vec<Instance>,
    /// The service, if it has a name.
    service: Option<String>,
}

/// The services with a name, and their instances.
#[derive(Debug, Default)]
pub(crate) struct Services(Vec<(String, Vec<Instance>)>);

impl Services {
    /// Reads `spring.cloud.discovery.client.simple.instances`.
    pub(crate) fn parse(node: &Node, notes: &mut Notes) -> Self {
        let mut services = Vec::new();
        for (key, node) in notes.take(node.entries("the instances")).unwrap_or_default() {
            let items = notes.take(node.list()).unwrap_or_default();
            let instances: Vec<_> = items.iter().filter_map(|node| instance(node, notes)).collect();
            if items.is_empty() {
                let message = format!("`{}` has no instances: write `- uri: http://HOST:PORT`", key.name);
                notes.refuse(key.position, message);
            }
            // One that cannot be read is known all the same.
            services.push((key.name.clone(), instances));
        }
        Self(services)
    }

    fn find(&self, name: &str) -> Option<&(String, Vec<Instance>)> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))
    }
}

/// The settings of an instance. Spring's load balancer would use more of them.
const INSTANCE: [(&str, Answer); 6] = [
    ("uri", Answer::Here),
    ("metadata", Answer::Warn("instances take turns, without regard to their metadata")),
    ("instance-id", Answer::Warn("an instance is known by its address")),
    ("service-id", Answer::Warn("the service is named above")),
    ("host", Answer::Refuse("write `uri: http://HOST:PORT`")),
    ("port", Answer::Refuse("write `uri: http://HOST:PORT`")),
];

fn instance(node: &Node, notes: &mut Notes) -> Option<Instance> {
    let uri = section(node, "an instance", &INSTANCE, notes).first().map(|(.., uri)| *uri);
    let Some(uri) = uri else {
        notes.refuse(node.position, "this instance has no `uri`");
        return None;
    };
    let text = uri.scalar().unwrap_or_default().trim();
    let instance = Instance::parse(text);
    if instance.is_none() {
        notes.add(refused(uri, text));
    }
    instance
}

impl Instance {
    /// Reads the scheme, the host and the port. As in Spring, nothing else counts.
    ///
    /// A `WebSocket` begins as a request of HTTP, so `ws` means `http`.
    fn parse(text: &str) -> Option<Self> {
        let parts = text.parse::<Uri>().ok()?.into_parts();
        let (scheme, authority) = (parts.scheme?, parts.authority?);
        let scheme = match scheme.as_str() {
            "http" | "ws" => Scheme::HTTP,
            "https" | "wss" => Scheme::HTTPS,
            _ => return None,
        };
        is_host_and_port(&authority).then_some(Self { scheme, authority })
    }
}

impl Target {
    /// Returns a server in plain HTTP as a target.
    pub(crate) fn plain(authority: Authority) -> Self {
        Self { instances: vec![Instance { scheme: Scheme::HTTP, authority }], service: None }
    }

    /// Reads the `uri` of a route.
    pub(crate) fn parse(node: &Node, services: &Services, notes: &mut Notes) -> Option<Self> {
        let text = node.scalar().unwrap_or_default().trim();
        if let Some(rest) = text.strip_prefix("lb:") {
            return notes.take(Self::service(node, text, rest, services));
        }
        if text.starts_with("forward:") {
            let message = "`uri` is a `forward:`, for which there are no handlers here: lead to a server, as http://HOST:PORT";
            notes.refuse(node.position, message);
            return None;
        }
        let Some(instance) = Instance::parse(text) else {
            notes.add(refused(node, text));
            return None;
        };
        if let Some(path) = path(text) {
            let message = format!(
                "the path {path} of `uri` has no effect, as in Spring: write `PrefixPath={path}` into `filters` to send it"
            );
            notes.warn(node.position, message);
        }
        Some(Self { instances: vec![instance], service: None })
    }

    /// Returns the instances of a service: `lb://SERVICE`, or `lb:ws://SERVICE`.
    fn service(node: &Node, text: &str, rest: &str, services: &Services) -> Result<Self, ConfigError> {
        let refuse = |message: String| ConfigError::syntax(node.position, message);
        let (scheme, name) = rest.split_once("//").unwrap_or(("?", rest));
        if !["", "http:", "https:", "ws:", "wss:"].contains(&scheme) {
            return Err(refuse(format!("`uri` is {text}: must be lb://SERVICE or lb:ws://SERVICE")));
        }
        let name = name.split(['/', '?']).next().unwrap_or_default();
        if name.contains('@') {
            return Err(refused(node, text));
        }
        let known = services.find(name).ok_or_else(|| {
            let meant = closest(name, services.0.iter().map(|(name, _)| name.as_str()));
            let advice = meant.map_or_else(String::new, |best| format!("; did you mean lb://{best}?"));
            refuse(format!(
                "`uri` is {text}: `spring.cloud.discovery.client.simple.instances` has no `{name}`, and nothing else \
                 is asked for instances{advice}"
            ))
        })?;
        let (name, mut instances) = known.clone();
        let secure = ["https:", "wss:"].contains(&scheme);
        for instance in instances.iter_mut().filter(|_| secure) {
            instance.scheme = Scheme::HTTPS;
        }
        Ok(Self { instances, service: Some(name) })
    }
}

/// Returns the path of a `uri`, if it is more than a slash.
fn path(text: &str) -> Option<String> {
    let uri: Uri = text.parse().ok()?;
    (!["", "/"].contains(&uri.path())).then(|| uri.path().to_owned())
}

fn refused(node: &Node, text: &str) -> ConfigError {
    // What stands before the host may be a password.
    let shown = text.rsplit_once('@').map_or_else(|| text.to_owned(), |(_, place)| format!("…@{place}"));
    let shown = if shown.is_empty() { "empty" } else { &shown };
    let message = format!(
        "`uri` is {shown}: must be http:// or https:// (or ws://, wss://) with HOST or HOST:PORT, or lb://SERVICE in a route"
    );
    ConfigError::syntax(node.position, message)
}

/// Returns true for HOST or HOST:PORT with a valid port and no user information.
///
/// The type `Authority` itself does not check the port.
pub(crate) fn is_host_and_port(authority: &Authority) -> bool {
    match authority.as_str().strip_prefix(authority.host()) {
        Some("") => true,
        Some(port) => port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok()),
        None => false, // something stands before the host
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(service) = &self.service {
            write!(f, "{service} at ")?;
        }
        for (index, Instance { scheme, authority }) in self.instances.iter().enumerate() {
            write!(f, "{}{scheme}://{authority}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
