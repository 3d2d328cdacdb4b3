//! What a gateway says of itself and of the client, to the server and to itself.

use http::Request;
use http_body_util::Full;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Gateway, client, exchange, file, ms, read_head, routes, telling, within};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

#[tokio::test]
async fn a_server_learns_who_asked_and_a_client_cannot_make_it_up() {
    let request = "GET / HTTP/1.1\r\nHost: shop.example:81\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n\
                   X-Forwarded-Host: evil.example\r\nX-Forwarded-Port: 666\r\nForwarded: for=6.6.6.6\r\nX-Forwarded-Prefix: /p\r\nVia: 1.0 edge\r\n\r\n";
    // The address as a whole has to match, not a part of it.
    for (index, (pattern, trusted)) in
        [(None, false), (Some(r"27\.0\.0\."), false), (Some(r"127\.0\.0\..*"), true)].into_iter().enumerate()
    {
        let (address, mut heads) = telling(|_| OK.to_owned()).await;
        let mut text = routes(&format!("- id: learns\n  uri: http://{address}"));
        if let Some(pattern) = pattern {
            let proxies = format!("      trusted-proxies: '{pattern}'\n      routes:");
            text = text.replacen("      routes:", &proxies, 1);
        }
        let gateway = Gateway::serve(&file(&format!("learns-{index}.yaml"), &text), &["--log", "off"]).await;
        let response = exchange(&gateway, request, "\r\n\r\n").await;
        assert!(response.contains("via: 1.1 persevere-"), "{response}");
        let head = heads.recv().await.expect("it was asked");
        let values = |name: &str| -> Vec<String> {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.filter(|(known, _)| *known == name).map(|(_, value)| value.to_owned()).collect()
        };
        let own = "for=127.0.0.1;host=\"shop.example:81\";proto=http".to_owned();
        if trusted {
            assert_eq!(values("x-forwarded-for"), ["6.6.6.6", "127.0.0.1"]);
            assert_eq!(values("x-forwarded-proto"), ["https"]);
            assert_eq!(values("forwarded"), ["for=6.6.6.6".to_owned(), own]);
            assert_eq!(values("x-forwarded-host"), ["evil.example"]);
            assert_eq!(values("x-forwarded-port"), ["666"]);
        } else {
            assert_eq!(values("x-forwarded-for"), ["127.0.0.1"]);
            assert_eq!(values("x-forwarded-proto"), ["http"]);
            assert_eq!(values("forwarded"), [own]);
            assert_eq!(values("x-forwarded-host"), ["shop.example:81"]);
            assert!(values("x-forwarded-port").is_empty(), "{head}");
            assert!(values("x-forwarded-prefix").is_empty(), "{head}");
        }
        let via = values("via");
        assert!(via.len() == 2 && via[0] == "1.0 edge" && via[1].starts_with("1.1 persevere-"), "{via:?}");
    }
}

#[tokio::test]
async fn a_server_learns_the_host_of_each_request() {
    let (address, mut heads) = telling(|_| OK.to_owned()).await;
    let text = routes(&format!("- id: hosts\n  uri: http://{address}"));
    let gateway = Gateway::serve(&file("hosts.yaml", &text), &["--log", "off"]).await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("the gateway listens");
    for host in ["a.example", "a.example", "b.example", "a.example"] {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("the gateway reads");
        let head = within(ms(10_000), read_head(&mut stream)).await.expect("it answers");
        assert!(head.starts_with("HTTP/1.1 200 "), "{host}: {head}");
        let told = heads.recv().await.expect("it was asked");
        assert!(told.contains(&format!("\r\nx-forwarded-host: {host}\r\n")), "{host}: {told}");
        assert!(told.contains(&format!("\r\nforwarded: for=127.0.0.1;host=\"{host}\";")), "{host}: {told}");
    }
    exchange(&gateway, "GET / HTTP/1.0\r\nHost: old.example\r\n\r\n", "\r\n\r\n").await;
    let told = heads.recv().await.expect("it was asked");
    assert!(told.contains("\r\nx-forwarded-host: old.example\r\n"), "{told}");
}

#[tokio::test]
async fn a_request_goes_as_far_as_it_may() {
    let (address, mut heads) = telling(|_| OK.to_owned()).await;
    let text = routes(&format!("- id: hops\n  uri: http://{address}"));
    let gateway = Gateway::serve(&file("hops.yaml", &text), &["--log", "off"]).await;
    for (method, hops, passed) in [
        ("OPTIONS", "2", Some("max-forwards: 1")),
        ("OPTIONS", "0", None),
        ("TRACE", "0", None),
        ("OPTIONS", "many", Some("max-forwards: many")),
        ("GET", "0", Some("max-forwards: 0")),
    ] {
        let request = format!("{method} / HTTP/1.1\r\nHost: a\r\nMax-Forwards: {hops}\r\n\r\n");
        let head = exchange(&gateway, &request, "\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200 "), "{method} {hops}: {head}");
        let seen = heads.try_recv().ok();
        assert_eq!(seen.is_some(), passed.is_some(), "{method} {hops}");
        assert!(passed.is_none_or(|line| seen.unwrap_or_default().contains(line)), "{method} {hops}");
    }
}

#[tokio::test]
async fn a_request_that_comes_back_is_stopped() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("the loopback has free ports");
    let own = listener.local_addr().expect("it is bound");
    drop(listener);
    let text = routes(&format!("- id: loop\n  uri: http://{own}"));
    let path = file("loop.yaml", &text);
    let mut process = tokio::process::Command::new(crate::support::binary());
    process
        .arg("--config")
        .arg(&path)
        .args(["--log", "off", "--listen", &own.to_string()])
        .kill_on_drop(true);
    let _process = process.stdout(std::process::Stdio::null()).spawn().expect("it starts");
    let response = loop {
        let request = Request::get(format!("http://{own}/")).body(Full::default()).expect("valid");
        match client().request(request).await {
            Ok(response) => break response,
            Err(_) => drop(within(ms(20), std::future::pending::<()>()).await),
        }
    };
    assert_eq!(response.status().as_u16(), 508);
}
