//! [`Client`]: the settings of `httpclient` for connections to servers.

use persevere_http::spring::routes::{Answer, Notes, section};
use persevere_http::spring::yaml::Node;

use super::pool::Pool;
use super::timeouts::Timeouts;

/// The settings of `httpclient` for connections to servers.
#[derive(Debug, Default)]
pub(crate) struct Client {
    pub(crate) timeouts: Timeouts,
    pub(crate) pool: Pool,
    pub(crate) trusted_certificates: Vec<String>,
}

const KEYS: [(&str, Answer); 12] = [
    ("connect-timeout", Answer::Here),
    ("response-timeout", Answer::Here),
    ("response-timeout-from", Answer::Here),
    ("pool", Answer::Here),
    ("ssl", Answer::Here),
    ("compression", Answer::Only { value: "false", why: "bodies pass through as they are" }),
    ("wiretap", Answer::Warn("the log never has bodies; say what it has with --log")),
    ("max-header-size", Answer::Warn("heads have up to 64 KiB")),
    ("max-initial-line-length", Answer::Warn("heads have up to 64 KiB")),
    ("websocket", Answer::Warn("frames pass through as they are, of any size")),
    ("proxy", Answer::Refuse("servers are reached directly: name the proxy as the `uri` of the route")),
    ("h2c", Answer::Refuse("write `http2: true` into the `metadata` of a route")),
];

const SSL: [(&str, Answer); 11] = [
    ("trusted-x509-certificates", Answer::Here),
    (
        "use-insecure-trust-manager",
        Answer::Only {
            value: "false",
            why: "it would accept any certificate; list trusted certificates in `trusted-x509-certificates`",
        },
    ),
    ("handshake-timeout", Answer::Warn("`connect-timeout` holds for the handshake, too")),
    ("close-notify-flush-timeout", Answer::Warn("a connection is closed at once")),
    ("close-notify-read-timeout", Answer::Warn("a connection is closed at once")),
    ("default-configuration-type", Answer::Warn("the gateway has one configuration of TLS")),
    ("key-store", Answer::Refuse("the gateway does not show a client certificate")),
    ("key-store-password", Answer::Refuse("the gateway does not show a client certificate")),
    ("key-store-type", Answer::Refuse("the gateway does not show a client certificate")),
    ("key-store-provider", Answer::Refuse("the gateway does not show a client certificate")),
    ("ssl-bundle", Answer::Refuse("name files in PEM in `trusted-x509-certificates`")),
];

impl Client {
    pub(crate) fn parse(node: &Node, notes: &mut Notes) -> Self {
        let mut client = Self::default();
        for (name, key, node) in section(node, "httpclient", &KEYS, notes) {
            match name {
                "ssl" => {
                    for (.., node) in section(node, "ssl", &SSL, notes) {
                        client.trusted_certificates = notes.take(node.texts()).unwrap_or_default();
                        for file in &client.trusted_certificates {
                            if let Err(error) = std::fs::metadata(file) {
                                notes.refuse(
                                    node.position,
                                    format!("trusted-x509-certificates: {file}: {error}"),
                                );
                            }
                        }
                    }
                }
                "pool" => client.pool = Pool::parse(node, notes),
                _ => {
                    notes.take(client.timeouts.take(key, node));
                }
            }
        }
        client
    }
}
