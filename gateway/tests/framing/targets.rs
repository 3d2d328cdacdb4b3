//! The target of a request: its first line and its host.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::frames::{self, END_HEADERS, END_STREAM, HEADERS, Outcome, PREFACE, fields, frame};
use super::{Pair, Row, Sees, answered};
use crate::support::{Gateway, exchange, file, one_route, read_head, upstream};

/// The target of a request of HTTP/1 with its fields, and the status.
type Line = (&'static str, &'static str, u16);

const LINES: &[Line] = &[
    ("one `Host`", "GET / HTTP/1.1\r\nHost: WWW.retry.org:8080", 200),
    ("no `Host` in HTTP/1.1", "GET / HTTP/1.1", 400),
    ("no `Host` in HTTP/1.0", "GET / HTTP/1.0", 200),
    ("an empty `Host` in HTTP/1.1", "GET / HTTP/1.1\r\nHost: ", 400),
    ("an empty `Host` in HTTP/1.0", "GET / HTTP/1.0\r\nHost: ", 200),
    ("two `Host`, also equal ones", "GET / HTTP/1.1\r\nHost: a\r\nHost: a", 400),
    ("two `Host` in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b", 400),
    ("a slash in `Host`", "GET / HTTP/1.1\r\nHost: evil.com/.retry.com", 400),
    ("a question mark in `Host`", "GET / HTTP/1.1\r\nHost: evil.com?.retry.com", 400),
    ("`#` in `Host`", "GET / HTTP/1.1\r\nHost: evil.com#.retry.com", 400),
    ("a backslash in `Host`", "GET / HTTP/1.1\r\nHost: evil.com\\.retry.com", 400),
    ("user information in `Host`", "GET / HTTP/1.1\r\nHost: user@retry.com", 400),
    ("a space in `Host`", "GET / HTTP/1.1\r\nHost: evil.com .retry.com", 400),
    ("a comma in `Host`", "GET / HTTP/1.1\r\nHost: evil.com,.retry.com", 400),
    ("a quote in `Host`", "GET / HTTP/1.1\r\nHost: a\"b", 400),
    ("percent-encoding in `Host`", "GET / HTTP/1.1\r\nHost: evil.com%2F.retry.com", 400),
    ("a character beyond ASCII in `Host`", "GET / HTTP/1.1\r\nHost: r\u{e9}try.com", 400),
    ("an empty label in `Host`", "GET / HTTP/1.1\r\nHost: a..retry.com", 400),
    ("a dot at the end of `Host`", "GET / HTTP/1.1\r\nHost: retry.com.", 200),
    ("a scheme in `Host`", "GET / HTTP/1.1\r\nHost: http://retry.com", 400),
    ("port 65535", "GET / HTTP/1.1\r\nHost: a:65535", 200),
    ("port 65536", "GET / HTTP/1.1\r\nHost: a:65536", 400),
    ("a port with a sign", "GET / HTTP/1.1\r\nHost: a:+80", 400),
    ("two ports", "GET / HTTP/1.1\r\nHost: a:80:80", 400),
    ("an empty port", "GET / HTTP/1.1\r\nHost: a:", 200),
    ("a port without a host", "GET / HTTP/1.1\r\nHost: :80", 400),
    ("an IPv6 address", "GET / HTTP/1.1\r\nHost: [::1]:80", 200),
    ("an IPv6 address without brackets", "GET / HTTP/1.1\r\nHost: ::1", 400),
    ("brackets around a name", "GET / HTTP/1.1\r\nHost: [retry.com]", 400),
    ("a bracket that is not closed", "GET / HTTP/1.1\r\nHost: [::1", 400),
    ("two brackets before an address", "GET / HTTP/1.1\r\nHost: [[::1]", 400),
    ("text after a bracket", "GET / HTTP/1.1\r\nHost: [::1].retry.com", 400),
    ("a zone in an address", "GET / HTTP/1.1\r\nHost: [fe80::1%25eth0]", 400),
    ("a URI", "GET http://retry.com:81/x HTTP/1.1\r\nHost: retry.com:81", 200),
    ("a URI and another `Host`", "GET http://retry.com/x HTTP/1.1\r\nHost: elsewhere", 200),
    ("a URI with user information", "GET http://user@retry.com/x HTTP/1.1\r\nHost: retry.com", 200),
    ("a URI without `Host`", "GET http://retry.com/x HTTP/1.1", 400),
    ("a URI and an invalid `Host`", "GET http://retry.com/x HTTP/1.1\r\nHost: a/b", 400),
    ("a URI and two `Host`", "GET http://retry.com/x HTTP/1.1\r\nHost: retry.com\r\nHost: a", 400),
    ("a URI without a path", "GET http://retry.com HTTP/1.1\r\nHost: retry.com", 200),
    ("a URI without a path, with `#`", "GET http://retry.com#a HTTP/1.1\r\nHost: retry.com", 200),
    ("a URI with port 65536", "GET http://retry.com:65536/ HTTP/1.1\r\nHost: a", 400),
    ("a URI with a comma in its host", "GET http://evil.com,.retry.com/ HTTP/1.1\r\nHost: a", 400),
    ("`https://` in a URI", "GET https://retry.com/x HTTP/1.1\r\nHost: retry.com", 200),
    ("`ftp://` in a URI", "GET ftp://retry.com/x HTTP/1.1\r\nHost: retry.com", 400),
    ("a host alone", "GET retry.com:80 HTTP/1.1\r\nHost: retry.com", 400),
    ("a path without a slash", "GET x HTTP/1.1\r\nHost: retry.com", 400),
    ("`OPTIONS *`", "OPTIONS * HTTP/1.1\r\nHost: retry.com", 200),
    ("`*` with another method", "GET * HTTP/1.1\r\nHost: retry.com", 400),
    ("`CONNECT`", "CONNECT retry.com:443 HTTP/1.1\r\nHost: retry.com:443", 405),
    ("`%` without two digits in a path", "GET /a%2 HTTP/1.1\r\nHost: retry.com", 400),
    ("`%` before other letters in a path", "GET /a%zz HTTP/1.1\r\nHost: retry.com", 400),
    ("`#` in a path", "GET /a#b HTTP/1.1\r\nHost: retry.com", 200),
    ("no version", "GET /", 400),
    ("two spaces before the target", "GET  / HTTP/1.1\r\nHost: retry.com", 400),
];

/// The pseudo-fields and `host` of a request of HTTP/2, and what becomes of it.
type Stream = (&'static str, &'static [&'static str], Outcome);

const OK: Outcome = Outcome::Status(200);
const BAD: Outcome = Outcome::Status(400);
const GET: &str = ":method: GET";
const HTTP: &str = ":scheme: http";
const HTTPS: &str = ":scheme: https";
const ROOT: &str = ":path: /";

const STREAMS: &[Stream] = &[
    ("HTTP/2, `:authority`", &[GET, HTTP, ROOT, ":authority: retry.com"], OK),
    ("HTTP/2, `host` alone", &[GET, HTTP, ROOT, "host: retry.com"], OK),
    ("HTTP/2, neither", &[GET, HTTP, ROOT], BAD),
    (
        "HTTP/2, both, with the default port",
        &[GET, HTTP, ROOT, ":authority: retry.com", "host: Retry.com:80"],
        OK,
    ),
    ("HTTP/2, both, different", &[GET, HTTP, ROOT, ":authority: retry.com", "host: other.com"], BAD),
    (
        "HTTP/2, both, with different ports",
        &[GET, HTTP, ROOT, ":authority: retry.com", "host: retry.com:81"],
        BAD,
    ),
    (
        "HTTP/2, both, with the default port of `https`",
        &[GET, HTTPS, ROOT, ":authority: retry.com", "host: retry.com:443"],
        OK,
    ),
    (
        "HTTP/2, both, with the default port of another scheme",
        &[GET, HTTPS, ROOT, ":authority: retry.com", "host: retry.com:80"],
        BAD,
    ),
    ("HTTP/2, two `host`", &[GET, HTTP, ROOT, "host: retry.com", "host: retry.com"], BAD),
    ("HTTP/2, an invalid `host`", &[GET, HTTP, ROOT, "host: evil.com/.retry.com"], BAD),
    ("HTTP/2, user information", &[GET, HTTP, ROOT, ":authority: user@retry.com"], BAD),
    (
        "HTTP/2, a slash in `:authority`",
        &[GET, HTTP, ROOT, ":authority: evil.com/.retry.com"],
        Outcome::Reset,
    ),
    ("HTTP/2, `:scheme: ftp`", &[GET, ":scheme: ftp", ROOT, ":authority: retry.com"], BAD),
    ("HTTP/2, no `:scheme`", &[GET, ROOT, ":authority: retry.com"], Outcome::Reset),
    ("HTTP/2, no `:path`", &[GET, HTTP, ":authority: retry.com"], Outcome::Reset),
    ("HTTP/2, no `:path` and no `:authority`", &[GET, HTTP, "host: retry.com"], BAD),
    ("HTTP/2, an empty `:path`", &[GET, HTTP, ":path: ", ":authority: retry.com"], Outcome::Reset),
    ("HTTP/2, a path without a slash", &[GET, HTTP, ":path: x", ":authority: retry.com"], Outcome::Reset),
    ("HTTP/2, `*` with `GET`", &[GET, HTTP, ":path: *", ":authority: retry.com"], BAD),
    ("HTTP/2, `OPTIONS *`", &[":method: OPTIONS", HTTP, ":path: *", ":authority: retry.com"], OK),
    ("HTTP/2, `CONNECT`", &[":method: CONNECT", ":authority: retry.com:443"], Outcome::Status(405)),
];

pub(super) fn rows() -> Vec<Row> {
    let line =
        |(arrives, _, status): &Line| (*arrives, status.to_string(), "invalid_targets_and_hosts_get_400");
    let stream = |(arrives, _, outcome): &Stream| {
        (*arrives, outcome.words(), "invalid_targets_over_http2_get_400_or_a_reset")
    };
    LINES.iter().map(line).chain(STREAMS.iter().map(stream)).collect()
}

const fn sees(status: u16) -> Sees {
    if status == 200 { Sees::NoBody } else { Sees::Nothing }
}

#[tokio::test]
async fn invalid_targets_and_hosts_get_400() {
    let mut pair = Pair::start("framing-targets").await;
    for &(arrives, head, status) in LINES {
        let mut stream = TcpStream::connect(pair.gateway.address).await.expect("the gateway listens");
        stream.write_all(format!("{head}\r\n\r\n").as_bytes()).await.expect("the gateway reads");
        assert_eq!(answered(&mut stream, status == 400, arrives).await, status, "{arrives}");
        pair.check(sees(status), arrives).await;
    }
}

#[tokio::test]
async fn invalid_targets_over_http2_get_400_or_a_reset() {
    let mut pair = Pair::start("framing-authorities").await;
    for &(arrives, lines, outcome) in STREAMS {
        let mut stream = TcpStream::connect(pair.gateway.address).await.expect("the gateway listens");
        let sent = [PREFACE, &frame(HEADERS, END_HEADERS | END_STREAM, 1, &fields(lines))].concat();
        stream.write_all(&sent).await.expect("the gateway reads");
        assert_eq!(frames::answered(&mut stream, arrives).await, outcome, "{arrives}");
        pair.check(sees(if outcome == OK { 200 } else { 400 }), arrives).await;
    }
}

/// What the server reads must be a request, whatever is left out of a target.
#[tokio::test]
async fn a_target_without_a_path_asks_for_the_root() {
    let server = upstream(|_, mut stream| async move {
        let head = read_head(&mut stream).await;
        let line = head.lines().next().unwrap_or_default();
        let length = line.len();
        let response =
            format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{line}");
        let _ = stream.write_all(response.as_bytes()).await;
    })
    .await;
    let text = one_route("framing-root", &format!("http://{server}"), "[]");
    let gateway = Gateway::serve(&file("framing-root.yaml", &text), &["--log", "off"]).await;
    for target in ["http://retry.com", "http://retry.com#a", "http://retry.com#a/b?c"] {
        let request = format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
        let response = exchange(&gateway, &request, "GET / HTTP/1.1").await;
        assert!(response.ends_with("\r\n\r\nGET / HTTP/1.1"), "{target}: {response}");
    }
}
