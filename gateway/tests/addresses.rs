//! A name with several addresses, each of which is an instance.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::support::{Gateway, file, one_route, read_head, read_until};

/// A name that the gateway knows by `--resolve`.
const NAME: &str = "orders.test";

/// The behaviour of an address.
#[derive(Clone, Copy)]
enum Act {
    Answer(u16),
    /// Never answers.
    Wait,
}

/// Two addresses with one port, and the number of requests at each.
struct Pair {
    port: u16,
    asked: [Arc<AtomicUsize>; 2],
}

impl Pair {
    async fn start(acts: [Act; 2]) -> Self {
        let (port, listeners) = listeners().await;
        let asked = <[Arc<AtomicUsize>; 2]>::default();
        for ((listener, act), count) in listeners.into_iter().zip(acts).zip(&asked) {
            tokio::spawn(serve(listener, act, Arc::clone(count)));
        }
        Self { port, asked }
    }

    fn asked(&self) -> [usize; 2] {
        [&self.asked[0], &self.asked[1]].map(|count| count.load(Ordering::Relaxed))
    }
}

/// The same port of 127.0.0.1 and 127.0.0.2.
pub(crate) async fn listeners() -> (u16, [TcpListener; 2]) {
    loop {
        let first = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has free ports");
        let port = first.local_addr().expect("it is bound").port();
        if let Ok(second) = TcpListener::bind(("127.0.0.2", port)).await {
            return (port, [first, second]);
        }
    }
}

async fn serve(listener: TcpListener, act: Act, asked: Arc<AtomicUsize>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, act, Arc::clone(&asked)));
    }
}

async fn answer(mut stream: TcpStream, act: Act, asked: Arc<AtomicUsize>) {
    loop {
        let head = read_head(&mut stream).await;
        if head.is_empty() {
            return;
        }
        asked.fetch_add(1, Ordering::Relaxed);
        let body =
            if head.starts_with("POST") { read_until(&mut stream, "hello").await } else { String::new() };
        let Act::Answer(status) = act else { return std::future::pending().await };
        let host = head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        let text = format!("{host} {body}");
        let answer = format!("HTTP/1.1 {status} Is\r\ncontent-length: {}\r\n\r\n{text}", text.len());
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}

async fn gateway(id: &str, port: u16, filter: &str, timeout: &str) -> Gateway {
    let text = one_route(id, &format!("http://{NAME}:{port}"), filter);
    let text = text.replace("response-timeout: 10s", &format!("response-timeout: {timeout}"));
    let resolve = format!("{NAME}=127.0.0.1,127.0.0.2");
    Gateway::serve_heard(&file(&format!("{id}.yaml"), &text), &["--resolve", &resolve, "--log", "all"]).await
}

const RETRY: &str = "[{ name: Retry, args: { profile: gateway, retries: 3 } }]";

#[tokio::test]
async fn requests_take_turns_among_the_addresses_of_a_name() {
    let pair = Pair::start([Act::Answer(200); 2]).await;
    let mut gateway = gateway("turns_of_addresses", pair.port, "[]", "10s").await;
    for _ in 0..10 {
        let response = gateway.get("/").await;
        assert_eq!(response.body(), &format!("{NAME}:{} ", pair.port), "the host stays the name");
    }
    assert_eq!(pair.asked(), [5, 5]);
    let line = gateway.hear(&["event=attempt", "address=127.0.0.2:"]).await;
    assert!(line.contains(&format!("server={NAME}:{}", pair.port)), "{line}");
}

#[tokio::test]
async fn a_retry_goes_to_another_address_of_the_name() {
    let pair = Pair::start([Act::Answer(503), Act::Answer(200)]).await;
    let gateway = gateway("retried_elsewhere", pair.port, RETRY, "10s").await;
    for _ in 0..12 {
        assert_eq!(gateway.get("/").await.status().as_u16(), 200);
    }
    let [failing, good] = pair.asked();
    assert!((3..6).contains(&failing), "it rests after three failures: {failing}");
    assert_eq!(good, 12);
}

#[tokio::test]
async fn a_retry_after_a_timeout_goes_to_another_address_of_the_name() {
    let pair = Pair::start([Act::Wait, Act::Answer(200)]).await;
    let gateway = gateway("late_address", pair.port, RETRY, "200").await;
    for _ in 0..12 {
        assert_eq!(gateway.get("/").await.status().as_u16(), 200);
    }
    let [silent, good] = pair.asked();
    assert!((3..6).contains(&silent), "it rests after three failures: {silent}");
    assert_eq!(good, 12);
}

/// Without a `Retry`: nothing has been sent, so the attempt itself goes on.
#[tokio::test]
async fn an_attempt_goes_on_to_an_address_that_can_be_reached() {
    let (port, [first, second]) = listeners().await;
    drop(first);
    let held = TcpSocket::new_v4().expect("there are sockets");
    held.bind(([127, 0, 0, 1], port).into()).expect("it was free a moment ago");
    let asked = Arc::<AtomicUsize>::default();
    tokio::spawn(serve(second, Act::Answer(200), Arc::clone(&asked)));
    let mut gateway = gateway("one_refuses", port, "[]", "10s").await;
    for _ in 0..5 {
        assert_eq!(gateway.post("/", "hello").await.body(), &format!("{NAME}:{port} hello"));
        assert_eq!(gateway.get("/").await.status().as_u16(), 200);
    }
    assert_eq!(asked.load(Ordering::Relaxed), 10);
    gateway.hear(&["event=rest", NAME, "address=127.0.0.1:"]).await;
    drop(held);
}

/// In many environments, the name has an address at which nothing listens.
#[tokio::test]
async fn a_server_on_localhost_is_reached_by_its_name() {
    let (port, [first, _]) = listeners().await;
    tokio::spawn(serve(first, Act::Answer(200), Arc::default()));
    let text = one_route("local", &format!("http://localhost:{port}"), "[]");
    let gateway = Gateway::serve(&file("local.yaml", &text), &["--log", "off"]).await;
    for _ in 0..4 {
        assert_eq!(gateway.get("/").await.body(), &format!("localhost:{port} "));
    }
}

#[tokio::test]
async fn a_name_without_an_address_is_a_bad_gateway() {
    let text = one_route("nowhere", "http://nowhere.invalid", "[]");
    let mut gateway = Gateway::serve_heard(&file("nowhere.yaml", &text), &[]).await;
    assert_eq!(gateway.post("/", "").await.status().as_u16(), 502);
    let line = gateway.hear(&["event=attempt", "failure=not_sent", "server=nowhere.invalid"]).await;
    assert!(line.contains("cannot look up `nowhere.invalid`"), "{line}");
}

#[tokio::test]
async fn addresses_on_the_command_line_must_be_valid() {
    for wrong in ["orders.test", "=127.0.0.1", "orders.test=", "orders.test=127.0.0.1,there"] {
        let mut command = tokio::process::Command::new(crate::support::binary());
        let ended =
            command.args(["--config", "x.yaml", "--resolve", wrong]).output().await.expect("it starts");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(
            ended.status.code() == Some(2) && said.contains("must be NAME=IP or NAME=IP,IP"),
            "{wrong}: {said}"
        );
    }
}
