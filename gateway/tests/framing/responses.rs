//! Responses of servers that speak HTTP/1.

use std::sync::{Arc, Mutex};

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::Row;
use super::client::{Got, Speaks, ask};
use crate::support::{Gateway, file, one_route, read_head, upstream};

/// The part of a response that a client gets.
#[derive(Clone, Copy, Debug)]
pub(super) enum Gives {
    Whole(u16, &'static str),
    /// A head, and a body that can be seen to be cut.
    Cut(u16),
    /// 502, or a body that can be seen to be cut.
    Broken,
    /// The whole, or a body that can be seen to be cut.
    Either(u16, &'static str),
}

impl Gives {
    /// Returns the words of the page for it.
    pub(super) fn words(self) -> String {
        match self {
            Self::Whole(502, _) => "502".to_owned(),
            Self::Whole(status, "") => format!("{status}, no body"),
            Self::Whole(status, _) => format!("{status}, whole"),
            Self::Cut(status) => format!("{status}, cut off"),
            Self::Broken => "502 or cut off".to_owned(),
            Self::Either(status, _) => format!("{status}, whole or cut off"),
        }
    }

    pub(super) fn check(self, got: &Got, line: &str) {
        let fits = match (self, got) {
            (Self::Whole(502, _) | Self::Broken, Got::Whole(502, _)) => true,
            (Self::Whole(status, body) | Self::Either(status, body), Got::Whole(seen, text)) => {
                status == *seen && body == text
            }
            (Self::Cut(status) | Self::Either(status, _), Got::Cut(seen)) => status == *seen,
            (Self::Broken, got) => !matches!(got, Got::Whole(..)),
            _ => false,
        };
        assert!(fits, "{line}: not {self:?} but {got:?}");
    }
}

/// The response of a server, and the part that a client gets.
struct Line {
    arrives: &'static str,
    method: &'static str,
    sent: &'static str,
    /// True if the server closes the connection after it.
    closes: bool,
    gives: Gives,
}

const fn stays(arrives: &'static str, sent: &'static str, gives: Gives) -> Line {
    Line { arrives, method: "GET", sent, closes: false, gives }
}

const fn closes(arrives: &'static str, sent: &'static str, gives: Gives) -> Line {
    Line { arrives, method: "GET", sent, closes: true, gives }
}

const fn head(arrives: &'static str, sent: &'static str, gives: Gives) -> Line {
    Line { arrives, method: "HEAD", sent, closes: false, gives }
}

const fn bad(arrives: &'static str, sent: &'static str) -> Line {
    closes(arrives, sent, Gives::Whole(502, ""))
}

const HELLO: Gives = Gives::Whole(200, "hello");
const CUT: Gives = Gives::Cut(200);

const LINES: &[Line] = &[
    stays("`Content-Length: 5`", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", HELLO),
    stays(
        "`chunked`",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n",
        HELLO,
    ),
    closes("neither field, HTTP/1.1", "HTTP/1.1 200 OK\r\n\r\nhello", HELLO),
    closes("neither field, HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nhello", HELLO),
    closes("HTTP/1.0, `Content-Length: 5`", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", HELLO),
    stays("204", "HTTP/1.1 204 No Content\r\n\r\n", Gives::Whole(204, "")),
    stays(
        "204 with `Content-Length` and a body",
        "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
        Gives::Whole(204, ""),
    ),
    stays(
        "304 with `Content-Length`",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        Gives::Whole(304, ""),
    ),
    stays(
        "304 with `Content-Length` and a body",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello",
        Gives::Whole(304, ""),
    ),
    head(
        "`HEAD` with `Content-Length`",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        Gives::Whole(200, ""),
    ),
    head("`HEAD` with a body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", Gives::Whole(200, "")),
    head(
        "`HEAD` with another response for a body",
        "HTTP/1.1 200 OK\r\nContent-Length: 38\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        Gives::Whole(200, ""),
    ),
    head(
        "`HEAD` with `chunked`",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        Gives::Whole(200, ""),
    ),
    head("`HEAD` with `gzip`", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", Gives::Whole(200, "")),
    head(
        "`HEAD` with two different `Content-Length`",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        Gives::Whole(502, ""),
    ),
    stays(
        "`Content-Length: 3` before `chunked`",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        HELLO,
    ),
    stays(
        "`chunked` before `Content-Length: 3`",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        HELLO,
    ),
    stays(
        "two equal `Content-Length`",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        HELLO,
    ),
    stays("`Content-Length: 5, 5`", "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", HELLO),
    bad(
        "two different `Content-Length`",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    ),
    bad("`Content-Length: +5`", "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello"),
    bad("`Content-Length: -5`", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"),
    bad("`Content-Length` without a value", "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nhello"),
    bad(
        "`Content-Length` beyond 64 bits",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
    ),
    closes("the end before `Content-Length`", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", CUT),
    closes("the end within a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello", CUT),
    closes(
        "the end before the last chunk",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        CUT,
    ),
    closes(
        "a malformed chunk",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
        CUT,
    ),
    closes(
        "a trailer without a colon",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nnonsense\r\n\r\n",
        CUT,
    ),
    bad("`gzip` alone", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello"),
    bad("`identity` alone", "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nhello"),
    bad(
        "`gzip, chunked`",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ),
    bad("`chunked, gzip`", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nhello"),
    bad(
        "`chunked, chunked`",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ),
    bad(
        "HTTP/1.0, `chunked`",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ),
    stays("a space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello", HELLO),
    stays(
        "a space before the colon of `chunked`",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding : chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        HELLO,
    ),
    bad("a field that is folded", "HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 5\r\n\r\nhello"),
    bad("a bare CR in a field", "HTTP/1.1 200 OK\r\nX-A: b\rc\r\nContent-Length: 5\r\n\r\nhello"),
    bad("NUL in a field", "HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 5\r\n\r\nhello"),
    stays("lines that end in LF alone", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", HELLO),
    stays("no reason", "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", HELLO),
    bad("no status", "HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"),
    bad("a status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello"),
    bad("another version", "HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
    bad("no head", "hello"),
    bad("the end within the head", "HTTP/1.1 200 OK\r\nContent-Le"),
    stays("bytes after the body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, world", HELLO),
    stays(
        "another response after the body",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong",
        HELLO,
    ),
    stays(
        "another response after the last chunk",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong",
        HELLO,
    ),
    stays(
        "another response after 204",
        "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong",
        Gives::Whole(204, ""),
    ),
    stays(
        "100, 102 and 103 before",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
         HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        HELLO,
    ),
    stays("1,000 times 103 before", "FLOOD", HELLO),
    bad("101 unasked", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"),
];

pub(super) fn rows() -> Vec<Row> {
    let row = |line: &Line| {
        (line.arrives, line.gives.words(), "responses_of_http1_pass_whole_or_are_seen_to_be_cut")
    };
    LINES.iter().map(row).collect()
}

/// The next response of a server, and true if it then closes the connection.
type Script = Arc<Mutex<(String, bool)>>;

/// Answers requests for `/next` rightly and others as it is told.
async fn serve(mut stream: TcpStream, script: Script) {
    loop {
        let head = read_head(&mut stream).await;
        if head.is_empty() {
            return;
        }
        let (text, closes) = if head.contains(" /next ") {
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright".to_owned(), false)
        } else {
            script.lock().unwrap().clone()
        };
        if stream.write_all(text.as_bytes()).await.is_err() || closes {
            return;
        }
    }
}

#[tokio::test]
async fn responses_of_http1_pass_whole_or_are_seen_to_be_cut() {
    let script = Script::default();
    let acts = Arc::clone(&script);
    let server = upstream(move |_, stream| serve(stream, Arc::clone(&acts))).await;
    let text = one_route("framing-responses", &format!("http://{server}"), "[]");
    // One thread, so that the next request gets the same connection if it is still there.
    let arguments = ["--log", "off", "--threads", "1"];
    let gateway = Gateway::serve(&file("framing-responses.yaml", &text), &arguments).await;
    let flood = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(1000);
    let flood = flood + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    for line in LINES {
        for speaks in [Speaks::Http11, Speaks::Http10, Speaks::Http2] {
            let text = if line.sent == "FLOOD" { flood.clone() } else { line.sent.to_owned() };
            *script.lock().unwrap() = (text, line.closes);
            let name = format!("{}, {speaks:?}", line.arrives);
            line.gives.check(&ask(&gateway, speaks, line.method, "/").await, &name);
            // Nothing is left of it for the request that comes next.
            let next = ask(&gateway, speaks, "GET", "/next").await;
            assert_eq!(next, Got::Whole(200, "right".to_owned()), "{name}: the next response");
        }
    }
}
