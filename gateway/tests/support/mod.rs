//! The gateway as its own process: how it is started, what it says, what it answers.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use bytes::Bytes;
use http::{Method, Request, Response, header};
use http_body_util::{BodyExt, Full};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStderr, Command};

pub(crate) use test_servers::{
    Received, Recorder, Reply, client, closed, ms, pause, read_head, read_until, resetting, silent, telling,
    upstream, within,
};

/// The gateway as a process of its own; it ends with this value.
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    /// For metrics and health, if it was started with `--admin`.
    pub(crate) admin: Option<SocketAddr>,
    process: Child,
    /// What it says on standard error, if that is read.
    said: Option<Lines<BufReader<ChildStderr>>>,
}

/// The binary, which cargo builds before the tests.
pub(crate) const fn binary() -> &'static str {
    env!("CARGO_BIN_EXE_persevere-gateway")
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
        Self::spawn(config, arguments, Stdio::inherit(), &[]).await
    }

    /// As [`serve`](Self::serve), in an environment with these variables.
    pub(crate) async fn serve_in(config: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::spawn(config, arguments, Stdio::inherit(), environment).await
    }

    /// As [`serve`](Self::serve); what the gateway says can be [heard](Self::hear).
    pub(crate) async fn serve_heard(config: &Path, arguments: &[&str]) -> Self {
        Self::spawn(config, arguments, Stdio::piped(), &[]).await
    }

    /// As [`serve_heard`](Self::serve_heard), in an environment with these variables.
    pub(crate) async fn serve_heard_in(
        config: &Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Self {
        Self::spawn(config, arguments, Stdio::piped(), environment).await
    }

    async fn spawn(config: &Path, arguments: &[&str], stderr: Stdio, environment: &[(&str, &str)]) -> Self {
        let mut process = Command::new(binary())
            .arg("--config")
            .arg(config)
            .args(arguments)
            .args(["--listen", "127.0.0.1:0"])
            .envs(environment.iter().copied())
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

    /// Stops reading what it says.
    pub(crate) fn deafen(&mut self) {
        self.said = None;
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

    /// The next line on standard error, or `None` once the gateway has ended.
    pub(crate) async fn next_line(&mut self) -> Option<String> {
        let lines = self.said.as_mut().expect("it is heard");
        within(ms(20_000), lines.next_line()).await.expect("it ends").expect("it prints text")
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id().expect("it runs")
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

/// A route for everything, to this server, with this filter.
pub(crate) fn one_route(id: &str, server: &str, filter: &str) -> String {
    routes(&format!("- id: {id}\n  uri: {server}\n  filters: {filter}"))
}
