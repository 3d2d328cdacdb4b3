//! A check that no `POST` runs twice and each response is whole, despite faults.
//!
//! Servers fail in forty ways, by a plan that a seed decides. Meanwhile, the gateway reads its configuration up to five
//! times a second.

mod client;
mod fault;
mod ledger;
mod message;
mod plan;
mod server;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use self::client::Clients;
use self::ledger::{Ledger, Wrong};
use self::plan::{FAULTS, Plan};
use crate::Failure;
use crate::contenders::CleanUp;
use crate::gateway::Gateway;
use crate::time::{End, Start, pause};

/// Clients at once.
const CLIENTS: usize = 96;

/// Retries that a route allows.
const RETRIES: usize = 3;

/// The options of the `chaos` command.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Options {
    /// Requests to send.
    #[arg(long, default_value_t = 60_000)]
    requests: u64,
    /// Seconds after which no request starts, however many are left.
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Decides what is sent and what fails.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The server speaks HTTP/2.
    #[arg(long)]
    http2_upstream: bool,
    /// The clients speak HTTP/2.
    #[arg(long)]
    http2_clients: bool,
}

/// Sends all requests, and reports what has become of them.
pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let _clean_up = CleanUp;
    let Options { requests, seconds, seed, http2_upstream, http2_clients } = options;
    let ledger = Arc::new(Ledger::new(Plan { seed, http2_upstream }, RETRIES + 1));
    let upstream = server::start(Arc::clone(&ledger)).await?;
    let texts = ["one", "two"].map(|word| configuration(upstream, http2_upstream, word));
    let mut gateway = Gateway::start("chaos", &texts[0], &["--stall", "1s"]).await?;
    let version = |http2| if http2 { "HTTP/2" } else { "HTTP/1.1" };
    println!(
        "{requests} requests, {FAULTS} % of attempts fail, seed {seed}, {} upstream, {} clients",
        version(http2_upstream),
        version(http2_clients)
    );
    let clients = Arc::new(Clients {
        gateway: gateway.address,
        ledger: Arc::clone(&ledger),
        next: AtomicU64::new(1),
        last: requests,
        end: End::after(Duration::from_secs(seconds)),
    });
    let start = Start::now();
    tokio::select! {
        () = clients.run(CLIENTS, http2_clients) => {}
        failed = reload(&gateway, &texts) => failed?,
        () = progress(&ledger, requests) => {}
    }
    println!("{:.1?}", start.elapsed());
    if !gateway.runs() {
        ledger.wrong(Wrong::Broken, 0, "the gateway has ended".to_owned());
    }
    for line in gateway.said(&["panicked"]) {
        ledger.wrong(Wrong::Broken, 0, line);
    }
    if ledger.report() { Ok(()) } else { Err("outcomes occurred that must not occur: see above".into()) }
}

/// Has the gateway read one configuration after the other.
async fn reload(gateway: &Gateway, texts: &[String; 2]) -> Result<(), Failure> {
    for text in texts.iter().cycle() {
        pause(200).await;
        gateway.reload(text).await?;
    }
    Ok(())
}

async fn progress(ledger: &Ledger, requests: u64) {
    loop {
        pause(10_000).await;
        eprintln!("{} of {requests} requests", ledger.requests());
    }
}

/// A route with each profile; texts with different words say the same.
fn configuration(upstream: SocketAddr, http2: bool, word: &str) -> String {
    let backoff = "backoff: { firstBackoff: 2ms, maxBackoff: 20ms }";
    let route = |id: &str, retry: &str| {
        format!(
            "      - id: {id}\n        uri: http://{upstream}\n        predicates: [ Path=/{id}/** ]\n        metadata: {{ http2: {http2} }}\n        \
             filters: [ {{ name: Retry, args: {{ {retry}, retries: {RETRIES}, {backoff} }} }} ]\n"
        )
    };
    format!(
        "# {word}\nspring:\n  cloud:\n    gateway:\n      httpclient: {{ connect-timeout: 500, response-timeout: 700ms }}\n      routes:\n{}{}",
        route("gateway", "profile: gateway, budget: none"),
        route("spring", "methods: [ GET, PUT, DELETE ]"),
    )
}
