//! Outputs that are never read, that are full, or that are read late.

use std::process::Stdio;

use tokio::process::Command;

use super::{answering, counted, routed, value};
use crate::support::{Gateway, binary, closed, file, ms, routes, within};

/// Sends requests until their log lines fill a pipe and the queue of the gateway.
async fn overfill(gateway: &Gateway) {
    let path = format!("/{}", "x".repeat(30_000));
    for _ in 0..60 {
        let response = within(ms(10_000), gateway.get(&path)).await.expect("it goes on serving");
        assert_eq!(response.status().as_u16(), 502);
    }
}

#[tokio::test]
async fn a_log_that_nobody_reads_stops_neither_requests_nor_the_end() {
    let (_socket, upstream) = closed();
    let path = routed("unread-log", upstream);
    let gateway = Gateway::serve_heard(&path, &["--log", "all", "--admin", "127.0.0.1:0"]).await;
    overfill(&gateway).await;
    gateway.signal("HUP").await;
    counted(&gateway, "gateway_reloads_total{result=\"taken\"} 1").await;
    assert!(value(&gateway, "gateway_log_lines_dropped_total").await > 1.0);
    assert_eq!(gateway.ask("/health").await.0, 200);
    gateway.signal("TERM").await;
    assert_eq!(gateway.ended().await, Some(0));
}

#[tokio::test]
async fn a_log_that_is_read_late_has_whole_lines_and_their_loss() {
    let (_socket, upstream) = closed();
    let path = routed("late-log", upstream);
    let mut gateway = Gateway::serve_heard(&path, &["--log", "all", "--admin", "127.0.0.1:0"]).await;
    overfill(&gateway).await;
    let dropped = value(&gateway, "gateway_log_lines_dropped_total").await;
    gateway.hear(&["warning: "]).await;
    let mut lines = 0;
    let report = loop {
        let line = gateway.hear(&[""]).await;
        if line.ends_with(" log lines were dropped") {
            break line;
        }
        assert!(line.starts_with("time=") && line.contains(" took_ms="), "{line}");
        lines += 1;
    };
    assert_eq!(report, format!("{dropped} log lines were dropped"));
    assert!((f64::from(lines) + dropped - 120.0).abs() < 0.5, "{lines} lines and {dropped}");
    assert_eq!(gateway.get("/again").await.status().as_u16(), 502);
    gateway.hear(&["event=response", "status=502"]).await;
}

/// There are more of them than the pipe holds.
#[tokio::test]
async fn the_last_lines_are_written_before_the_end() {
    let (_socket, upstream) = closed();
    let mut gateway = Gateway::serve_heard(&routed("last-lines", upstream), &["--log", "all"]).await;
    let path = format!("/{}", "x".repeat(20_000));
    for _ in 0..10 {
        gateway.get(&path).await;
    }
    gateway.signal("TERM").await;
    for _ in 0..10 {
        gateway.hear(&["event=response", " status=502 "]).await;
    }
    assert_eq!(gateway.ended().await, Some(0));
}

/// Standard output is full at the start, and the log's disk is full.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn full_outputs_stop_neither_the_start_nor_the_end() {
    let upstream = answering().await;
    let many = (0..100).map(|index| {
        let path = "x".repeat(1_000);
        format!("- id: r{index}\n  uri: http://{upstream}\n  predicates: [Path=/{index}/{path}]\n")
    });
    let path = file("full-outputs.yaml", &routes(&many.collect::<String>()));
    let (socket, address) = closed();
    drop(socket);
    let disk = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let mut process = Command::new(binary())
        .args(["--log", "all", "--listen", &address.to_string(), "--config"])
        .arg(path)
        .stdout(Stdio::piped())
        .stderr(disk)
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    let served = async { while super::try_get(address, "/").await != Some(404) {} };
    within(ms(10_000), served).await.expect("it listens although its output is not read");
    let id = process.id().expect("it runs").to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.expect("there is `kill`").success());
    let ended = within(ms(10_000), process.wait()).await.expect("it ends").expect("it was ours");
    assert_eq!(ended.code(), Some(0));
}
