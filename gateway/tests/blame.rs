//! Which failures make an instance rest, and which say nothing of it.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{Barrier, Notify, mpsc};

use crate::instances::service;
use crate::support::{Gateway, Recorder, Reply, closed, file, ms, read_head, telling, upstream, within};
use test_servers::script::{Act, Script, h2};

/// Starts a gateway for `first` and a good instance, with these lines under its route.
async fn gateway(name: &str, first: SocketAddr, good: SocketAddr, lines: &str) -> Gateway {
    let text = service(name, &[first, good], "[]").replace("response-timeout: 10s", "response-timeout: 150");
    let text = text.replace("          filters:", &format!("          {lines}\n          filters:"));
    Gateway::serve_heard(&file(&format!("{name}.yaml"), &text), &["--admin", "127.0.0.1:0"]).await
}

/// Returns true if one of the instances rests after 16 requests.
async fn rests(gateway: &Gateway, name: &str) -> bool {
    for _ in 0..16 {
        gateway.get("/").await;
    }
    let (_, metrics) = gateway.ask("/metrics").await;
    metrics.contains(&format!("gateway_instances_resting{{route=\"{name}\"}} 1\n"))
}

async fn good() -> SocketAddr {
    Arc::<Recorder>::default().start(|_| Reply::Status(200, "")).await
}

#[tokio::test]
async fn failed_exchanges_make_an_instance_rest() {
    for act in [Act::Close, Act::Reset, Act::Junk, Act::Stall] {
        let name = format!("blamed_{act:?}");
        let script = Script::new([act; 16]);
        let gateway = gateway(&name, script.start().await, good().await, "metadata: { http2: false }").await;
        assert!(rests(&gateway, &name).await, "{act:?}");
        let received = script.received().len();
        assert!((3..8).contains(&received), "{act:?}: {received}");
    }
}

#[tokio::test]
async fn only_failed_streams_that_may_have_run_make_an_instance_rest() {
    for (act, blamed) in [
        (h2::Act::Reset(::h2::Reason::INTERNAL_ERROR), true),
        (h2::Act::Reset(::h2::Reason::REFUSED_STREAM), false),
        (h2::Act::GoAway, false),
    ] {
        let name = format!("blamed_{}", format!("{act:?}").replace(['(', ')'], "_"));
        let (script, good) = (h2::Script::new([act; 16]), h2::Script::new([]));
        let gateway =
            gateway(&name, script.start().await, good.start().await, "metadata: { http2: true }").await;
        assert_eq!(rests(&gateway, &name).await, blamed, "{act:?}");
        let requests = script.requests();
        assert!(if blamed { (3..8).contains(&requests) } else { requests == 8 }, "{act:?}: {requests}");
    }
}

/// A server may close a connection that has been idle.
#[tokio::test]
async fn closed_old_connections_make_no_instance_rest() {
    const OLD: usize = 4;
    let all = Arc::new(Barrier::new(OLD));
    let first = upstream(move |_, mut stream| {
        let all = Arc::clone(&all);
        async move {
            read_head(&mut stream).await;
            all.wait().await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
            read_head(&mut stream).await;
        }
    });
    let text = service("old", &[first.await, good().await], "[]");
    let arguments = ["--log", "off", "--admin", "127.0.0.1:0", "--threads", "1"];
    let gateway = Gateway::serve(&file("old.yaml", &text), &arguments).await;
    let statuses = futures::future::join_all((0..2 * OLD).map(|_| gateway.get("/"))).await;
    assert!(statuses.iter().all(|response| response.status() == 200), "{statuses:?}");
    let mut closed = 0;
    for _ in 0..2 * OLD {
        closed += usize::from(gateway.get("/").await.status() == 502);
    }
    assert_eq!(closed, OLD, "every other one");
    let (_, metrics) = gateway.ask("/metrics").await;
    assert!(metrics.contains("gateway_instances_resting{route=\"old\"} 0\n"), "{metrics}");
}

#[tokio::test]
async fn an_unavailable_server_of_grpc_rests() {
    let answer = "HTTP/1.1 200 OK\r\ngrpc-status: 14\r\ncontent-length: 0\r\n\r\n";
    let (first, _heads) = telling(|_| answer.to_owned()).await;
    let gateway = gateway("grpc_14", first, good().await, "metadata: { http2: false }").await;
    assert!(rests(&gateway, "grpc_14").await);
}

#[tokio::test]
async fn retry_after_makes_the_rest_longer() {
    let answer = "HTTP/1.1 503 No\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n";
    let (first, _heads) = telling(|_| answer.to_owned()).await;
    let mut gateway = gateway("asks_for_rest", first, good().await, "metadata: { http2: false }").await;
    assert!(rests(&gateway, "asks_for_rest").await);
    gateway.hear(&["event=rest", "rest_ms=7000"]).await;
}

#[tokio::test]
async fn clients_that_go_make_no_instance_rest() {
    let (told, mut asked) = mpsc::unbounded_channel();
    let first = upstream(move |_, mut stream| {
        let told = told.clone();
        async move {
            while !read_head(&mut stream).await.is_empty() {
                let _ = told.send(());
            }
        }
    });
    let text = service("gone", &[first.await, good().await], "[]");
    let gateway =
        Gateway::serve(&file("gone.yaml", &text), &["--log", "off", "--admin", "127.0.0.1:0"]).await;
    for _ in 0..6 {
        let mut client = TcpStream::connect(gateway.address).await.expect("it listens");
        client.write_all(b"GET / HTTP/1.1\r\nhost: www.retry.org\r\n\r\n").await.expect("it reads");
        within(ms(10_000), asked.recv()).await.flatten().expect("it is the turn of the silent one");
        drop(client);
        assert_eq!(gateway.get("/").await.status().as_u16(), 200, "the other one");
    }
    let (_, metrics) = gateway.ask("/metrics").await;
    assert!(metrics.contains("gateway_instances_resting{route=\"gone\"} 0\n"), "{metrics}");
}

/// The server is fine, because the limit is the gateway's own.
#[tokio::test]
async fn a_full_pool_makes_no_instance_rest() {
    let (told, mut asked) = mpsc::unbounded_channel();
    let go_on = Arc::new(Notify::new());
    let held = Arc::clone(&go_on);
    let first = upstream(move |_, mut stream| {
        let (told, held) = (told.clone(), Arc::clone(&held));
        async move {
            while !read_head(&mut stream).await.is_empty() {
                let _ = told.send(());
                held.notified().await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
            }
        }
    });
    let pool = "connect-timeout: 500, pool: { max-connections: 1, acquire-timeout: 20 }";
    let text = service("full", &[first.await, good().await], "[]").replace("connect-timeout: 500", pool);
    let arguments = ["--log", "off", "--admin", "127.0.0.1:0"];
    let gateway = Arc::new(Gateway::serve(&file("full.yaml", &text), &arguments).await);
    let other = Arc::clone(&gateway);
    let slow = tokio::spawn(async move { other.get("/").await.status().as_u16() });
    asked.recv().await.expect("it has the only connection");
    let mut refused = 0;
    for _ in 0..10 {
        refused += usize::from(gateway.get("/").await.status().as_u16() == 502);
    }
    assert_eq!(refused, 5, "every other one");
    go_on.notify_one();
    assert_eq!(slow.await.expect("it ends"), 200);
}

/// The first address accepts and sends nothing, so the connect timeout ends the wait.
#[tokio::test]
async fn an_attempt_leaves_time_to_connect_for_the_next_address() {
    let (port, [silent, listener]) = crate::addresses::listeners().await;
    let answers = async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = hyper::service::service_fn(async |_| {
                Ok::<_, std::convert::Infallible>(http::Response::new(String::from("there")))
            });
            let builder = hyper::server::conn::http2::Builder::new(hyper_util::rt::TokioExecutor::new());
            tokio::spawn(builder.serve_connection(hyper_util::rt::TokioIo::new(stream), service));
        }
    };
    tokio::spawn(answers);
    let text = crate::support::one_route("silent_address", &format!("http://orders.test:{port}"), "[]");
    let text = text.replace("          filters:", "          metadata: { http2: true }\n          filters:");
    let resolve = ["--resolve", "orders.test=127.0.0.1,127.0.0.2"];
    let mut gateway = Gateway::serve_heard(&file("silent_address.yaml", &text), &resolve).await;
    for _ in 0..4 {
        assert_eq!(gateway.get("/").await.body(), "there");
    }
    gateway.hear(&["event=rest", "address=127.0.0.1:"]).await;
    drop(silent);
}

/// A refused connection is clear at once.
#[tokio::test]
async fn one_refused_connection_makes_an_instance_rest() {
    let (_held, dead) = closed();
    let mut gateway = gateway("refuses", dead, good().await, "metadata: { http2: false }").await;
    assert_eq!(gateway.get("/").await.status().as_u16(), 502);
    assert_eq!(gateway.get("/").await.status().as_u16(), 200);
    assert_eq!(gateway.get("/").await.status().as_u16(), 200);
    gateway.hear(&["event=rest"]).await;
}
