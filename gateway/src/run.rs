//! Serves the routes of a file, or checks them.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use persevere_http::ReplayPool;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot, watch};

use crate::cli::Cli;
use crate::config::{Config, Forecast, Route};
use crate::console::{self, print, say};
use crate::failure::Failure;
use crate::operate::{Admin, Ends, Limits, Live, Log, LogLevel, Metrics, Workers, hear_reloads, serve};
use crate::proxy::{Common, Resolver, Servers, Watch, gateway_name, in_pages};

/// Serves the routes of a file until interrupted, or only checks them.
pub(crate) async fn run(path: &Path, cli: &Cli) -> Result<(), Failure> {
    let shown = path.display();
    let refuse = |error: String| Failure::Config(vec![format!("{shown}: {error}")]);
    let all = |errors: Vec<String>| {
        Failure::Config(errors.into_iter().map(|error| format!("{shown}: {error}")).collect())
    };
    let config = Live::read(path, &cli.upstream).map_err(all)?;
    config.tell(&shown);
    if cli.check {
        check(&config)?;
        console::written();
        return Ok(());
    }
    console::say_panics();
    config.routes.iter().for_each(|route| print(format_args!("{route}")));
    for route in config.routes.iter().filter(|route| leads_to(route, cli.listen)) {
        say(format_args!("warning: {shown}: route `{}` leads to this gateway itself", route.id));
    }
    let (stop, stopping) = watch::channel(false);
    let metrics = Metrics::new();
    let common = common(cli, &metrics, stopping.clone());
    let pool = common.pool.clone();
    let live = Arc::new(Live::new(path.to_owned(), cli.upstream.clone(), config, common).map_err(refuse)?);
    let ends = Ends::hear()?; // before anybody is told that it runs
    let listener = listen(cli.listen, "--listen").await?;
    if let Some(address) = cli.admin {
        let listener = listen(address, "--admin").await?;
        print(format_args!("metrics and health on http://{}", listener.local_addr()?));
        let (live, metrics, stopping) = (Arc::clone(&live), metrics.clone(), stopping.clone());
        tokio::spawn(Admin { live, metrics, pool, stopping }.serve(listener));
    }
    hear_reloads(Arc::clone(&live), metrics)?;
    print(format_args!("listening on http://{}", listener.local_addr()?));
    let workers = Workers::start(cli.threads())?;
    let limits = Limits {
        connections: permits(cli.max_connections),
        patience: cli.patience(),
        head: cli.head_timeout,
        idle: cli.idle_timeout,
        grace: cli.grace,
    };
    let at_once = hear_ends(ends, stop);
    serve(listener, &workers, move || live.gateway(), limits, stopped(stopping), at_once).await;
    workers.end().await;
    print(format_args!("stopped"));
    Ok(())
}

/// Says at the first signal that the process stops, and completes at the second.
fn hear_ends(mut ends: Ends, stop: watch::Sender<bool>) -> impl Future<Output = ()> {
    let (end, ended) = oneshot::channel();
    tokio::spawn(async move {
        ends.next().await;
        stop.send_replace(true);
        ends.next().await;
        let _ = end.send(()); // an error: it has ended
        stop.closed().await;
    });
    async { drop(ended.await) }
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    if stopping.wait_for(|stopping| *stopping).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Prints the routes, and what they would do at the worst.
fn check(config: &Config) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    for route in &config.routes {
        writeln!(out, "{route}")?;
        writeln!(out, "  {}", Forecast::of(route, config))?;
    }
    Ok(())
}

fn leads_to(route: &Route, address: SocketAddr) -> bool {
    route.target.instances.iter().any(|server| server.authority.as_str().parse() == Ok(address))
}

fn permits(number: u32) -> usize {
    usize::try_from(number).unwrap_or(Semaphore::MAX_PERMITS)
}

/// Returns the parts that all gateways of this process share.
fn common(cli: &Cli, metrics: &Metrics, stopping: watch::Receiver<bool>) -> Common {
    let mut watches: Vec<Box<dyn Watch>> = Vec::new();
    if cli.log != LogLevel::Off {
        watches.push(Box::new(Log::open(cli.log)));
    }
    if cli.admin.is_some() {
        watches.push(Box::new(metrics.clone()));
    }
    let watch: Option<Arc<dyn Watch>> = if watches.is_empty() { None } else { Some(Arc::new(watches)) };
    Common {
        watch,
        requests: Arc::new(Semaphore::new(permits(cli.max_requests))),
        workers: cli.threads(),
        patience: cli.patience(),
        pool: ReplayPool::stored_by(cli.replay_pool, in_pages),
        stopping,
        numbers: Arc::default(),
        name: gateway_name().into(),
        resolver: Resolver::of_the_system(cli.resolve.clone(), Box::new(report_name)),
        servers: Servers::new(),
    }
}

/// Reports that the name of a server cannot be looked up, or can be again.
fn report_name(host: &str, failure: Option<&str>) {
    match failure {
        Some(failure) => say(format_args!("warning: the name `{host}` cannot be looked up: {failure}")),
        None => say(format_args!("the name `{host}` can be looked up again")),
    }
}

async fn listen(address: SocketAddr, option: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = format!("choose another address with {option}; port 0 takes a free one");
        Failure::Config(vec![format!("cannot listen on {address}: {error}; {advice}")])
    })
}
