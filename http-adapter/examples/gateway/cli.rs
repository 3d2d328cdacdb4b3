//! What the gateway is told on its command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use http::uri::{Authority, Scheme};

use crate::routes::{Config, is_host_and_port};

/// A small gateway that retries, with routes in Spring Cloud Gateway's YAML.
///
/// Without arguments it demonstrates itself: it starts a flaky upstream and the gateway on the loopback, sends
/// requests through it, prints what happened to each, and ends; with exit code 1 if a request did not end as it
/// should.
#[derive(Debug, Parser)]
#[command(name = "gateway", after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// Routes to serve until interrupted, in Spring's YAML.
    ///
    /// Routes have an `id`, a `uri` (of which scheme, host and port count), predicates (`Host`, `Path`, `Method`, `Header`,
    /// `Query`), at most one `Retry` filter, and `connect-timeout` and `response-timeout` in their `metadata`. Those of all
    /// routes are in `httpclient`, a `Retry` for all in `default-filters`.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Address to listen on, with --config; port 0 takes a free one.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8080", requires = "config")]
    pub(crate) listen: SocketAddr,

    /// Sends the requests of a route to this server instead of its `uri`, with --config; may be repeated.
    #[arg(long, value_name = "ROUTE=HOST:PORT", value_parser = upstream, requires = "config")]
    pub(crate) upstream: Vec<(String, Authority)>,

    /// Only checks the routes of --config: prints what each would do at the worst, and what it says and seldom means.
    #[arg(long, requires = "config")]
    pub(crate) check: bool,

    /// Demonstrates what a failed demonstration looks like: the upstream answers 500 to everything.
    #[arg(long, conflicts_with_all = ["config", "listen"])]
    pub(crate) break_upstream: bool,
}

const EXAMPLES: &str = "\
Examples:
  gateway
  gateway --config routes.yaml --check
  gateway --config routes.yaml --listen 127.0.0.1:8080
  gateway --config http-adapter/examples/gateway/routes.yaml --upstream retry_test=127.0.0.1:9000 \\
    --upstream retry_route=127.0.0.1:9000 --upstream retryshortcut_route=127.0.0.1:9000

Exit codes: 0 done, 1 failed, 2 wrong arguments or routes.";

fn upstream(text: &str) -> Result<(String, Authority), String> {
    let (route, address) =
        text.split_once('=').ok_or("must be ROUTE=HOST:PORT, as in retry_test=127.0.0.1:9000")?;
    let authority: Authority = address.parse().map_err(|_| format!("`{address}` is not HOST:PORT"))?;
    if is_host_and_port(&authority) {
        Ok((route.to_owned(), authority))
    } else {
        Err(format!("`{address}` is not HOST:PORT"))
    }
}

/// Sends the named routes elsewhere, and refuses what cannot be served.
pub(crate) fn redirect(config: &mut Config, upstreams: &[(String, Authority)]) -> Result<(), String> {
    for (index, (id, authority)) in upstreams.iter().enumerate() {
        if upstreams[..index].iter().any(|(earlier, _)| earlier == id) {
            return Err(format!("--upstream {id}=… is there twice"));
        }
        let routes = &mut config.routes;
        let Some(route) = routes.iter_mut().find(|route| route.id == *id) else {
            let known: Vec<_> = routes.iter().map(|route| route.id.as_str()).collect();
            return Err(format!("--upstream {id}=…: there is no such route; there are {}", known.join(", ")));
        };
        (route.scheme, route.authority) = (Scheme::HTTP, authority.clone());
    }
    let secure = config.routes.iter().filter(|route| route.scheme == Scheme::HTTPS);
    let refused: Vec<_> = secure
        .map(|route| {
            let (id, position, authority) = (&route.id, route.uri_position, &route.authority);
            format!(
                "{position}: route `{id}` leads to https://{authority}, but this gateway speaks plain http only: \
                 write http://, or send the route elsewhere with --upstream {id}=HOST:PORT"
            )
        })
        .collect();
    if refused.is_empty() { Ok(()) } else { Err(refused.join("\n  ")) }
}
