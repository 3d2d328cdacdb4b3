//! The gateways side by side: CPU for each request, connections, memory.
//!
//! The figures are ratios to the plain gateway of hyper and `tower::retry`.

use std::io::Write as _;
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use measure::median;

use crate::Failure;
use crate::account::cpu;
use crate::contenders::{CleanUp, Contender, haproxy, nginx, ours, own};
use crate::held::{Held, held};
use crate::load::{Answers, load};
use crate::reuse::connections;

/// A kind of load.
struct Column {
    name: &'static str,
    method: Method,
    path: &'static str,
    body: usize,
}

fn columns() -> [Column; 5] {
    let column = |name, method, path, body| Column { name, method, path, body };
    [
        column("GET", Method::GET, "/fail/0", 0),
        column("GET, 10 % fail", Method::GET, "/fail/10", 0),
        column("GET, 50 % fail", Method::GET, "/fail/50", 0),
        column("POST 16 KiB", Method::POST, "/fail/0", 16 * 1024),
        column("POST, 10 % fail", Method::POST, "/fail/10", 16 * 1024),
    ]
}

/// Five retries on a 503, for all methods, without waits: as the others have them.
const RETRY: &str = "[{ name: Retry, args: { retries: 5, statuses: SERVICE_UNAVAILABLE, series: [], methods: 'GET, POST, PUT', bodyLimit: 8MiB } }]";

/// Which contender the others are compared with.
const BASE: &str = "hyper + tower::retry";

/// The gateway with its filter.
const OURS: &str = "ours";

/// The same without retries.
const UNRETRIED: &str = "hyper without retries";

/// The figures of one contender in one column.
///
/// They are the nanoseconds for each request, by round, and the answers.
#[derive(Clone, Default)]
struct Figures {
    nanos: Vec<f64>,
    answers: Answers,
}

impl Figures {
    /// The median of the ratios of the rounds.
    ///
    /// A disturbance in one round slows down both gateways, so it hardly changes the ratio.
    fn over(&self, base: &Self) -> f64 {
        let ratios = self.nanos.iter().zip(&base.nanos).map(|(own, base)| own / base);
        median(ratios.collect()).unwrap_or(f64::NAN)
    }
}

pub(crate) async fn run(rounds: usize, seconds: f64) -> Result<(), Failure> {
    let _clean_up = CleanUp;
    let upstream = own("upstream", &["upstream"]).await?;
    let gateways = start(&upstream).await?;
    let mut out = std::io::stdout();
    writeln!(
        out,
        "CPU for each request, medians of {rounds} interleaved rounds of {seconds} s, 64 connections"
    )?;
    let columns = columns();
    let mut figures = vec![vec![Figures::default(); columns.len()]; gateways.len()];
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for (index, column) in columns.iter().enumerate() {
            for (gateway, figures) in gateways.iter().zip(&mut figures) {
                measure_one(gateway, column, Duration::from_secs_f64(seconds), &mut figures[index]).await;
            }
        }
    }
    table(&mut out, &gateways, &columns, &figures)?;
    writeln!(out, "\nconnections to the server for 100 requests with two 503 each, one after the other")?;
    for gateway in &gateways {
        let (opened, good) = connections(gateway, &upstream).await?;
        writeln!(out, "  {:<22} {opened:>4}   ({good} of 100 ended in a 200)", gateway.name)?;
        if gateway.name == OURS && good < 100 {
            return Err(format!("{good} of 100 requests ended in a 200, and all of them should").into());
        }
    }
    let healthy =
        |(gateway, figures): (&Contender, &Vec<Figures>)| gateway.name != OURS || answered_well(figures);
    if !gateways.iter().zip(&figures).all(healthy) {
        return Err("ours did not answer as it should: see the table".into());
    }
    drop(gateways);
    memory_table(&mut out, &upstream).await
}

/// Returns true if all requests got a 200 in each column without failing attempts.
///
/// Each of these columns needs at least one request.
fn answered_well(figures: &[Figures]) -> bool {
    let unfailing = columns().into_iter().zip(figures).filter(|(column, _)| column.path == "/fail/0");
    unfailing.into_iter().all(|(_, figures)| figures.answers.good > 0 && figures.answers.bad == 0)
}

pub(crate) async fn held_alone() -> Result<(), Failure> {
    let _clean_up = CleanUp;
    let upstream = own("upstream", &["upstream"]).await?;
    memory_table(&mut std::io::stdout(), &upstream).await
}

async fn start(upstream: &Contender) -> Result<Vec<Contender>, Failure> {
    let at = upstream.address.to_string();
    let mut gateways = vec![
        plain(BASE, &at, "5").await?,
        plain(UNRETRIED, &at, "0").await?,
        ours(OURS, upstream.address, RETRY, &[]).await?,
        ours("ours without filter", upstream.address, "[]", &[]).await?,
    ];
    for (name, other) in
        [("HAProxy", haproxy(upstream.address).await?), ("nginx", nginx(upstream.address).await?)]
    {
        match other {
            Some(gateway) => gateways.push(gateway),
            None => println!("-- skipped: {name} is not installed: `apt-get install haproxy nginx-light`"),
        }
    }
    Ok(gateways)
}

/// Starts the plain gateway with this number of retries.
async fn plain(name: &'static str, upstream: &str, retries: &str) -> Result<Contender, Failure> {
    own(name, &["tower", "--upstream", upstream, "--retries", retries]).await
}

async fn measure_one(gateway: &Contender, column: &Column, time: Duration, figures: &mut Figures) {
    let body = Bytes::from(vec![b'x'; column.body]);
    // Connections and caches become warm.
    load(gateway.address, &column.method, column.path, &body, time / 10).await;
    let before = cpu(gateway.process());
    let Answers { good, bad } = load(gateway.address, &column.method, column.path, &body, time).await;
    let used = cpu(gateway.process()) - before;
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds in nanoseconds are far from the end of a double's precision"
    )]
    figures.nanos.push(used as f64 / (good + bad).max(1) as f64);
    figures.answers.good += good;
    figures.answers.bad += bad;
}

fn table(
    out: &mut impl std::io::Write,
    gateways: &[Contender],
    columns: &[Column],
    figures: &[Vec<Figures>],
) -> Result<(), Failure> {
    write!(out, "\n{:<22}", "ratio to the first")?;
    for column in columns {
        write!(out, " {:>16}", column.name)?;
    }
    writeln!(out)?;
    let position = |name| gateways.iter().position(|gateway| gateway.name == name);
    let base = position(BASE).ok_or("no base")?;
    for (gateway, row) in gateways.iter().zip(figures) {
        write!(out, "{:<22}", gateway.name)?;
        for (figures, base) in row.iter().zip(&figures[base]) {
            write!(out, " {:>16.2}", figures.over(base))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "\nthe cost of a retry filter for a GET without failures")?;
    for (with, without) in [(BASE, UNRETRIED), ("ours", "ours without filter")] {
        if let (Some(at), Some(base)) = (position(with), position(without)) {
            writeln!(out, "{with:<22} {:>16.3}", figures[at][0].over(&figures[base][0]))?;
        }
    }
    answers_table(out, gateways, figures)
}

fn answers_table(
    out: &mut impl std::io::Write,
    gateways: &[Contender],
    figures: &[Vec<Figures>],
) -> Result<(), Failure> {
    writeln!(out, "\nanswers other than 200 (of all)")?;
    for (gateway, row) in gateways.iter().zip(figures) {
        write!(out, "{:<22}", gateway.name)?;
        for Figures { answers, .. } in row {
            write!(out, " {:>16}", format!("{} ({})", answers.bad, answers.good + answers.bad))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

async fn memory_table(out: &mut impl std::io::Write, upstream: &Contender) -> Result<(), Failure> {
    writeln!(
        out,
        "\nmemory over that at the start with 200 uploads of 4 MiB held, as parts of the bodies (800 MiB)"
    )?;
    let at = upstream.address.to_string();
    for (name, pool) in [("ours", Some("1GiB")), ("ours, pool of 64 MiB", Some("64MiB")), (BASE, None)] {
        let gateway = match pool {
            Some(pool) => ours(name, upstream.address, RETRY, &["--replay-pool", pool]).await?,
            None => plain(name, &at, "5").await?,
        };
        let Held { peak, after, good } = held(&gateway, upstream).await?;
        writeln!(
            out,
            "  {name:<22} {peak:.2} at most, {after:.2} two seconds afterwards; {good} of 200 ended in a 200"
        )?;
    }
    Ok(())
}
