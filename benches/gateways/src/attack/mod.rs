//! The cost of thousands of bad connections.
//!
//! It is measured before, during and after: the latency of an honest client, and the memory and file descriptors of the
//! gateway.

mod crowd;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::Method;

use self::crowd::{Crowd, HABITS, Habit};
use crate::Failure;
use crate::contenders::{CleanUp, own};
use crate::gateway::Gateway;
use crate::load::{connect, send};
use crate::time::{End, Start, pause, within};

/// The most that the median latency of an honest client may rise.
const RISE: f64 = 0.2;

/// File descriptors that may be left: of connections to the server that are kept.
const LEFT: usize = 32;

/// The memory that may be left after a crowd.
const KEPT: u64 = 32_000_000;

/// The options of the measurement.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Options {
    /// Connections that do nothing good.
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
    /// Times that each crowd comes and goes, at least three.
    #[arg(long, default_value_t = 4)]
    rounds: usize,
    /// Seconds that an honest client asks for each figure.
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
    /// Leaves out what is seen when all connections are taken, which takes half a minute.
    #[arg(long)]
    quick: bool,
}

/// The cost of one kind of attack.
struct Cost {
    habit: Habit,
    connections: usize,
    /// Medians of an honest client in the best round, without the crowd and with it.
    without: Duration,
    with: Duration,
    /// Part of a core, with the crowd alone.
    cpu: f64,
    /// At the start, with the first crowd, after it; and after the last one.
    memory: [u64; 4],
    descriptors: [usize; 3],
}

/// Measures each attack, and fails if one costs too much.
pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let _clean_up = CleanUp;
    let upstream = own("upstream", &["upstream"]).await?;
    let text = configuration(upstream.address);
    let most = (options.connections * 3).to_string();
    let arguments = ["--log", "off", "--stall", "60s", "--max-connections", &most, "--max-requests", &most];
    let gateway = Gateway::start("attacked", &text, &arguments).await?;
    let mut faults = Vec::new();
    println!(
        "attack                connections  p50 without   p50 with    rise  core   MB start, during, after, last   files start, during, after"
    );
    // The first crowd makes the gateway as large as it gets: what counts is what comes back.
    drop(Crowd::gather(gateway.address, Habit::Silent, options.connections).await);
    settle(&gateway, usize::MAX).await;
    for habit in HABITS {
        let cost = measure(&gateway, habit, options).await?;
        cost.print();
        faults.extend(cost.faults(options));
    }
    drop(gateway);
    if !options.quick {
        faults.extend(full_house(&text, options.connections).await?);
    }
    for fault in &faults {
        println!("{fault}");
    }
    if faults.is_empty() { Ok(()) } else { Err("an attack costs too much: see above".into()) }
}

fn configuration(upstream: SocketAddr) -> String {
    format!(
        "spring:\n  cloud:\n    gateway:\n      httpclient: {{ pool: {{ max-idle-time: 1s }} }}\n      routes:\n      - id: attacked\n        uri: http://{upstream}\n"
    )
}

async fn measure(gateway: &Gateway, habit: Habit, options: Options) -> Result<Cost, Failure> {
    let wanted = options.connections / habit.share();
    let (mut without, mut with, mut memory) = (Duration::MAX, Duration::MAX, Vec::new());
    let (start, before) = (gateway.memory(), gateway.descriptors());
    let (mut during, mut connections, mut cpu) = (0, 0, 0.0);
    for _ in 0..options.rounds.max(3) {
        without = without.min(honest(gateway.address, options.seconds).await?);
        let crowd = Crowd::gather(gateway.address, habit, wanted).await;
        settle(gateway, usize::MAX).await;
        connections = crowd.len();
        let (since, used) = (Start::now(), gateway.cpu());
        pause(1_000).await;
        cpu = Duration::from_nanos(gateway.cpu() - used).as_secs_f64() / since.elapsed().as_secs_f64();
        with = with.min(honest(gateway.address, options.seconds).await?);
        during = gateway.descriptors();
        memory.push(gateway.memory());
        drop(crowd);
        settle(gateway, before + LEFT).await;
        memory.push(gateway.memory());
    }
    let after = gateway.descriptors();
    let last = freed(gateway, start + KEPT).await;
    let memory = [start, memory[0], memory[1], last];
    Ok(Cost { habit, connections, without, with, cpu, memory, descriptors: [before, during, after] })
}

/// The median latency of a client that asks one thing after the other.
async fn honest(gateway: SocketAddr, seconds: f64) -> Result<Duration, Failure> {
    let end = End::after(Duration::from_secs_f64(seconds));
    let mut sender = connect(gateway).await?;
    let mut all = Vec::new();
    while !end.has_come() {
        let start = Start::now();
        match within(30, send(&mut sender, Method::GET, "/fail/0", Bytes::new())).await?? {
            (200, _) => all.push(start.elapsed()),
            (status, _) => return Err(format!("the honest client got {status}").into()),
        }
    }
    all.sort_unstable();
    Ok(all.get(all.len() / 2).copied().unwrap_or_default())
}

/// Waits until the gateway has at most this much memory, for up to 20 s.
///
/// Returns the memory that it has then.
async fn freed(gateway: &Gateway, most: u64) -> u64 {
    for _ in 0..40 {
        if gateway.memory() <= most {
            break;
        }
        pause(500).await;
    }
    gateway.memory()
}

/// Waits until the gateway is idle with at most this many files, for up to 20 s.
async fn settle(gateway: &Gateway, files: usize) {
    let mut last = (0, u64::MAX);
    for _ in 0..40 {
        pause(500).await;
        let now = (gateway.descriptors(), gateway.cpu());
        if now.0 == last.0 && now.0 <= files && now.1.saturating_sub(last.1) < 20_000_000 {
            return;
        }
        last = now;
    }
}

impl Cost {
    #[expect(clippy::cast_precision_loss, reason = "megabytes are far from the end of a double's precision")]
    fn print(&self) {
        let [start, during, after, last] = self.memory.map(|bytes| bytes as f64 / 1e6);
        let files = self.descriptors;
        println!(
            "{:<20} {:>12} {:>12.0?} {:>10.0?} {:>6.0}% {:>5.2}   {start:>6.0} {during:>6.0} {after:>6.0} {last:>6.0}   {:>7} {:>6} {:>6}",
            self.habit.name(),
            self.connections,
            self.without,
            self.with,
            100.0 * self.rise(),
            self.cpu,
            files[0],
            files[1],
            files[2]
        );
    }

    fn rise(&self) -> f64 {
        self.with.as_secs_f64() / self.without.as_secs_f64() - 1.0
    }

    fn faults(&self, options: Options) -> Vec<String> {
        let name = self.habit.name();
        let mut faults = Vec::new();
        if self.connections < options.connections / self.habit.share() {
            faults.push(format!(
                "{name}: only {} connections could be made; `ulimit -n` allows more",
                self.connections
            ));
        }
        if self.rise() >= RISE {
            faults.push(format!(
                "{name}: the median latency rises by {:.0} %, at most {:.0} % is right",
                100.0 * self.rise(),
                100.0 * RISE
            ));
        }
        let [before, _, after] = self.descriptors;
        if after > before + LEFT {
            faults.push(format!("{name}: {} file descriptors are left", after - before));
        }
        let [start, _, _, last] = self.memory;
        let left = last.saturating_sub(start);
        if left > KEPT {
            faults.push(format!("{name}: {} MB of memory are left", left / 1_000_000));
        }
        faults
    }
}

/// Measures an honest client while others hold every connection that the gateway allows by default.
async fn full_house(text: &str, connections: usize) -> Result<Option<String>, Failure> {
    let gateway = Gateway::start("full", text, &["--log", "off"]).await?;
    let crowd = Crowd::gather(gateway.address, Habit::Silent, connections).await;
    let start = Start::now();
    let answered = within(90, honest(gateway.address, 0.1)).await;
    let took = start.elapsed();
    println!(
        "with {} silent connections and the default limit, an honest client is answered after {took:.1?}",
        crowd.len()
    );
    Ok(match answered {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(format!("with all connections taken: {error}")),
        Err(_) => Some("with all connections taken: no answer in 90 s".to_owned()),
    })
}
