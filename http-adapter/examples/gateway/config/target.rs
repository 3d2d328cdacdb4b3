//! [`Target`]: the servers to which a route leads.

use std::fmt;

use http::uri::{Authority, Scheme, Uri};
use persevere_http::{ConfigError, yaml::Node};

use super::node::{entries, list, plain, unsupported};

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
    /// Those of `spring.cloud.discovery.client.simple.instances`.
    pub(crate) fn parse(node: &Node) -> Result<Self, ConfigError> {
        let mut services = Vec::new();
        for (key, node) in entries(node, "the instances")? {
            let instances = list(node)?.iter().map(instance).collect::<Result<Vec<_>, _>>()?;
            if instances.is_empty() {
                let message = format!("`{}` has no instances: write `- uri: http://HOST:PORT`", key.name);
                return Err(ConfigError::syntax(key.position, message));
            }
            services.push((key.name.clone(), instances));
        }
        Ok(Self(services))
    }
}

fn instance(node: &Node) -> Result<Instance, ConfigError> {
    for (key, _) in entries(node, "an instance")? {
        if plain(key) != "uri" {
            return Err(unsupported(key, "uri"));
        }
    }
    let missing = || ConfigError::syntax(node.position, "this instance has no `uri`");
    let node = node.get("uri").ok_or_else(missing)?;
    let text = node.scalar().unwrap_or_default();
    Instance::parse(text).ok_or_else(|| refused(node, text))
}

impl Instance {
    /// Scheme, host and port are all that counts, as in Spring.
    fn parse(text: &str) -> Option<Self> {
        let parts = text.parse::<Uri>().ok()?.into_parts();
        let (scheme, authority) = (parts.scheme?, parts.authority?);
        let is_known = scheme == Scheme::HTTP || scheme == Scheme::HTTPS;
        (is_known && is_host_and_port(&authority)).then_some(Self { scheme, authority })
    }
}

impl Target {
    /// A server in plain HTTP.
    pub(crate) fn plain(authority: Authority) -> Self {
        Self { instances: vec![Instance { scheme: Scheme::HTTP, authority }], service: None }
    }

    /// Where the `uri` of a route leads.
    pub(crate) fn parse(node: &Node, services: &Services) -> Result<Self, ConfigError> {
        let text = node.scalar().unwrap_or_default();
        let refuse = |message: String| ConfigError::syntax(node.position, message);
        if let Some(name) = text.strip_prefix("lb://") {
            let name = name.trim_end_matches('/');
            let known = services.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            let (name, instances) = known.ok_or_else(|| {
                refuse(format!(
                    "`uri` is {text}: `spring.cloud.discovery.client.simple.instances` has no `{name}`, and nothing else \
                     is asked for instances"
                ))
            })?;
            return Ok(Self { instances: instances.clone(), service: Some(name.clone()) });
        }
        if text.starts_with("forward:") {
            let message = "`uri` is a `forward:`, for which there are no handlers here: lead to a server, as http://HOST:PORT";
            return Err(refuse(message.to_owned()));
        }
        let instance = Instance::parse(text).ok_or_else(|| refused(node, text))?;
        Ok(Self { instances: vec![instance], service: None })
    }
}

fn refused(node: &Node, text: &str) -> ConfigError {
    // What stands before the host may be a password.
    let shown = text.rsplit_once('@').map_or_else(|| text.to_owned(), |(_, place)| format!("…@{place}"));
    let message = format!(
        "`uri` is {shown}: must be http:// or https:// with HOST or HOST:PORT, or lb://SERVICE in a route"
    );
    ConfigError::syntax(node.position, message)
}

/// Whether this is HOST or HOST:PORT: no user information, and a port below 65,536, which the type `Authority`
/// does not see to.
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
