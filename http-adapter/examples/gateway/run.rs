//! Serves the routes of a file, or checks them.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use persevere_http::ReplayPool;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::Failure;
use crate::cli::Cli;
use crate::config::{Config, Forecast, Route};
use crate::operate::{Admin, Detail, Limits, Live, Log, Metrics, Workers, serve};
use crate::proxy::{Common, Watch, gateway_name, in_pages};
use crate::say::say;

/// Serves the routes of a file until interrupted, or only checks them.
pub(crate) async fn run(path: &Path, cli: &Cli) -> Result<(), Failure> {
    let shown = path.display();
    let refuse = |error: String| Failure::Config(format!("{shown}: {error}"));
    let config = Live::read(path, &cli.upstream).map_err(refuse)?;
    config.tell(&shown);
    show(&config, cli)?;
    if cli.check {
        return Ok(());
    }
    for route in config.routes.iter().filter(|route| leads_to(route, cli.listen)) {
        say(format_args!("warning: {shown}: route `{}` leads to this gateway itself", route.id));
    }
    let (stop, stopping) = watch::channel(false);
    let metrics = Metrics::new();
    let common = common(cli, &metrics, stopping.clone());
    let pool = common.pool.clone();
    let live = Arc::new(Live::new(path.to_owned(), cli.upstream.clone(), config, common).map_err(refuse)?);
    let (mut out, listener) = (std::io::stdout(), listen(cli.listen, "--listen").await?);
    if let Some(address) = cli.admin {
        let listener = listen(address, "--admin").await?;
        writeln!(out, "metrics and health on http://{}", listener.local_addr()?)?;
        let (live, metrics) = (Arc::clone(&live), metrics.clone());
        tokio::spawn(Admin { live, metrics, pool, stopping }.serve(listener));
    }
    hear_reloads(Arc::clone(&live), path.to_owned(), metrics)?;
    writeln!(out, "listening on http://{}", listener.local_addr()?)?;
    let workers = Workers::start(cli.threads())?;
    let limits = Limits { connections: permits(cli.max_connections), patience: cli.patience() };
    let stopped = async {
        interrupted().await;
        stop.send_replace(true);
    };
    serve(listener, &workers, move || live.gateway(), limits, stopped).await;
    let _ = writeln!(out, "stopped"); // who has stopped listening need not hear it
    Ok(())
}

/// Prints the routes, and what they would do at the worst if that is asked for.
fn show(config: &Config, cli: &Cli) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    for route in &config.routes {
        writeln!(out, "{route}")?;
        if cli.check {
            writeln!(out, "  {}", Forecast::of(route, config))?;
        }
    }
    Ok(())
}

fn leads_to(route: &Route, address: SocketAddr) -> bool {
    route.target.instances.iter().any(|server| server.authority.as_str().parse() == Ok(address))
}

fn permits(number: u32) -> usize {
    usize::try_from(number).unwrap_or(Semaphore::MAX_PERMITS)
}

/// What all gateways of this process share.
fn common(cli: &Cli, metrics: &Metrics, stopping: watch::Receiver<bool>) -> Common {
    let mut watches: Vec<Box<dyn Watch>> = Vec::new();
    if cli.log != Detail::Off {
        watches.push(Box::new(Log(cli.log)));
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
    }
}

async fn listen(address: SocketAddr, option: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        let advice = format!("choose another address with {option}; port 0 takes a free one");
        Failure::Config(format!("cannot listen on {address}: {error}; {advice}"))
    })
}

/// Reads the configuration anew at each SIGHUP.
#[cfg(unix)]
fn hear_reloads(live: Arc<Live>, path: PathBuf, metrics: Metrics) -> std::io::Result<()> {
    let mut hangups = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            let shown = path.display();
            let reloaded = live.reload();
            metrics.reloaded(reloaded.is_ok());
            match reloaded {
                Ok(routes) => say(format_args!("{shown}: read anew, {routes} routes")),
                Err(error) => say(format_args!("{shown}: not read anew, all stays as it was: {error}")),
            }
        }
    });
    Ok(())
}

/// There are no such signals elsewhere.
#[cfg(not(unix))]
fn hear_reloads(_: Arc<Live>, _: PathBuf, _: Metrics) -> std::io::Result<()> {
    Ok(())
}

/// Completes at the first interrupt or request to end. If none can be heard, the process ends with the next one anyway.
async fn interrupted() {
    #[cfg(unix)]
    let ended = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut ends) => drop(ends.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let ended = std::future::pending::<()>();
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => if let Err(error) = interrupted {
            say(format_args!("cannot wait for an interrupt: {error}"));
            std::future::pending::<()>().await;
        },
        () = ended => {}
    }
}
