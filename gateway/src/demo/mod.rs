//! The demonstration: real requests through the gateway to a flaky upstream, and a time line of each.

mod flaky;
mod timeline;

use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use persevere_http::ReplayPool;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use self::flaky::Flaky;
use self::timeline::{DOT, Timeline, drawn};
use crate::config::Config;
use crate::failure::Failure;
use crate::operate::{Limits, Workers, serve};
use crate::pace::Patience;
use crate::proxy::{Clients, Common, Gateway, Resolver, Servers, Watch, gateway_name};

/// The routes that the demonstration serves.
const ROUTES: &str = include_str!("routes.yaml");

/// What the routes may take in all, in place of what their file says.
const PATIENCE: Duration = Duration::from_secs(10);

/// One request, and how it should end.
struct Row {
    what: &'static str,
    route: &'static str,
    method: Method,
    host: &'static str,
    path: &'static str,
    body: &'static str,
    attempts: u32,
    status: u16,
}

const fn row(what: &'static str, route: &'static str, path: &'static str) -> Row {
    let host = "anything.example";
    Row { what, route, method: Method::GET, host, path, body: "", attempts: 3, status: 200 }
}

fn rows() -> Vec<Row> {
    let retry_com = "api.retry.com";
    vec![
        Row { host: retry_com, ..row("GET recovers", "retry_test", "/retry?failStatus=502") },
        Row {
            method: Method::POST,
            host: retry_com,
            body: "every-attempt-gets-this",
            ..row("POST with body recovers", "retry_test", "/retrypost?expectedbody=every-attempt-gets-this")
        },
        Row { host: retry_com, attempts: 1, status: 404, ..row("404 is not retried", "retry_test", MISSING) },
        Row {
            host: retry_com,
            attempts: 4,
            status: 503,
            ..row("503 for good", "retry_test", "/retryalwaysfail?failStatus=503")
        },
        Row { host: retry_com, attempts: 2, ..row("connection is cut", "retry_test", "/cut?count=2") },
        Row {
            method: Method::POST,
            body: "only once",
            attempts: 1,
            status: 500,
            ..row("POST on a GET-only route", "retry_route", "/retrypost?count=9")
        },
        row("GET, YAML form", "retry_route", "/retry?count=3"),
        row("GET, shortcut form", "retryshortcut_route", "/retry?count=3"),
    ]
}

const MISSING: &str = "/retry?failStatus=404&count=9";

/// Runs the demonstration and prints its table; the rows that did not end as they should are the error.
pub(crate) async fn run(break_upstream: bool) -> Result<(), Failure> {
    let mut out = std::io::stdout();
    let flaky = Arc::new(Flaky::new(break_upstream));
    let upstream = flaky.start().await?;
    writeln!(out, "A flaky upstream listens on {upstream}; the routes are those of Spring's")?;
    writeln!(
        out,
        "documentation, with a timeout of {} s instead of 100 ms, so that a busy",
        PATIENCE.as_secs()
    )?;
    writeln!(out, "machine shows the same.")?;
    let timeline = Arc::<Timeline>::default();
    let every_route = start(upstream, &timeline, |_| true).await?;
    let shortcut = start(upstream, &timeline, |id| id == "retryshortcut_route").await?;
    let in_colours = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();

    writeln!(out, "\n{:<28}  {:<20}  {:>8}  {:>6}", "request", "route", "attempts", "status")?;
    let mut wrong = Vec::new();
    for (index, row) in rows().iter().enumerate() {
        let gateway = if row.route == "retryshortcut_route" { shortcut } else { every_route };
        let key = format!("row{index}");
        let status = send(gateway, row, &key).await?;
        let attempts = flaky.count(&key);
        let (what, route, code) = (row.what, row.route, status.as_u16());
        writeln!(out, "{what:<28}  {route:<20}  {attempts:>8}  {code:>6}")?;
        writeln!(out, "    {}", drawn(&timeline.take(), in_colours))?;
        if attempts != row.attempts || status != row.status {
            let expected = format!("expected {} and {}", row.attempts, row.status);
            wrong.push(format!("{what}: {attempts} attempts and {code}, {expected}"));
        }
    }
    writeln!(out, "\nAttempts are the upstream's own count; below each request its time line:")?;
    writeln!(out, "the outcome of each attempt, and the waits between them, a dot for {DOT} ms.")?;
    if wrong.is_empty() {
        writeln!(out, "Every request ended as it should.")?;
        return Ok(());
    }
    Err(Failure::Demonstration(wrong))
}

/// A gateway with the chosen routes, all of them leading to `upstream`, on a free port.
async fn start(
    upstream: SocketAddr,
    timeline: &Arc<Timeline>,
    chosen: fn(&str) -> bool,
) -> Result<SocketAddr, Failure> {
    let mut config = Config::read(ROUTES, &|_| None, &[]).map_err(Failure::Config)?;
    config.routes.retain(|route| chosen(&route.id));
    for filter in config.routes.iter_mut().filter_map(|route| route.chain.retry.as_mut()) {
        let patient = filter.clone().into_builder().timeout(PATIENCE).build();
        *filter = patient.map_err(|invalid| Failure::Config(vec![invalid.to_string()]))?;
    }
    let authority =
        upstream.to_string().parse().map_err(|_| Failure::Config(vec!["an address".to_owned()]))?;
    let upstreams: Vec<_> = config
        .routes
        .iter()
        .map(|route| (route.id.clone(), http::uri::Authority::clone(&authority)))
        .collect();
    config.redirect(&upstreams);
    let mut clients =
        Clients::new(&config.trusted_certificates, 1).map_err(|error| Failure::Config(vec![error]))?;
    let watch: Arc<dyn Watch> = Arc::<Timeline>::clone(timeline);
    let common = Common {
        watch: Some(watch),
        requests: Arc::new(Semaphore::new(1)),
        workers: 1,
        patience: Some(Patience { time: PATIENCE, bytes: 1 }),
        pool: ReplayPool::global(),
        stopping: watch::channel(false).1,
        numbers: Arc::default(),
        name: gateway_name().into(),
        resolver: Resolver::of_the_system(Vec::new(), Box::new(|_, _| {})),
        servers: Servers::new(),
    };
    let gateway = Arc::new(Gateway::new(config, &mut clients, common));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let patience = Some(Patience { time: PATIENCE, bytes: 1 });
    let limits = Limits { connections: 8, patience, head: PATIENCE, idle: PATIENCE, grace: PATIENCE };
    let workers = Workers::start(1)?;
    tokio::spawn(async move {
        let pending = std::future::pending::<()>;
        serve(listener, &workers, move || Arc::clone(&gateway), limits, pending(), pending()).await;
    });
    Ok(address)
}

/// Sends the request of a row through the gateway and reads the whole response.
async fn send(gateway: SocketAddr, row: &Row, key: &str) -> Result<StatusCode, Failure> {
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::builder()
        .method(&row.method)
        .uri(format!("http://{gateway}{}&key={key}", row.path))
        .header(header::HOST, row.host)
        .body(Full::from(row.body))
        .map_err(|error| Failure::Request(error.to_string()))?;
    let response = client.request(request).await.map_err(|error| Failure::Request(error.to_string()))?;
    let status = response.status();
    response.into_body().collect().await.map_err(|error| Failure::Request(error.to_string()))?;
    Ok(status)
}
