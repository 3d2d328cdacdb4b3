//! What a proxy must see to, byte by byte: heads, hosts, trailers, protocols.

use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::support::{Gateway, closed, exchange, file, ms, read_head, read_until, telling, upstream, within};

/// An upstream that tells the head of each request and answers with `reply`; and a gateway before it.
async fn start(name: &str, reply: &'static str) -> (Gateway, mpsc::UnboundedReceiver<String>) {
    let (address, heads) = telling(move |_| reply.to_owned()).await;
    (Gateway::start(name, address, "- Retry").await, heads)
}

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nkeep-alive: timeout=5\r\nx-end: 1\r\n\r\n";

#[tokio::test]
async fn fields_of_one_connection_stay_on_it_and_the_rest_passes() {
    let (gateway, mut heads) = start("heads", OK).await;
    let request = "GET /a%2Fb/../c?q=%20x HTTP/1.1\r\nHost: WWW.retry.org:1234\r\nConnection: close, X-Mine\r\n\
                   X-Mine: 1\r\nX-Yours: 2\r\nTE: trailers\r\nUpgrade: h2c\r\nProxy-Connection: close\r\n\
                   Keep-Alive: timeout=5\r\nExpect: 100-continue\r\n\r\n";
    let response = exchange(&gateway, request, "\r\n\r\n").await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n") && response.contains("x-end: 1"), "{response}");
    assert!(!response.contains("keep-alive: timeout"), "{response}");
    let head = heads.recv().await.expect("the upstream was asked").to_lowercase();
    assert!(head.starts_with("get /a%2fb/../c?q=%20x http/1.1\r\n"), "{head}");
    for passed in ["x-yours: 2", "te: trailers", "host: 127.0.0.1:"] {
        assert!(head.contains(passed), "{passed} is missing: {head}");
    }
    for stripped in
        ["x-mine", "upgrade", "proxy-connection", "connection: close", "keep-alive", "expect", "\nhost: www"]
    {
        assert!(!head.contains(stripped), "{stripped} has passed: {head}");
    }
}

#[tokio::test]
async fn trailers_pass_both_ways() {
    let reply = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n2\r\nok\r\n0\r\nx-sum: 7\r\n\r\n";
    let (gateway, mut heads) = start("trailers", reply).await;
    let request = "POST / HTTP/1.1\r\nHost: www.retry.org\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n\
                   Trailer: x-check\r\n\r\n3\r\nabc\r\n0\r\nx-check: 9\r\n\r\n";
    let response = exchange(&gateway, request, "x-sum: 7\r\n\r\n").await;
    assert!(response.ends_with("0\r\nx-sum: 7\r\n\r\n"), "{response}");
    let received = heads.recv().await.expect("the upstream was asked");
    assert!(received.ends_with("3\r\nabc\r\n0\r\nx-check: 9\r\n\r\n"), "{received}");
}

#[tokio::test]
async fn an_old_upstream_does_not_make_the_gateway_old() {
    let (gateway, _heads) = start("old", "HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let response = exchange(&gateway, "GET / HTTP/1.1\r\nHost: www.retry.org\r\n\r\n", "\r\n\r\n").await;
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused() {
    let switching = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
    let (gateway, _heads) = start("refusals", switching).await;
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: www.retry.org\r\n\r\n", "502"),
        ("GET / HTTP/1.1\r\nHost: www.retry.org\r\nHost: www.retry.org\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nHost: retry.org\r\n\r\n", "404"),
        ("CONNECT www.retry.org:443 HTTP/1.1\r\nHost: www.retry.org:443\r\n\r\n", "405"),
    ] {
        let response = exchange(&gateway, request, "\r\n\r\n").await;
        assert!(response.starts_with(&format!("HTTP/1.1 {status} ")), "{request}{response}");
    }
}

#[tokio::test]
async fn a_host_in_the_request_line_counts() {
    let (gateway, mut heads) = start("absolute", OK).await;
    let request = "GET http://user@www.retry.org:81/x HTTP/1.1\r\nHost: elsewhere\r\n\r\n";
    assert!(exchange(&gateway, request, "\r\n\r\n").await.starts_with("HTTP/1.1 200 OK"));
    assert!(heads.recv().await.expect("the upstream was asked").starts_with("GET /x HTTP/1.1\r\n"));
}

#[tokio::test]
async fn an_interrupted_gateway_lets_running_requests_end() {
    let (answered, mut asked) = mpsc::unbounded_channel();
    let go = Arc::new(Mutex::new(Vec::new()));
    let wait = Arc::clone(&go);
    let address = upstream(move |_, mut stream| {
        let (answered, wait) = (answered.clone(), Arc::clone(&wait));
        async move {
            read_head(&mut stream).await;
            let (send, receive) = tokio::sync::oneshot::channel::<()>();
            wait.lock().unwrap().push(send);
            let _ = answered.send(());
            let _ = receive.await;
            let _ = stream.write_all(OK.as_bytes()).await;
        }
    })
    .await;
    let gateway = Gateway::start("graceful", address, "- Retry").await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("the gateway listens");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: www.retry.org\r\n\r\n").await.expect("the gateway reads");
    asked.recv().await.expect("the upstream was asked");
    let ending = tokio::spawn(gateway.interrupt());
    // The gateway is on its way out while its upstream still thinks.
    let _ = within(ms(200), std::future::pending::<()>()).await;
    assert!(!ending.is_finished());
    let waiting = go.lock().unwrap().pop().expect("it waits");
    waiting.send(()).expect("it waits");
    let response = read_until(&mut stream, "\r\n\r\n").await;
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    drop(stream);
    assert_eq!(ending.await.expect("no panic"), Some(0));
}

#[tokio::test]
async fn an_operator_is_warned_of_routes_that_catch_all_or_lead_back() {
    let (_held, closed) = closed();
    let text = format!(
        "spring:\n  cloud:\n    gateway:\n      routes:\n      - id: all\n        uri: http://{closed}\n      - id: \
         late\n        uri: http://a\n        predicates: [Host=a]\n"
    );
    let path = file("warnings.yaml", &text);
    let mut command = tokio::process::Command::new(crate::support::binary());
    // The address is taken: the gateway says what it has to say, and ends.
    command.arg("--config").arg(&path).args(["--listen", &closed.to_string()]).kill_on_drop(true);
    let output = within(ms(20_000), command.output()).await.expect("it ends").expect("it starts");
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{printed}");
    for said in [
        "line 5: route `all` has no predicates: it matches every request",
        "line 7: route `late` is never reached: `all` before it matches every request",
        "route `all` leads to this gateway itself",
        "cannot listen on 127.0.0.1:",
    ] {
        assert!(printed.contains(said), "{said} is missing:\n{printed}");
    }
}
