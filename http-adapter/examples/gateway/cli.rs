//! What the gateway is told on its command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use http::uri::{Authority, Scheme};

use crate::routes::Config;

/// A small gateway that retries, with routes in Spring Cloud Gateway's YAML.
///
/// Without arguments it demonstrates itself: it starts a flaky upstream and the gateway on the loopback, sends
/// requests through it, prints what happened to each, and ends; with exit code 1 if a request did not end as it
/// should.
#[derive(Debug, Parser)]
#[command(name = "gateway", after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// Routes to serve, in Spring's YAML, until interrupted.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", requires = "config")]
    pub(crate) listen: SocketAddr,

    /// Sends the requests of a route to this server instead of its `uri`; may be repeated.
    #[arg(long, value_name = "ROUTE=HOST:PORT", value_parser = upstream, requires = "config")]
    pub(crate) upstream: Vec<(String, Authority)>,

    /// Demonstrates what a failed demonstration looks like: the upstream answers 500 to everything.
    #[arg(long, conflicts_with = "config")]
    pub(crate) break_upstream: bool,
}

const EXAMPLES: &str = "\
Examples:
  gateway
  gateway --config routes.yaml --listen 127.0.0.1:8080
  gateway --config routes.yaml --upstream retry_test=127.0.0.1:9000";

fn upstream(text: &str) -> Result<(String, Authority), String> {
    let (route, address) =
        text.split_once('=').ok_or("must be ROUTE=HOST:PORT, as in retry_test=127.0.0.1:9000")?;
    let authority = address.parse().map_err(|_| format!("`{address}` is not HOST:PORT"))?;
    Ok((route.to_owned(), authority))
}

/// Sends the named routes elsewhere, and refuses what cannot be served.
pub(crate) fn redirect(config: &mut Config, upstreams: &[(String, Authority)]) -> Result<(), String> {
    for (id, authority) in upstreams {
        let routes = &mut config.routes;
        let Some(route) = routes.iter_mut().find(|route| route.id == *id) else {
            let known: Vec<_> = routes.iter().map(|route| route.id.as_str()).collect();
            return Err(format!("--upstream {id}=…: there is no such route; there are {}", known.join(", ")));
        };
        (route.scheme, route.authority) = (Scheme::HTTP, authority.clone());
    }
    for route in &config.routes {
        if route.scheme == Scheme::HTTPS {
            let (id, position, authority) = (&route.id, route.position, &route.authority);
            return Err(format!(
                "{position}: route `{id}`: https://{authority} is not supported; use http, or --upstream \
                 {id}=HOST:PORT"
            ));
        }
    }
    Ok(())
}
