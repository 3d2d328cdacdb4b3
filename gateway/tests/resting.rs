//! The rests of a service's instances, over real connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::instances::service;
use crate::support::{Gateway, Recorder, Reply, file, ms, read_head, upstream, within};

const METRICS: [&str; 2] = ["--admin", "127.0.0.1:0"];

/// Two instances: the first one replies as `reply` says, and the second one with 200.
async fn two(name: &str, reply: fn(usize) -> Reply) -> (Gateway, Arc<Recorder>) {
    let (first, second) = (Arc::<Recorder>::default(), Arc::<Recorder>::default());
    let addresses = [first.start(reply).await, second.start(|_| Reply::Status(200, "")).await];
    let text = service(name, &addresses, "[]");
    (Gateway::serve_heard(&file(&format!("{name}.yaml"), &text), &METRICS).await, first)
}

/// The statuses of this many requests.
async fn statuses(gateway: &Gateway, number: usize) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..number {
        statuses.push(gateway.get("/").await.status().as_u16());
    }
    statuses
}

async fn resting(gateway: &Gateway, route: &str) -> String {
    let (_, metrics) = gateway.ask("/metrics").await;
    let name = format!("gateway_instances_resting{{route=\"{route}\"}} ");
    metrics.lines().find_map(|line| line.strip_prefix(&name)).expect("it has the gauge").to_owned()
}

#[tokio::test]
async fn an_instance_that_fails_three_times_in_a_row_rests() {
    let (mut gateway, failing) = two("rests_after_three", |_| Reply::Status(500, "")).await;
    let failed = statuses(&gateway, 12).await.into_iter().filter(|&status| status == 500).count();
    // Of twelve requests, six would be for it. A slow machine may see the end of the rest, and a probe.
    assert!((3..6).contains(&failed), "{failed}");
    assert_eq!(failing.received().len(), failed);
    assert_eq!(resting(&gateway, "rests_after_three").await, "1");
    let line = gateway.hear(&["event=rest", "server=127.0.0.1:"]).await;
    let rest =
        line.split("rest_ms=").nth(1).and_then(|text| text.parse::<f64>().ok()).expect("in milliseconds");
    assert!((800.0..=1_000.0).contains(&rest), "{line}");
}

#[tokio::test]
async fn an_instance_that_recovers_is_used_again() {
    let (mut gateway, failing) =
        two("recovers", |number| Reply::Status(if number <= 3 { 503 } else { 200 }, "")).await;
    statuses(&gateway, 6).await;
    let recovered = async {
        while failing.received().len() == 3 {
            assert_eq!(statuses(&gateway, 1).await, [200]);
        }
    };
    within(ms(20_000), recovered).await.expect("its rest ends");
    let before = failing.received().len();
    assert_eq!(statuses(&gateway, 10).await, [200; 10]);
    assert_eq!(failing.received().len(), before + 5, "every other request again");
    gateway.hear(&["event=awake", "rested_ms="]).await;
    assert_eq!(resting(&gateway, "recovers").await, "0");
}

#[tokio::test]
async fn an_instance_that_is_too_slow_rests() {
    let asked = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&asked);
    let silent = upstream(move |_, mut stream| {
        let count = Arc::clone(&count);
        async move {
            if !read_head(&mut stream).await.is_empty() {
                count.fetch_add(1, Ordering::Relaxed);
            }
            std::future::pending::<()>().await;
        }
    });
    let good = Arc::<Recorder>::default();
    let addresses = [silent.await, good.start(|_| Reply::Status(200, "")).await];
    let text = service("slow", &addresses, "[]").replace("response-timeout: 10s", "response-timeout: 100");
    let gateway = Gateway::serve(&file("slow.yaml", &text), &["--log", "off"]).await;
    let late = statuses(&gateway, 12).await.into_iter().filter(|&status| status == 504).count();
    assert!((3..6).contains(&late), "{late}");
    assert_eq!(asked.load(Ordering::Relaxed), late);
}

#[tokio::test]
async fn responses_that_blame_the_request_make_no_instance_rest() {
    const STATUSES: [u16; 5] = [501, 505, 429, 404, 400];
    let (gateway, odd) = two("blames", |number| Reply::Status(STATUSES[number / 4 % 5], "")).await;
    statuses(&gateway, 40).await;
    assert_eq!(odd.received().len(), 20, "every other request");
    assert_eq!(resting(&gateway, "blames").await, "0");
}

#[tokio::test]
async fn uploads_that_fail_make_no_instance_rest() {
    let (gateway, recorder) = two("uploads", |_| Reply::Status(200, "")).await;
    for _ in 0..12 {
        let mut client = TcpStream::connect(gateway.address).await.expect("it listens");
        let head = "POST / HTTP/1.1\r\nhost: www.retry.org\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nnonsense\r\n";
        client.write_all(head.as_bytes()).await.expect("it reads");
        read_head(&mut client).await; // until it answers, or closes
    }
    assert_eq!(resting(&gateway, "uploads").await, "0");
    assert_eq!(statuses(&gateway, 10).await, [200; 10]);
    assert_eq!(recorder.received().len(), 5);
}

#[tokio::test]
async fn a_rest_outlasts_a_reload() {
    let (mut gateway, failing) = two("reloads", |_| Reply::Status(502, "")).await;
    statuses(&gateway, 6).await;
    gateway.signal("HUP").await;
    gateway.hear(&["reloads.yaml", "routes"]).await;
    assert_eq!(resting(&gateway, "reloads").await, "1");
    assert_eq!(failing.received().len(), 3);
}

/// A gateway that asks neither of them would be useless.
#[tokio::test]
async fn instances_that_all_fail_are_all_asked() {
    let recorders = [Arc::<Recorder>::default(), Arc::<Recorder>::default()];
    let mut addresses = Vec::new();
    for recorder in &recorders {
        addresses.push(recorder.start(|number| Reply::Status(if number <= 5 { 503 } else { 200 }, "")).await);
    }
    let gateway =
        Gateway::serve(&file("all.yaml", &service("all", &addresses, "[]")), &["--log", "off"]).await;
    let statuses = statuses(&gateway, 20).await;
    assert_eq!(statuses.iter().filter(|&&status| status == 503).count(), 10, "{statuses:?}");
    assert!(recorders.iter().all(|recorder| recorder.received().len() >= 5), "{statuses:?}");
}
