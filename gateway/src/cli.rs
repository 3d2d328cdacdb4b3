//! The command line of the gateway.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, Subcommand};
use http::uri::Authority;

use crate::config::{self, is_host_and_port};
use crate::operate::LogLevel;
use crate::pace::Patience;

/// A gateway for HTTP that retries, with routes in Spring Cloud Gateway's YAML.
#[derive(Debug, Parser)]
#[command(name = "persevere-gateway", version, after_help = EXAMPLES)]
#[command(
    arg_required_else_help = true,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Serve the routes in this file of Spring's YAML until interrupted. SIGHUP reads it again.
    ///
    /// A route needs a `uri`, whose scheme, host and port count; `lb://SERVICE` stands for several servers. It can have
    /// an `id`, an `order`, predicates, filters, and timeouts in its `metadata`. At most one filter is `Retry`, and the
    /// filters after it run for each attempt.
    ///
    /// `${NAME:default}` is replaced from the environment, and `SPRING_PROFILES_ACTIVE` chooses among several documents.
    /// The timeouts of all routes are in `httpclient`, and the filters of all routes in `default-filters`.
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) config: Option<PathBuf>,

    /// Listen on this address. Port 0 takes a free port.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8080", value_parser = address)]
    pub(crate) listen: SocketAddr,

    /// Serve /metrics and /health on this address. By default, they are not served.
    #[arg(long, value_name = "IP:PORT", value_parser = address)]
    pub(crate) admin: Option<SocketAddr>,

    /// Send the requests of a route to this server instead of its `uri`. May be repeated.
    #[arg(long, value_name = "ROUTE=HOST:PORT", value_parser = upstream)]
    pub(crate) upstream: Vec<(String, Authority)>,

    /// Use these addresses for a host name instead of looking it up. May be repeated.
    #[arg(long, value_name = "NAME=IP[,IP]", value_parser = addresses)]
    pub(crate) resolve: Vec<(String, Vec<IpAddr>)>,

    /// Check the routes of --config and exit.
    ///
    /// Prints the worst case of each route, and warns about settings that are easily misread.
    #[arg(long)]
    pub(crate) check: bool,

    /// Log requests up to this level. Messages about the gateway itself are always written.
    #[arg(long, value_name = "LEVEL", default_value = "warn", env = "PERSEVERE_GATEWAY_LOG")]
    pub(crate) log: LogLevel,

    /// Keep at most this many bytes of bodies for another attempt, for all requests together.
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = size)]
    pub(crate) replay_pool: usize,

    /// Serve connections on this many threads. The default is one for each processor.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// Run at most this many requests at once. Further requests get 503.
    #[arg(long, value_name = "NUMBER", default_value = "10000", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_requests: u32,

    /// Accept at most this many connections of clients at once. Further connections have to wait.
    #[arg(long, value_name = "NUMBER", default_value = "10000", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_connections: u32,

    /// End a request if a body moves too little in this time of waiting. 0 disables the limit.
    ///
    /// Too little is fewer than --stall-bytes, in either direction.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = time)]
    pub(crate) stall: Duration,

    /// Let running requests end for this long after SIGINT or SIGTERM, then cut them. A second signal cuts them at once.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time)]
    pub(crate) grace: Duration,

    /// Count this many bytes in each --stall as progress; 1 accepts any byte. Server-sent events and gRPC may always be
    /// slower.
    #[arg(long, value_name = "SIZE", default_value = "1KiB", value_parser = some)]
    pub(crate) stall_bytes: u64,

    /// Close a connection if the head of a request takes longer than this.
    ///
    /// Over HTTP/1.1, the time since the last response counts, too.
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = some_time)]
    pub(crate) head_timeout: Duration,

    /// Close a connection of a client if no request runs on it for this long.
    ///
    /// The connection is closed even if it answers pings.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = some_time)]
    pub(crate) idle_timeout: Duration,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Demonstrate the gateway and exit.
    ///
    /// Starts a flaky upstream and the gateway on the loopback, sends requests, and prints the result of each. Exits with code 1
    /// if a request did not end as it should.
    Demo {
        /// Demonstrate a failure: the upstream answers 500 to everything.
        #[arg(long)]
        break_upstream: bool,
    },
}

const EXAMPLES: &str = "\
Examples:
  persevere-gateway demo
  persevere-gateway --config routes.yaml --check
  persevere-gateway --config routes.yaml --listen 127.0.0.1:8080 --admin 127.0.0.1:9090
  persevere-gateway --config routes.yaml --upstream orders=127.0.0.1:9000

Exit codes: 0 done or stopped by SIGINT or SIGTERM, 1 failed, 2 wrong arguments or routes.";

impl Cli {
    /// Threads that serve connections.
    pub(crate) fn threads(&self) -> usize {
        let processors = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.threads.map_or_else(processors, usize::from)
    }

    /// Returns the limit on waiting for a body without progress.
    pub(crate) fn patience(&self) -> Option<Patience> {
        (!self.stall.is_zero()).then_some(Patience { time: self.stall, bytes: self.stall_bytes })
    }
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(
        |_| "must be an IP address and a port, as in 127.0.0.1:8080 or [::1]:8080; names are not looked up",
    )
}

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

fn addresses(text: &str) -> Result<(String, Vec<IpAddr>), String> {
    let (name, list) = text.split_once('=').filter(|(name, _)| !name.is_empty()).unwrap_or_default();
    let list: Result<Vec<IpAddr>, _> = list.split(',').map(|text| text.trim().parse()).collect();
    let refuse =
        |_| format!("`{text}` must be NAME=IP or NAME=IP,IP, as in orders.internal=10.0.0.1,10.0.0.2");
    Ok((name.to_ascii_lowercase(), list.map_err(refuse)?))
}

fn size(text: &str) -> Result<usize, &'static str> {
    config::size(text).ok_or("must be a size such as 1024, 64KiB or 5MB")
}

fn time(text: &str) -> Result<Duration, &'static str> {
    config::duration(text).ok_or("must be a duration such as 500 (milliseconds), 500ms or 2s")
}

fn some(text: &str) -> Result<u64, String> {
    match u64::try_from(size(text)?) {
        Ok(0) | Err(_) => Err("must be at least 1".into()),
        Ok(size) => Ok(size),
    }
}

fn some_time(text: &str) -> Result<Duration, &'static str> {
    time(text).and_then(|time| if time.is_zero() { Err("must be more than 0") } else { Ok(time) })
}
