//! What a gateway speaks: HTTP/1.1 and HTTP/2 on either side, TLS, `WebSocket`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::support::{Gateway, exchange, file, ms, read_head, read_until, routes, telling, upstream, within};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// Answers 503 to its first request, and then with the version that it was asked in.
#[derive(Default)]
struct Versions(Mutex<Vec<(Version, http::HeaderMap)>>);

impl Versions {
    async fn serve<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(self: Arc<Self>, stream: S) {
        let service = service_fn(move |request: Request<Incoming>| {
            let versions = Arc::clone(&self);
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect().await?.to_bytes();
                let number = {
                    let mut seen = versions.0.lock().unwrap();
                    seen.push((head.version, head.headers));
                    seen.len()
                };
                let status = if number == 1 { 503 } else { 200 };
                let text = format!("{:?} {}", head.version, String::from_utf8_lossy(&body));
                Ok::<_, hyper::Error>(
                    Response::builder().status(status).body(Full::<Bytes>::from(text)).expect("valid"),
                )
            }
        });
        let _ =
            auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
    }

    async fn start(self: &Arc<Self>) -> SocketAddr {
        let versions = Arc::clone(self);
        upstream(move |_, stream| Arc::clone(&versions).serve(stream)).await
    }

    /// Over TLS, with these protocols to choose from; and the file with its certificate.
    async fn start_secure(self: &Arc<Self>, name: &str, protocols: &[&str]) -> (SocketAddr, String) {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let certificate = file(&format!("{name}.pem"), &cert.pem());
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
        let mut config = ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .expect("they belong together");
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("the loopback has free ports");
        let address = listener.local_addr().expect("it is bound");
        let versions = Arc::clone(self);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, versions) = (acceptor.clone(), Arc::clone(&versions));
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        versions.serve(stream).await;
                    }
                });
            }
        });
        (address, certificate.to_str().expect("a readable path").to_owned())
    }
}

fn client(http2: bool) -> Client<HttpConnector, Full<Bytes>> {
    Client::builder(TokioExecutor::new()).http2_only(http2).build_http()
}

/// Puts a body through the gateway, with cookies in two fields; status, version and text of the response, with the protocol that
/// its `Via` names before it.
async fn put(gateway: &Gateway, http2: bool) -> (u16, Version, String) {
    let request = Request::put(format!("http://{}/", gateway.address))
        .header("cookie", "a=1")
        .header("cookie", "b=2")
        .body(Full::from("body"))
        .expect("valid");
    let response = client(http2).request(request).await.expect("answered");
    let (status, version) = (response.status().as_u16(), response.version());
    let via = response.headers().get("via").and_then(|via| via.to_str().ok()?.split(' ').next());
    let via = via.unwrap_or_default().to_owned();
    let text = response.into_body().collect().await.expect("it arrives").to_bytes();
    (status, version, format!("{via} {}", String::from_utf8_lossy(&text)))
}

const RETRY: &str = "filters: [{ name: Retry, args: { profile: gateway } }]";

#[tokio::test]
async fn either_version_is_spoken_on_either_side() {
    for from_http2 in [false, true] {
        for to_http2 in [false, true] {
            let versions = Arc::<Versions>::default();
            let address = versions.start().await;
            let name = format!("versions-{from_http2}-{to_http2}");
            let text = routes(&format!(
                "- id: {name}\n  uri: http://{address}\n  metadata: {{ http2: {to_http2} }}\n  {RETRY}"
            ));
            let gateway = Gateway::serve(&file(&format!("{name}.yaml"), &text), &["--log", "off"]).await;
            let (status, version, text) = put(&gateway, from_http2).await;
            let named = |http2| if http2 { Version::HTTP_2 } else { Version::HTTP_11 };
            assert_eq!((status, version), (200, named(from_http2)), "{name}");
            let spoken = if to_http2 { "2.0" } else { "1.1" };
            assert_eq!(text, format!("{spoken} {:?} body", named(to_http2)), "{name}");
            let seen = versions.0.lock().unwrap();
            assert_eq!(seen.len(), 2, "{name}");
            for (_, headers) in seen.iter() {
                let cookies: Vec<_> = headers.get_all("cookie").iter().collect();
                assert!(cookies == ["a=1; b=2"] || !from_http2 && cookies == ["a=1", "b=2"], "{cookies:?}");
                assert!(headers.contains_key("via") && headers["x-forwarded-proto"] == "http", "{headers:?}");
            }
        }
    }
}

#[tokio::test]
async fn servers_are_reached_over_tls_with_whatever_they_choose() {
    for (name, protocols, version) in [
        ("tls-2", &["h2", "http/1.1"][..], Version::HTTP_2),
        ("tls-1", &["http/1.1"][..], Version::HTTP_11),
        ("tls-0", &[][..], Version::HTTP_11),
    ] {
        let versions = Arc::<Versions>::default();
        let (address, certificate) = versions.start_secure(name, protocols).await;
        let text = routes(&format!("- id: {name}\n  uri: https://{address}\n  {RETRY}"));
        let trusting = text.replace(
            "response-timeout: 10s",
            &format!("response-timeout: 10s, ssl: {{ trusted-x509-certificates: ['{certificate}'] }}"),
        );
        let gateway = Gateway::serve(&file(&format!("{name}.yaml"), &trusting), &["--log", "off"]).await;
        let (status, _, said) = put(&gateway, false).await;
        assert_eq!(status, 200, "{name}");
        assert!(said.ends_with(&format!(" {version:?} body")), "{name}: {said}");

        let mut doubting = Gateway::serve_heard(&file(&format!("{name}-doubt.yaml"), &text), &[]).await;
        assert_eq!(put(&doubting, false).await.0, 502, "{name}");
        let said = doubting.hear(&["event=attempt"]).await;
        assert!(said.contains("failure=local") && said.contains("certificate"), "{said}");
        let seen = versions.0.lock().unwrap().len();
        assert_eq!(seen, 2, "{name}: whom nobody trusts is asked nothing");
        file(&format!("{name}-doubt.yaml"), &trusting);
        doubting.signal("HUP").await;
        doubting.hear(&["reloaded, 1 routes"]).await;
        assert_eq!(put(&doubting, false).await.0, 200, "{name}: a reload changes whom it trusts");
    }
}

#[tokio::test]
async fn a_file_without_a_certificate_is_refused() {
    let empty = file("empty.pem", "no certificate");
    for (name, said) in [("/nowhere.pem", ""), (empty.to_str().expect("readable"), "there is no certificate")]
    {
        let text = routes("- id: one\n  uri: https://127.0.0.1:9").replace(
            "response-timeout: 10s",
            &format!("response-timeout: 10s, ssl: {{ trusted-x509-certificates: [{name}] }}"),
        );
        let path = file("no-certificate.yaml", &text);
        let mut command = tokio::process::Command::new(crate::support::binary());
        command.arg("--config").arg(&path).args(["--listen", "127.0.0.1:0"]).kill_on_drop(true);
        let output = within(ms(20_000), command.output()).await.expect("it ends").expect("it starts");
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{printed}");
        assert!(printed.contains(&format!("trusted-x509-certificates: {name}: {said}")), "{printed}");
    }
}

/// An echo behind a `WebSocket` handshake, which tells the head of each request.
async fn echo(stream: TcpStream, told: tokio::sync::mpsc::UnboundedSender<String>) {
    let mut stream = stream;
    let _ = told.send(read_head(&mut stream).await);
    let head = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                 Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    let _ = stream.write_all(head).await;
    let (mut read, mut write) = stream.split();
    let _ = tokio::io::copy(&mut read, &mut write).await;
}

#[tokio::test]
async fn a_websocket_goes_through_and_no_other_protocol_does() {
    let (told, mut heads) = tokio::sync::mpsc::unbounded_channel();
    let address = upstream(move |_, stream| echo(stream, told.clone())).await;
    // A `ws:` leads to the same server as `http:`.
    let text = routes(&format!("- id: socket\n  uri: ws://{address}\n  filters: [Retry]"));
    let gateway = Gateway::serve(&file("socket.yaml", &text), &["--log", "off"]).await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    let request = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    // What a client sends behind its request belongs to the other protocol, and is not lost.
    stream.write_all(format!("{request}early").as_bytes()).await.expect("it reads");
    let head = within(ms(5_000), read_until(&mut stream, "\r\n\r\n")).await.expect("answered").to_lowercase();
    assert!(head.starts_with("http/1.1 101 "), "{head}");
    for said in ["connection: upgrade\r\n", "upgrade: websocket\r\n", "sec-websocket-accept: s3ppl"] {
        assert!(head.contains(said), "{said} is missing: {head}");
    }
    let mut echoed = [0; 5];
    stream.read_exact(&mut echoed).await.expect("it comes back");
    assert_eq!(&echoed, b"early");
    stream.write_all(b"ping!").await.expect("it is read");
    stream.read_exact(&mut echoed).await.expect("it comes back");
    assert_eq!(&echoed, b"ping!");
    let head = heads.recv().await.expect("it was asked").to_lowercase();
    assert!(head.contains("upgrade: websocket") && head.contains("sec-websocket-key"), "{head}");

    // What HTTP/1.0 says of an upgrade counts for nothing.
    for (version, protocol) in [("1.1", "h2c"), ("1.0", "websocket")] {
        let request =
            format!("GET / HTTP/{version}\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n");
        let head = exchange(&gateway, &request, "\r\n\r\n").await;
        assert!(head.contains(" 502 "), "a change that nobody asked for: {head}");
        assert!(!heads.recv().await.expect("it was asked").to_lowercase().contains("upgrade"));
    }
}

#[tokio::test]
async fn a_server_can_ask_for_a_websocket_and_for_no_other_protocol() {
    for (id, protocols, passes) in
        [("asks-websocket", "h2c, WebSocket", Some("websocket")), ("asks-other", "TLS/1.3", None)]
    {
        let (address, _heads) = telling(move |_| {
            format!(
                "HTTP/1.1 426 No\r\nconnection: upgrade\r\nupgrade: {protocols}\r\ncontent-length: 0\r\n\r\n"
            )
        })
        .await;
        let text = routes(&format!("- id: {id}\n  uri: http://{address}"));
        let gateway = Gateway::serve(&file(&format!("{id}.yaml"), &text), &["--log", "off"]).await;
        for (http2, expected) in [(false, passes), (true, None)] {
            let request = Request::get(format!("http://{}/", gateway.address)).body(Full::default());
            let response = client(http2).request(request.expect("valid")).await.expect("answered");
            assert_eq!(response.status(), 426);
            let named = response.headers().get("upgrade").and_then(|value| value.to_str().ok());
            assert_eq!(named, expected, "{protocols}, HTTP/2: {http2}");
        }
    }
}

/// An upload that waits for a go-ahead gets it from the gateway, once, whatever becomes of the attempts.
#[tokio::test]
async fn an_upload_that_waits_to_be_told_is_told() {
    let (address, mut heads) =
        telling(|number| if number == 1 { OK.replace("200 OK", "503 No") } else { OK.to_owned() }).await;
    let text = routes(&format!("- id: expects\n  uri: http://{address}\n  {RETRY}"));
    let gateway = Gateway::serve(&file("expects.yaml", &text), &["--log", "off"]).await;
    let mut stream = TcpStream::connect(gateway.address).await.expect("it listens");
    let head = "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("it reads");
    let told = within(ms(5_000), read_until(&mut stream, "\r\n\r\n")).await.expect("told");
    assert_eq!(told, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"3\r\nabc\r\n0\r\n\r\n").await.expect("it reads");
    let head = within(ms(5_000), read_until(&mut stream, "\r\n\r\n")).await.expect("answered");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    for _ in 0..2 {
        let request = heads.recv().await.expect("two attempts");
        assert!(
            request.ends_with("3\r\nabc\r\n0\r\n\r\n") && !request.to_lowercase().contains("expect"),
            "{request}"
        );
    }
}
