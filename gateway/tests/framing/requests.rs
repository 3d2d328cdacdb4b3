//! Requests of HTTP/1.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{Pair, Row, Sees, answered};

/// The framing of a request of HTTP/1, and the reaction of the gateway.
struct Line {
    arrives: &'static str,
    /// As it is sent, with the method, or with all of them for `METHOD`.
    sent: &'static str,
    /// The bytes sent once the server has the head; `END` for the connection's end.
    then: &'static str,
    status: u16,
    closes: bool,
    sees: Sees,
}

const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"];

const fn passes(arrives: &'static str, sent: &'static str, sees: Sees) -> Line {
    Line { arrives, sent, then: "", status: 200, closes: false, sees }
}

const fn refused(arrives: &'static str, sent: &'static str, status: u16) -> Line {
    Line { arrives, sent, then: "", status, closes: true, sees: Sees::Nothing }
}

/// A body that breaks off after its first chunk or bytes have reached the server.
const fn broken(arrives: &'static str, sent: &'static str, then: &'static str) -> Line {
    Line { arrives, sent, then, status: 400, closes: true, sees: Sees::Part }
}

const BEGINS: &str = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";

/// A size whose extension is longer than hyper reads.
static LONG: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| format!("5;{}", "x".repeat(20_000)));

const LINES: &[Line] = &[
    passes("neither field, any method", "METHOD / HTTP/1.1\r\nHost: a\r\n\r\n", Sees::NoBody),
    passes(
        "`Content-Length: 5`, any method",
        "METHOD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        Sees::Length("hello"),
    ),
    passes(
        "`Content-Length: 0`, any method",
        "METHOD / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        Sees::Length(""),
    ),
    passes(
        "`chunked`, any method",
        "METHOD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=\"y\"\r\nllo\r\n0\r\n\r\n",
        Sees::Chunked("hello"),
    ),
    passes(
        "`chunked` with an empty body, any method",
        "METHOD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
        Sees::Chunked(""),
    ),
    passes(
        "`chunked`, sent again after 503",
        "PUT /again HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        Sees::Chunked("hello"),
    ),
    passes(
        "`GET` with `chunked`, sent again after 503",
        "GET /again HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        Sees::Chunked("hello"),
    ),
    passes(
        "`Content-Length: 5`, sent again after 503",
        "GET /again HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        Sees::Length("hello"),
    ),
    passes(
        "HTTP/1.0, `Content-Length: 5`",
        "POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
        Sees::Length("hello"),
    ),
    Line { closes: true, ..passes("HTTP/1.0, neither field", "POST / HTTP/1.0\r\n\r\n", Sees::NoBody) },
    refused(
        "HTTP/1.0, `chunked`",
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        400,
    ),
    Line {
        closes: true,
        ..passes(
            "`Content-Length: 3` before `chunked`",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            Sees::Chunked("hello"),
        )
    },
    Line {
        closes: true,
        ..passes(
            "`chunked` before `Content-Length: 3`",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            Sees::Chunked("hello"),
        )
    },
    passes(
        "two equal `Content-Length`",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        Sees::Length("hello"),
    ),
    refused(
        "two different `Content-Length`",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        400,
    ),
    refused("`Content-Length: 5, 5`", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello", 400),
    refused("`Content-Length: +5`", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello", 400),
    refused("`Content-Length: -1`", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
    refused("`Content-Length` without a value", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400),
    refused("`Content-Length: 0x5`", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello", 400),
    refused(
        "`Content-Length` beyond 64 bits",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
        400,
    ),
    refused(
        "`gzip, chunked`",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        501,
    ),
    refused(
        "`gzip` and `chunked` in two fields",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        501,
    ),
    refused(
        "`identity, chunked`",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
        501,
    ),
    refused(
        "`chunked, chunked`",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    refused(
        "`chunked` in two fields",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    refused(
        "`chunked, gzip`",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        400,
    ),
    refused("`gzip` alone", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nhello", 400),
    refused(
        "`identity` alone",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\nhello",
        400,
    ),
    refused(
        "`chunked;q=1`",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
        400,
    ),
    refused("`xchunked`", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    refused(
        "a space before the colon",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    refused("a field that is folded", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n", 400),
    refused("a bare CR in a field", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\rc\r\n\r\n", 400),
    refused("NUL in a field", "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n", 400),
    passes("lines that end in LF alone", "GET / HTTP/1.1\nHost: a\n\n", Sees::NoBody),
    broken("no size before a chunk", BEGINS, "zz\r\nhello\r\n0\r\n\r\n"),
    broken("a size with a sign", BEGINS, "-5\r\nhello\r\n0\r\n\r\n"),
    broken("a size beyond 64 bits", BEGINS, "11111111111111111\r\nhello\r\n0\r\n\r\n"),
    broken("a size that ends in LF alone", BEGINS, "5\nhello\r\n0\r\n\r\n"),
    broken("no CRLF after a chunk", BEGINS, "5\r\nhelloX\r\n0\r\n\r\n"),
    broken("a chunk extension of 20,000 bytes", BEGINS, "LONG\r\nhello\r\n0\r\n\r\n"),
    broken("LF in a chunk extension", BEGINS, "5;a\nb\r\nhello\r\n0\r\n\r\n"),
    broken("a trailer without a colon", BEGINS, "0\r\nnonsense\r\n\r\n"),
    broken("the connection ends before the last chunk", BEGINS, "END"),
    broken(
        "the connection ends before `Content-Length`",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello",
        "END",
    ),
    broken(
        "HTTP/1.0, the connection ends before `Content-Length`",
        "POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello",
        "END",
    ),
    broken(
        "`GET`, no size before a chunk",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "zz\r\n",
    ),
];

pub(super) fn rows() -> Vec<Row> {
    let row = |line: &Line| {
        let does =
            format!("{}{}; {}", line.status, if line.closes { ", close" } else { "" }, line.sees.words());
        (line.arrives, does, "requests_of_http1_pass_whole_or_are_refused")
    };
    LINES.iter().map(row).collect()
}

#[tokio::test]
async fn requests_of_http1_pass_whole_or_are_refused() {
    let mut pair = Pair::start("framing-requests").await;
    for line in LINES {
        let all = line.sent.starts_with("METHOD");
        for method in METHODS.iter().take(if all { METHODS.len() } else { 1 }) {
            let name = if all { format!("{}, {method}", line.arrives) } else { line.arrives.to_owned() };
            exchange(&mut pair, line, &line.sent.replace("METHOD", method), &name).await;
        }
    }
}

async fn exchange(pair: &mut Pair, line: &Line, sent: &str, name: &str) {
    let mut stream = TcpStream::connect(pair.gateway.address).await.expect("the gateway listens");
    stream.write_all(sent.as_bytes()).await.expect("the gateway reads");
    if !line.then.is_empty() {
        pair.begun().await;
        if line.then == "END" {
            stream.shutdown().await.expect("the gateway reads");
        } else {
            let rest = line.then.replace("LONG", &LONG);
            stream.write_all(rest.as_bytes()).await.expect("the gateway reads");
        }
    }
    let status = answered(&mut stream, line.closes, name).await;
    assert_eq!(status, line.status, "{name}");
    pair.check(line.sees, name).await;
    if !line.closes {
        // What comes next on the connection is a request of its own.
        stream.write_all(b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n").await.expect("the gateway reads");
        assert_eq!(answered(&mut stream, false, name).await, 200, "{name}");
        pair.check(Sees::NoBody, name).await;
    }
}
