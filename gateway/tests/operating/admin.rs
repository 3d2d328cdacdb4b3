//! `/health` answers, no matter what other clients of its address do.

use std::process::Stdio;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::process::Command;

use super::{answering, routed, sent, sent_to};
use crate::support::{Gateway, binary, closed, ms, read_head, read_until, within};

async fn gateway(id: &str) -> Gateway {
    Gateway::serve(&routed(id, answering().await), &["--log", "off", "--admin", "127.0.0.1:0"]).await
}

/// Asks for `/health` once many others are connected.
async fn is_healthy(gateway: &Gateway) {
    for _ in 0..3 {
        let health =
            within(ms(3_000), gateway.ask("/health")).await.expect("it answers before others have left");
        assert_eq!(health, (200, "up\n".to_owned()));
    }
}

#[tokio::test]
async fn health_answers_beside_clients_that_pipeline_and_read_nothing() {
    let gateway = gateway("admin-pipelines").await;
    let requests = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n".repeat(500);
    let mut others = Vec::new();
    for _ in 0..40 {
        others.push(sent_to(gateway.admin.expect("it has one"), &requests).await);
    }
    is_healthy(&gateway).await;
}

#[tokio::test]
async fn health_answers_beside_clients_that_do_not_finish_a_request() {
    let gateway = gateway("admin-unfinished").await;
    let mut others = Vec::new();
    for begun in ["", "GET /hea", "POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf"] {
        for _ in 0..40 {
            others.push(sent_to(gateway.admin.expect("it has one"), begun).await);
        }
        is_healthy(&gateway).await;
    }
}

/// The oldest connection makes room, and a newer one has its time for a head.
#[tokio::test]
async fn connections_of_the_admin_are_limited_in_number_and_time() {
    let gateway = gateway("admin-many").await;
    let mut others = Vec::new();
    for _ in 0..33 {
        others.push(sent_to(gateway.admin.expect("it has one"), "GET /hea").await);
    }
    let mut end = Vec::new();
    let oldest = within(ms(10_000), others[0].read_to_end(&mut end)).await;
    assert!(oldest.is_some(), "it makes room");
    assert!(within(ms(200), others[1].read_to_end(&mut end)).await.is_none(), "there is room for 32");
    within(ms(20_000), others[32].read_to_end(&mut end)).await.expect("its time ends").expect("it is closed");
}

#[tokio::test]
async fn a_connection_of_the_admin_serves_one_request() {
    let gateway = gateway("admin-one").await;
    let both = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2);
    let mut stream = sent_to(gateway.admin.expect("it has one"), &both).await;
    let mut all = String::new();
    within(ms(10_000), stream.read_to_string(&mut all)).await.expect("it ends").expect("it ends cleanly");
    assert_eq!(all.matches("HTTP/1.1 200 OK").count(), 1, "{all}");
    assert!(all.contains("connection: close") && all.ends_with("up\n"), "{all}");
}

#[tokio::test]
async fn a_request_that_the_admin_refuses_gets_its_answer_with_a_body_unread() {
    let gateway = gateway("admin-body").await;
    let body =
        format!("POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n{}", "x".repeat(50_000));
    let mut stream = sent_to(gateway.admin.expect("it has one"), &body).await;
    let mut all = String::new();
    within(ms(10_000), stream.read_to_string(&mut all)).await.expect("it ends").expect("it is not reset");
    assert!(all.starts_with("HTTP/1.1 405 ") && all.contains("allow: GET, HEAD"), "{all}");
}

/// Clients that wait for their place have it while health is asked.
#[tokio::test]
async fn health_answers_while_all_connections_of_clients_are_taken() {
    let arguments = ["--log", "off", "--admin", "127.0.0.1:0", "--max-connections", "2"];
    let gateway = Gateway::serve(&routed("admin-taken", answering().await), &arguments).await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        clients.push(sent(&gateway, "GET / HT").await);
    }
    is_healthy(&gateway).await;
}

/// Clients take all file descriptors, except one that is kept for `/health`.
#[cfg(unix)]
#[tokio::test]
async fn health_answers_while_no_file_descriptor_is_left() {
    let (first, listens) = closed();
    let (second, admin) = closed();
    drop((first, second));
    let path = routed("admin-descriptors", answering().await);
    let command = format!(
        "ulimit -n 40; exec {} --log off --listen {listens} --admin {admin} --config {}",
        binary(),
        path.display()
    );
    let _gateway = Command::new("sh")
        .args(["-c", &command])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("there is a shell");
    let connected = async { while TcpStream::connect(admin).await.is_err() {} };
    within(ms(10_000), connected).await.expect("it listens");
    let mut clients = Vec::new();
    for _ in 0..60 {
        clients.push(sent_to(listens, "GET / HT").await);
    }
    for _ in 0..3 {
        let mut stream = sent_to(admin, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n").await;
        let answer = within(ms(5_000), read_until(&mut stream, "up\n")).await.expect("it answers");
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    let mut late = sent_to(listens, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(within(ms(200), read_head(&mut late)).await.is_none(), "there really is none left");
}
