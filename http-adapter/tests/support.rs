//! A gateway as its own process, a client that speaks to it, and upstreams that do as they are told.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::process::{Child, ChildStderr, Command};
use tokio::sync::mpsc;

pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// The example `gateway` as a process of its own; it ends with this value.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    /// For metrics and health, if it was started with `--admin`.
    pub(crate) admin: Option<SocketAddr>,
    process: Child,
    /// What it says on standard error, if that is read.
    said: Option<Lines<BufReader<ChildStderr>>>,
}

/// The binary of the example, which cargo builds beside the tests.
pub(crate) fn binary() -> PathBuf {
    let tests = std::env::current_exe().expect("a test has a path");
    let folder = tests.ancestors().nth(2).expect("tests are in target/PROFILE/deps");
    let binary = folder.join("examples").join(format!("gateway{}", std::env::consts::EXE_SUFFIX));
    assert!(binary.exists(), "`cargo build -p persevere-http --examples` makes {}", binary.display());
    binary
}

/// Writes a file that lives as long as the build.
pub(crate) fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the folder of the tests can be written to");
    path
}

impl Gateway {
    /// Starts a gateway with one route to `upstream`, with these lines under its `filters`.
    pub(crate) async fn start(name: &str, upstream: SocketAddr, filters: &str) -> Self {
        Self::start_within(name, upstream, filters, "10s").await
    }

    /// As [`start`](Self::start), with a response time-out.
    pub(crate) async fn start_within(name: &str, upstream: SocketAddr, filters: &str, timeout: &str) -> Self {
        let filters = filters.replace('\n', "\n            ");
        let text = format!(
            "spring:\n  cloud:\n    gateway:\n      httpclient:\n        connect-timeout: 500\n        \
             response-timeout: {timeout}\n      routes:\n        - id: {name}\n          uri: http://{upstream}\n          \
             predicates:\n            - Host=www.retry.org\n          filters:\n            {filters}\n"
        );
        Self::serve(&file(&format!("{name}.yaml"), &text), &[]).await
    }

    /// Starts a gateway with the routes of a file.
    pub(crate) async fn serve(config: &Path, arguments: &[&str]) -> Self {
        Self::spawn(config, arguments, Stdio::inherit()).await
    }

    /// As [`serve`](Self::serve); what the gateway says can be [heard](Self::hear).
    pub(crate) async fn serve_heard(config: &Path, arguments: &[&str]) -> Self {
        Self::spawn(config, arguments, Stdio::piped()).await
    }

    async fn spawn(config: &Path, arguments: &[&str], stderr: Stdio) -> Self {
        let mut process = Command::new(binary())
            .arg("--config")
            .arg(config)
            .args(arguments)
            .args(["--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .kill_on_drop(true)
            .spawn()
            .expect("the gateway starts");
        let said = process.stderr.take().map(|stderr| BufReader::new(stderr).lines());
        let stdout = process.stdout.take().expect("it is piped");
        let mut lines = BufReader::new(stdout).lines();
        let mut admin = None;
        while let Some(line) = lines.next_line().await.expect("it prints text") {
            if let Some(address) = line.strip_prefix("metrics and health on http://") {
                admin = Some(address.parse().expect("it prints its address"));
            }
            if let Some(address) = line.strip_prefix("listening on http://") {
                let address = address.parse().expect("it prints its address");
                return Self { address, admin, process, said };
            }
        }
        panic!("the gateway ended before it listened: see its messages above");
    }

    /// The next line on standard error that has all of these words.
    pub(crate) async fn hear(&mut self, words: &[&str]) -> String {
        let lines = self.said.as_mut().expect("it is heard");
        let next = async {
            while let Some(line) = lines.next_line().await.expect("it prints text") {
                if words.iter().all(|word| line.contains(word)) {
                    return line;
                }
            }
            panic!("it ended without saying {words:?}");
        };
        within(ms(20_000), next).await.unwrap_or_else(|| panic!("it does not say {words:?}"))
    }

    /// Sends a signal to the gateway: `INT`, `HUP`.
    pub(crate) async fn signal(&self, name: &str) {
        let id = self.process.id().expect("it runs").to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &id]).status().await;
        assert!(sent.expect("there is `kill`").success());
    }

    /// Interrupts the gateway and waits until it has ended.
    pub(crate) async fn interrupt(self) -> Option<i32> {
        self.signal("INT").await;
        self.ended().await
    }

    /// Waits until the gateway has ended.
    pub(crate) async fn ended(mut self) -> Option<i32> {
        within(ms(20_000), self.process.wait()).await.expect("it ends").expect("it was ours").code()
    }

    /// What its administration answers: status and text.
    pub(crate) async fn ask(&self, path: &str) -> (u16, String) {
        let address = self.admin.expect("it was started with --admin");
        let request = Request::get(format!("http://{address}{path}")).body(Full::default());
        let response = client().request(request.expect("valid")).await.expect("it answers");
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.expect("it arrives").to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    /// Sends one request and reads the whole response.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: &'static str,
    ) -> Result<Response<Bytes>, hyper_util::client::legacy::Error> {
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header(header::HOST, "www.retry.org")
            .body(Full::<Bytes>::from(body))
            .expect("a valid request");
        let response = client().request(request).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("the body arrives").to_bytes();
        Ok(Response::from_parts(head, body))
    }

    pub(crate) async fn get(&self, path: &str) -> Response<Bytes> {
        self.send(Method::GET, path, "").await.expect("the gateway answers")
    }

    pub(crate) async fn post(&self, path: &str, body: &'static str) -> Response<Bytes> {
        self.send(Method::POST, path, body).await.expect("the gateway answers")
    }
}

/// A client with a connection of its own.
pub(crate) fn client() -> Client<HttpConnector, Full<Bytes>> {
    Client::builder(TokioExecutor::new()).build_http()
}

/// One request as an upstream got it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) method: Method,
    pub(crate) uri: String,
    pub(crate) body: Bytes,
}

/// What an upstream does with one request.
pub(crate) enum Reply {
    Status(u16, &'static str),
    /// Closes the connection instead.
    Cut,
}

/// An upstream that takes note of every request and replies as it is told, by the number of the request.
#[derive(Default)]
pub(crate) struct Recorder(Mutex<Vec<Received>>);

impl Recorder {
    pub(crate) fn received(&self) -> Vec<Received> {
        self.0.lock().unwrap().clone()
    }

    pub(crate) async fn start(self: &Arc<Self>, reply: fn(usize) -> Reply) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has free ports");
        let address = listener.local_addr().expect("it is bound");
        let recorder = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let recorder = Arc::clone(&recorder);
                let service = service_fn(move |request| {
                    let recorder = Arc::clone(&recorder);
                    async move { recorder.answer(request, reply).await }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        address
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        reply: fn(usize) -> Reply,
    ) -> Result<Response<Full<Bytes>>, std::io::Error> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(std::io::Error::other)?.to_bytes();
        let number = {
            let mut received = self.0.lock().unwrap();
            received.push(Received { method: head.method, uri: head.uri.to_string(), body });
            received.len()
        };
        match reply(number) {
            Reply::Status(status, text) => {
                Ok(Response::builder().status(status).body(Full::from(text)).expect("a valid response"))
            }
            Reply::Cut => Err(std::io::Error::other("cut on purpose")),
        }
    }
}

/// An upstream that reads one byte of each connection and closes it; it counts the connections.
pub(crate) async fn resetting() -> (SocketAddr, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has free ports");
    let address = listener.local_addr().expect("it is bound");
    let count = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            *counter.lock().unwrap() += 1;
            // What is left unread makes the system send a reset.
            let _ = stream.read_u8().await;
        }
    });
    (address, count)
}

/// The output of a future, or `None` when it takes longer than `limit`.
#[expect(clippy::disallowed_methods, reason = "real sockets take real time")]
pub(crate) async fn within<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    tokio::time::timeout(limit, future).await.ok()
}

/// A port that refuses connections for as long as the socket is held.
pub(crate) fn closed() -> (TcpSocket, SocketAddr) {
    let socket = TcpSocket::new_v4().expect("there are sockets");
    socket.bind("127.0.0.1:0".parse().unwrap()).expect("the loopback has free ports");
    let address = socket.local_addr().expect("it is bound");
    (socket, address)
}

/// An upstream that treats its n-th connection, counted from 1, as `treat` says.
pub(crate) async fn upstream<F, Fut>(treat: F) -> SocketAddr
where
    F: Fn(usize, TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has free ports");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        for number in 1.. {
            let Ok((stream, _)) = listener.accept().await else { return };
            tokio::spawn(treat(number, stream));
        }
    });
    address
}

/// Reads the head of a request, as far as it comes.
pub(crate) async fn read_head(stream: &mut TcpStream) -> String {
    read_until(stream, "\r\n\r\n").await
}

/// Reads until the text ends so, or the connection ends.
pub(crate) async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut read = Vec::new();
    while !read.ends_with(end.as_bytes()) {
        match stream.read_u8().await {
            Ok(byte) => read.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&read).into_owned()
}

/// An upstream that tells the head of each request, with its chunked body, and replies with the text that `reply` gives for the
/// number of the request, counted from 1.
pub(crate) async fn telling(
    reply: impl Fn(usize) -> String + Send + Sync + 'static,
) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let (told, heads) = mpsc::unbounded_channel();
    let (reply, count) = (Arc::new(reply), Arc::new(Mutex::new(0)));
    let address = upstream(move |_, mut stream| {
        let (told, reply, count) = (told.clone(), Arc::clone(&reply), Arc::clone(&count));
        async move {
            loop {
                let mut request = read_head(&mut stream).await;
                if request.is_empty() {
                    return;
                }
                if request.to_lowercase().contains("transfer-encoding: chunked") {
                    request += &read_until(&mut stream, "\r\n\r\n").await;
                }
                let _ = told.send(request);
                let number = {
                    let mut count = count.lock().unwrap();
                    *count += 1;
                    *count
                };
                let _ = stream.write_all(reply(number).as_bytes()).await;
            }
        }
    })
    .await;
    (address, heads)
}

/// Sends a request as it is written and reads the response up to `end`.
pub(crate) async fn exchange(gateway: &Gateway, request: &str, end: &str) -> String {
    let mut stream = TcpStream::connect(gateway.address).await.expect("the gateway listens");
    stream.write_all(request.as_bytes()).await.expect("the gateway reads");
    within(ms(10_000), read_until(&mut stream, end)).await.expect("the gateway answers")
}

/// A configuration with these lines under its `routes`.
pub(crate) fn routes(routes: &str) -> String {
    let routes = routes.replace('\n', "\n        ");
    format!(
        "spring:\n  cloud:\n    gateway:\n      httpclient: {{ connect-timeout: 500, response-timeout: 10s }}\n      routes:\n        {routes}\n"
    )
}
