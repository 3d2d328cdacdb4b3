//! A check that a gateway keeps its promises under load.
//!
//! Three in ten attempts fail, by statuses, resets and early closes. Each request is followed to its end.

mod server;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::Method;

use self::server::{Server, hash};
use crate::Failure;
use crate::chance::mix;
use crate::contenders::{CleanUp, ours};
use crate::load::{connect, send};
use crate::time::{End, pause, within};

/// Requests at once.
const CLIENTS: usize = 128;

/// Attempts of a request that failed for good: five retries.
const ATTEMPTS: u32 = 6;

/// The results of all requests.
#[derive(Debug, Default)]
struct Tally {
    requests: AtomicU64,
    good: AtomicU64,
    failed: AtomicU64,
    /// All `POST` requests. The next field counts the failed ones.
    posts: AtomicU64,
    failed_posts: AtomicU64,
    /// Results that must not occur.
    wrong: AtomicU64,
}

pub(crate) async fn run(seconds: u64, seed: u64) -> Result<(), Failure> {
    let _clean_up = CleanUp;
    let server = Server::start(seed).await?;
    let filter = "[{ name: Retry, args: { profile: gateway, budget: none, retries: 5, backoff: { firstBackoff: 2ms, maxBackoff: 20ms } } }]";
    let gateway = ours("ours", server.address, filter, &[]).await?;
    println!("{CLIENTS} clients for {seconds} s, 30 % of attempts fail, seed {seed}");
    let (tally, end) = (Arc::<Tally>::default(), End::after(Duration::from_secs(seconds)));
    let next = Arc::new(AtomicU64::new(1));
    let clients = (0..CLIENTS).map(|_| {
        let (tally, server, next) = (Arc::clone(&tally), Arc::clone(&server), Arc::clone(&next));
        tokio::spawn(client(gateway.address, tally, server, next, end))
    });
    let clients: Vec<_> = clients.collect();
    let progress = tokio::spawn(progress(Arc::clone(&tally), end));
    for client in clients {
        client.await?;
    }
    progress.abort();
    report(&tally, &server)
}

async fn progress(tally: Arc<Tally>, end: End) {
    loop {
        pause(10_000).await;
        let left = end.left().as_secs();
        eprintln!("{} requests, {left} s to go", tally.requests.load(Ordering::Relaxed));
    }
}

type Sender = hyper::client::conn::http1::SendRequest<http_body_util::Full<Bytes>>;

/// Sends one request after the other, and follows each to its end.
async fn client(address: SocketAddr, tally: Arc<Tally>, server: Arc<Server>, next: Arc<AtomicU64>, end: End) {
    let mut sender: Option<Sender> = None;
    while !end.has_come() {
        // A gateway that responds before it has read the whole request closes the connection.
        let is_open = match &mut sender {
            Some(open) => open.ready().await.is_ok(),
            None => false,
        };
        if !is_open {
            sender = connect(address).await.ok();
        }
        let Some(open) = &mut sender else {
            pause(10).await; // nobody listens
            continue;
        };
        let key = next.fetch_add(1, Ordering::Relaxed);
        let (method, body) = request(key);
        let path = format!("/{key}/{:016x}", hash(&body));
        tally.requests.fetch_add(1, Ordering::Relaxed);
        let outcome =
            within(30, send(open, method.clone(), &path, body.clone())).await.and_then(|outcome| outcome);
        if outcome.is_err() {
            sender = None;
        }
        judge(&tally, &server, key, &method, outcome, &body);
    }
}

/// Returns the request with this number: one third each is GET, PUT and POST.
///
/// Bodies have up to 24 KiB.
fn request(key: u64) -> (Method, Bytes) {
    let size = usize::try_from(mix(key) % (24 * 1024)).unwrap_or(0);
    let body = |size| Bytes::from(mix(key).to_le_bytes().repeat(size / 8));
    match key % 3 {
        0 => (Method::GET, Bytes::new()),
        1 => (Method::PUT, body(size)),
        _ => (Method::POST, body(size)),
    }
}

fn judge(
    tally: &Tally,
    server: &Server,
    key: u64,
    method: &Method,
    outcome: Result<(u16, Bytes), Failure>,
    body: &Bytes,
) {
    let add = |counter: &AtomicU64| counter.fetch_add(1, Ordering::Relaxed);
    let wrong = |why: String| {
        if add(&tally.wrong) < 10 {
            eprintln!("request {key}, {method}: {why}");
        }
    };
    let attempts = server.take(key);
    let is_post = method == Method::POST;
    if is_post {
        add(&tally.posts);
    }
    let expected = match &outcome {
        Err(error) => return wrong(format!("no response: {error}")),
        Ok((200, text)) => {
            add(&tally.good);
            if text != &format!("{:016x}", hash(body)) {
                wrong(format!("another body came back: {text:?}"));
            }
            if is_post { 1..=1 } else { 1..=ATTEMPTS }
        }
        Ok((502..=503, _)) if is_post => {
            add(&tally.failed_posts);
            1..=1
        }
        Ok((502..=503, _)) => {
            add(&tally.failed);
            ATTEMPTS..=ATTEMPTS
        }
        Ok((status, _)) => return wrong(format!("status {status}")),
    };
    if !expected.contains(&attempts) {
        wrong(format!("{attempts} attempts and {:?}", outcome.map(|(status, _)| status)));
    }
}

fn report(tally: &Tally, server: &Server) -> Result<(), Failure> {
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let (requests, good, failed) = (count(&tally.requests), count(&tally.good), count(&tally.failed));
    let (posts, failed_posts) = (count(&tally.posts), count(&tally.failed_posts));
    let [statuses, resets, closes] = server.failures();
    println!("{requests} requests: {good} got a 200; {failed} failed after {ATTEMPTS} attempts each;");
    println!("{failed_posts} of {posts} posts failed at their only attempt");
    println!(
        "{} attempts: {statuses} got a 502 or 503, {resets} a reset, {closes} an early close",
        server.attempts()
    );
    println!("{} bodies arrived other than they were sent", server.damaged());
    if [requests, server.attempts(), statuses, resets, closes].contains(&0) {
        return Err("some kind of request or failure has not happened: there was nothing to see".into());
    }
    match count(&tally.wrong) + server.damaged() {
        0 if requests == good + failed + failed_posts => {
            println!("every request ended in exactly one response, as it should");
            Ok(())
        }
        wrong => Err(format!("{wrong} of {requests} requests did not end as they should").into()),
    }
}
