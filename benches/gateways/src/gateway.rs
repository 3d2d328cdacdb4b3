//! [`Gateway`]: the gateway as a process whose log is kept, and which can be told to read its configuration again.

use std::fs::File;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::Failure;
use crate::account::{cpu, descriptors, memory};
use crate::contenders::{folder, gateway_binary};

/// The gateway as a process; it ends with this value.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    config: PathBuf,
    log: PathBuf,
    child: Child,
}

impl Gateway {
    /// Starts a gateway with the text of a configuration and further arguments.
    pub(crate) async fn start(name: &str, text: &str, arguments: &[&str]) -> Result<Self, Failure> {
        let config = folder()?.join(format!("{name}.yaml"));
        let log = config.with_extension("log");
        std::fs::write(&config, text)?;
        let mut command = Command::new(gateway_binary()?);
        command.arg("--config").arg(&config).args(["--listen", "127.0.0.1:0"]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&log)?).kill_on_drop(true);
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some(address) = line.strip_prefix("listening on http://") {
                return Ok(Self { address: address.parse()?, config, log, child });
            }
        }
        Err(format!("the gateway ended before it listened: {}", std::fs::read_to_string(&log)?).into())
    }

    /// Replaces the configuration and has the gateway read it.
    pub(crate) async fn reload(&self, text: &str) -> Result<(), Failure> {
        let next = self.config.with_extension("next");
        std::fs::write(&next, text)?;
        std::fs::rename(&next, &self.config)?;
        let id = self.process().to_string();
        Command::new("kill").args(["-HUP", &id]).status().await?;
        Ok(())
    }

    /// The number of the process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Bytes in memory now.
    pub(crate) fn memory(&self) -> u64 {
        memory(self.process()).0
    }

    /// File descriptors that are open now.
    pub(crate) fn descriptors(&self) -> usize {
        descriptors(self.process())
    }

    /// Nanoseconds of CPU so far.
    pub(crate) fn cpu(&self) -> u64 {
        cpu(self.process())
    }

    /// The lines of the log that have all of these words.
    pub(crate) fn said(&self, words: &[&str]) -> Vec<String> {
        let log = std::fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines = log.lines().filter(|line| words.iter().all(|word| line.contains(word)));
        lines.map(str::to_owned).collect()
    }

    /// Returns true if the process still runs.
    pub(crate) fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}
