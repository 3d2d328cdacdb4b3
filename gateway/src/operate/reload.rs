//! Reads the configuration again at each SIGHUP.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

use super::live::{Live, Next};
use super::metrics::Metrics;
use crate::console::say;
use crate::time::within;

/// The time that reading the configuration may take.
const LIMIT: Duration = Duration::from_secs(10);

/// The most threads that read the configuration at once.
///
/// A thread that is too late continues to read after its reload has failed.
const THREADS: usize = 4;

/// Reads the configuration again at each SIGHUP. Signals during a reload cause one more reload.
#[cfg(unix)]
pub(crate) fn hear_reloads(live: Arc<Live>, metrics: Metrics) -> io::Result<()> {
    let mut hangups = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?;
    let running = Arc::new(());
    metrics.routes_are(live.gateway().names());
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            let shown = live.file().display();
            let next = read(&live, &running).await;
            metrics.reloaded(next.is_ok());
            match next {
                Ok(next) => {
                    live.replace(next);
                    let gateway = live.gateway();
                    metrics.routes_are(gateway.names());
                    say(format_args!("{shown}: reloaded, {} routes", gateway.names().count()));
                }
                Err(errors) => {
                    for error in errors {
                        say(format_args!(
                            "{shown}: reload failed, keeping the current configuration: {error}"
                        ));
                    }
                }
            }
        }
    });
    Ok(())
}

/// There are no such signals elsewhere.
#[cfg(not(unix))]
pub(crate) fn hear_reloads(_: Arc<Live>, _: Metrics) -> io::Result<()> {
    Ok(())
}

/// Reads the configuration on a separate thread.
///
/// The file can be a pipe without a writer, or lie on a disk that hangs.
async fn read(live: &Arc<Live>, running: &Arc<()>) -> Result<Next, Vec<String>> {
    if Arc::strong_count(running) > THREADS {
        return Err(vec!["earlier reloads are still reading the file".to_owned()]);
    }
    let (told, is_read) = oneshot::channel();
    let (live, running) = (Arc::clone(live), Arc::clone(running));
    let spawned = thread::Builder::new().name("reload".to_owned()).spawn(move || {
        let _ = told.send(live.read_again()); // an error: it took too long
        drop(running);
    });
    spawned.map_err(|error| vec![error.to_string()])?;
    match within(LIMIT, is_read).await {
        Some(Ok(next)) => next,
        Some(Err(_)) => Err(vec!["the thread that read the file panicked".to_owned()]),
        None => Err(vec![format!("reading the file took longer than {LIMIT:?}")]),
    }
}
