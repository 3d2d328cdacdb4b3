//! Many reloads and slow reloads leave nothing behind, and requests are served meanwhile.

use std::path::Path;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use super::{answering, counted, routed, sent, value};
use crate::support::{Gateway, ms, one_route, read_head, read_until, upstream, within};

const QUIET: [&str; 4] = ["--log", "off", "--admin", "127.0.0.1:0"];

/// Reads the file again, for the n-th time.
async fn reload(gateway: &Gateway, times: u32) {
    gateway.signal("HUP").await;
    counted(gateway, &format!("gateway_reloads_total{{result=\"taken\"}} {times}")).await;
}

fn rename(path: &Path, upstream: std::net::SocketAddr, id: &str) {
    std::fs::write(path, one_route(id, &format!("http://{upstream}"), "[]")).expect("it can be written");
}

/// As many as the process has open.
#[cfg(target_os = "linux")]
fn descriptors(gateway: &Gateway) -> usize {
    std::fs::read_dir(format!("/proc/{}/fd", gateway.id())).expect("it runs").count()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn many_reloads_with_new_names_leave_neither_metrics_nor_descriptors() {
    let server = answering().await;
    let path = routed("renamed", server);
    let gateway = Gateway::serve(&path, &QUIET).await;
    let mut sizes = Vec::new();
    for times in 1..=60 {
        rename(&path, server, &format!("renamed-{times:04}"));
        reload(&gateway, times).await;
        assert_eq!(gateway.get("/").await.status().as_u16(), 200);
        sizes.push((gateway.ask("/metrics").await.1.len(), descriptors(&gateway)));
    }
    let ((early, few), (late, many)) = (sizes[9], sizes[59]);
    assert!(late < early + 100, "metrics grow from {early} to {late} bytes");
    assert!(many < few + 10, "descriptors grow from {few} to {many}");
}

/// The counts of a route can be read after it has gone.
///
/// They do not begin again while one of its requests runs.
#[tokio::test]
async fn a_route_that_is_gone_keeps_its_counts_while_its_request_runs() {
    let (go, wait) = tokio::sync::watch::channel(false);
    let slow = upstream(move |_, mut stream| {
        let mut wait = wait.clone();
        async move {
            loop {
                let head = read_head(&mut stream).await;
                if head.is_empty() {
                    return;
                }
                if head.starts_with("GET /slow ") {
                    let _ = wait.wait_for(|go| *go).await;
                }
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            }
        }
    })
    .await;
    let path = routed("old", slow);
    let gateway = Gateway::serve(&path, &QUIET).await;
    const COUNT: &str = "gateway_requests_total{route=\"old\",status=\"200\"}";
    assert_eq!(gateway.get("/").await.status().as_u16(), 200);
    let mut running = sent(&gateway, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
    counted(&gateway, &format!("{COUNT} 1")).await;
    for times in 1..=5 {
        rename(&path, slow, "new");
        reload(&gateway, times).await;
    }
    assert!((value(&gateway, COUNT).await - 1.0).abs() < 0.1);
    go.send_replace(true);
    within(ms(10_000), read_until(&mut running, "ok")).await.expect("it ends");
    assert!((value(&gateway, COUNT).await - 2.0).abs() < 0.1);
    drop(running);
    reload(&gateway, 6).await;
    assert!((value(&gateway, COUNT).await - 2.0).abs() < 0.1, "it can be read for a last time");
    let gone = async {
        for times in 7.. {
            reload(&gateway, times).await;
            if !gateway.ask("/metrics").await.1.contains("route=\"old\"") {
                return;
            }
        }
    };
    within(ms(10_000), gone).await.expect("it goes at last");
}

/// An upstream chooses its statuses, but not how many series there are.
#[tokio::test]
async fn statuses_without_a_name_count_by_their_class() {
    let (server, _heads) = crate::support::telling(|number| {
        format!(
            "HTTP/1.1 {} Odd\r\ncontent-length: 0\r\n\r\n",
            [299, 298, 599, 598, 999, 600, 429][number - 1]
        )
    })
    .await;
    let gateway = Gateway::serve(&routed("odd", server), &QUIET).await;
    for _ in 0..7 {
        gateway.get("/").await;
    }
    let (_, text) = gateway.ask("/metrics").await;
    for (status, count) in [("2xx", 2), ("5xx", 2), ("other", 2), ("429", 1)] {
        for line in [
            format!("gateway_requests_total{{route=\"odd\",status=\"{status}\"}} {count}"),
            format!("gateway_attempts_total{{route=\"odd\",outcome=\"{status}\"}} {count}"),
        ] {
            assert!(text.lines().any(|said| said == line), "no {line} in\n{text}");
        }
    }
}

/// A pipe without a writer stands where the file was.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_cannot_be_read_yet_stops_neither_requests_nor_the_end() {
    let path = routed("pipe", answering().await);
    let gateway = Gateway::serve(&path, &QUIET).await;
    std::fs::remove_file(&path).expect("it is there");
    assert!(Command::new("mkfifo").arg(&path).status().await.expect("there is `mkfifo`").success());
    for _ in 0..10 {
        gateway.signal("HUP").await;
        let response = within(ms(5_000), gateway.get("/")).await.expect("it goes on accepting");
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(gateway.ask("/health").await.0, 200);
    }
    gateway.signal("TERM").await;
    assert_eq!(gateway.ended().await, Some(0));
    std::fs::remove_file(&path).expect("it is there");
}

#[cfg(unix)]
#[tokio::test]
async fn signals_that_come_during_a_reload_are_one_more_reload() {
    let server = answering().await;
    let path = routed("coalesced", server);
    let gateway = Gateway::serve(&path, &QUIET).await;
    std::fs::remove_file(&path).expect("it is there");
    assert!(Command::new("mkfifo").arg(&path).status().await.expect("there is `mkfifo`").success());
    gateway.signal("HUP").await;
    let (pipe, (open, opened)) = (path.clone(), tokio::sync::oneshot::channel());
    std::thread::spawn(move || open.send(std::fs::File::options().write(true).open(pipe)));
    let mut pipe = within(ms(9_000), opened).await.expect("it reads").expect("it ends").expect("it opens");
    for _ in 0..5 {
        gateway.signal("HUP").await;
    }
    assert_eq!(gateway.ask("/health").await.0, 200, "it has heard them by now");
    std::fs::remove_file(&path).expect("it is there");
    rename(&path, server, "file");
    let text = one_route("piped", &format!("http://{server}"), "[]");
    std::io::Write::write_all(&mut pipe, text.as_bytes()).expect("it is read");
    drop(pipe);
    counted(&gateway, "gateway_reloads_total{result=\"taken\"} 2").await;
    gateway.get("/").await;
    assert!((value(&gateway, "gateway_reloads_total{result=\"taken\"}").await - 2.0).abs() < 0.1);
}

/// The route is in the file only with its own server.
#[cfg(unix)]
#[tokio::test]
async fn a_route_that_is_led_elsewhere_stays_so_after_a_reload() {
    let (_socket, nowhere) = crate::support::closed();
    let elsewhere = format!("led={}", answering().await);
    let arguments = [&QUIET[..], &["--upstream", &elsewhere]].concat();
    let gateway = Gateway::serve(&routed("led", nowhere), &arguments).await;
    for times in 1..=2 {
        assert_eq!(gateway.get("/").await.status().as_u16(), 200);
        reload(&gateway, times).await;
    }
    assert_eq!(gateway.get("/").await.status().as_u16(), 200);
}

/// The first reload gives up after its time, and the next one reads a file again.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_cannot_be_read_in_time_does_not_stop_the_next_reload() {
    let server = answering().await;
    let path = routed("late-pipe", server);
    let mut gateway = Gateway::serve_heard(&path, &[]).await;
    std::fs::remove_file(&path).expect("it is there");
    assert!(Command::new("mkfifo").arg(&path).status().await.expect("there is `mkfifo`").success());
    gateway.signal("HUP").await;
    gateway
        .hear(&["reload failed, keeping the current configuration: reading the file took longer than 10s"])
        .await;
    std::fs::remove_file(&path).expect("it is there");
    rename(&path, server, "file");
    gateway.signal("HUP").await;
    gateway.hear(&["late-pipe.yaml: reloaded, 1 routes"]).await;
}
