//! The gateways that are compared, each a process of its own before the same server.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::Failure;
use crate::account::children;
use crate::time::pause;

/// A process that listens; it ends with this value.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Contender {
    /// The number of its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        // Those that it has started outlive it otherwise.
        let children = self.child.id().map(children).unwrap_or_default();
        let _ = self.child.start_kill();
        if !children.is_empty() {
            let ids = children.iter().map(u32::to_string);
            let _ = std::process::Command::new("kill").arg("-KILL").args(ids).stderr(Stdio::null()).status();
        }
    }
}

/// Removes the folder of a run at its end, however it ends.
pub(crate) struct CleanUp;

impl Drop for CleanUp {
    fn drop(&mut self) {
        if let Ok(folder) = folder() {
            let _ = std::fs::remove_dir_all(folder); // it lies in the folder for what is temporary
        }
    }
}

/// The folder of a run, for configurations.
pub(crate) fn folder() -> Result<PathBuf, Failure> {
    let folder = std::env::temp_dir().join(format!("gateways-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A subcommand of this program that prints its address.
pub(crate) async fn own(name: &'static str, arguments: &[&str]) -> Result<Contender, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    spawn(name, command.args(arguments), |line| line.parse().ok()).await
}

/// The gateway, which cargo builds beside this program.
pub(crate) fn gateway_binary() -> Result<PathBuf, Failure> {
    let binary = std::env::current_exe()?.with_file_name("persevere-gateway");
    if binary.exists() {
        return Ok(binary);
    }
    Err("build the gateway first: cargo build --release -p persevere-gateway".into())
}

/// The gateway, with these filters of its only route and these arguments.
pub(crate) async fn ours(
    name: &'static str,
    upstream: SocketAddr,
    filters: &str,
    arguments: &[&str],
) -> Result<Contender, Failure> {
    let text = format!(
        "spring:\n  cloud:\n    gateway:\n      routes:\n      - id: bench\n        uri: http://{upstream}\n        filters: {filters}\n"
    );
    let config = folder()?.join(format!("{}.yaml", name.replace(' ', "-")));
    std::fs::write(&config, text)?;
    let mut command = Command::new(gateway_binary()?);
    command.arg("--config").arg(&config).args(["--listen", "127.0.0.1:0", "--log", "off"]).args(arguments);
    spawn(name, &mut command, |line| line.strip_prefix("listening on http://")?.parse().ok()).await
}

async fn spawn(
    name: &'static str,
    command: &mut Command,
    address: impl Fn(&str) -> Option<SocketAddr>,
) -> Result<Contender, Failure> {
    let command =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let stdout = child.stdout.take().ok_or("no standard output")?;
    let mut lines = BufReader::new(stdout).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some(address) = address(&line) {
            return Ok(Contender { name, address, child });
        }
    }
    Err(format!("{name} ended before it listened").into())
}

/// Starts `HAProxy` if it is installed.
///
/// It retries a 503 five times, and keeps bodies up to its buffer of 16 KiB.
pub(crate) async fn haproxy(upstream: SocketAddr) -> Result<Option<Contender>, Failure> {
    let Some(binary) = find("haproxy") else { return Ok(None) };
    let address = free()?;
    let config = folder()?.join("haproxy.cfg");
    let text = format!(
        "global\n  nbthread 2\ndefaults\n  mode http\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n  \
         option http-buffer-request\n  http-reuse always\nfrontend f\n  bind {address}\n  default_backend b\nbackend b\n  \
         retries 5\n  retry-on 503 conn-failure empty-response\n  server s {upstream}\n"
    );
    std::fs::write(&config, text)?;
    let mut command = Command::new(binary);
    command.arg("-db").arg("-f").arg(&config);
    listening("HAProxy", &mut command, address).await.map(Some)
}

/// Starts nginx if it is installed.
///
/// It tries the same server six times on a 503, for all methods.
pub(crate) async fn nginx(upstream: SocketAddr) -> Result<Option<Contender>, Failure> {
    let Some(binary) = find("nginx") else { return Ok(None) };
    let (address, folder) = (free()?, folder()?);
    let servers = format!("server {upstream} max_fails=0;").repeat(6);
    let text = format!(
        "worker_processes 2; daemon off; pid {0}/nginx.pid; error_log /dev/null;\nevents {{ worker_connections 1024; }}\nhttp {{\n  \
         access_log off; client_body_temp_path {0}/body; proxy_temp_path {0}/proxy; fastcgi_temp_path {0}/f; uwsgi_temp_path {0}/u; \
         scgi_temp_path {0}/s;\n  upstream u {{ {servers} keepalive 64; }}\n  client_max_body_size 16m;\n  server {{\n    listen {address};\n    \
         keepalive_requests 100000000;\n    location / {{\n      proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection \"\";\n      \
         proxy_next_upstream error timeout http_503 non_idempotent; proxy_next_upstream_tries 6;\n    }}\n  }}\n}}\n",
        folder.display()
    );
    let config = folder.join("nginx.conf");
    std::fs::write(&config, text)?;
    let mut command = Command::new(binary);
    command.arg("-c").arg(&config).arg("-e").arg("/dev/null");
    listening("nginx", &mut command, address).await.map(Some)
}

/// A program that says nothing: it is there when its port is.
async fn listening(
    name: &'static str,
    command: &mut Command,
    address: SocketAddr,
) -> Result<Contender, Failure> {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let child = command.spawn()?;
    for _ in 0..100 {
        if tokio::net::TcpStream::connect(address).await.is_ok() {
            return Ok(Contender { name, address, child });
        }
        pause(50).await;
    }
    Err(format!("{name} does not listen").into())
}

/// A program in the path, or where servers are kept.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|path| path.exists())
}

/// Returns an address with a free port.
fn free() -> Result<SocketAddr, Failure> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
