//! Requests of HTTP/2.

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::frames::{
    DATA, END_HEADERS, END_STREAM, HEADERS, Outcome, PREFACE, RESET, answered, fields, frame,
};
use super::{Pair, Row, Sees};

/// The framing of a request of HTTP/2, and the reaction of the gateway.
struct Line {
    arrives: &'static str,
    /// Without `:scheme` and `:authority`.
    fields: &'static [&'static str],
    /// `None` if the stream ends with its head.
    data: Option<&'static str>,
    /// Instead of the end of the stream, once the server has the head.
    reset: Option<u8>,
    outcome: Outcome,
    sees: Sees,
}

const REFUSED: (Outcome, Sees) = (Outcome::Reset, Sees::Nothing);

const fn line(
    arrives: &'static str,
    fields: &'static [&'static str],
    data: Option<&'static str>,
    (outcome, sees): (Outcome, Sees),
) -> Line {
    Line { arrives, fields, data, reset: None, outcome, sees }
}

const fn ok(sees: Sees) -> (Outcome, Sees) {
    (Outcome::Status(200), sees)
}

const GET: &str = ":method: GET";
const POST: &str = ":method: POST";
const ROOT: &str = ":path: /";

const LINES: &[Line] = &[
    line("no DATA", &[GET, ROOT], None, ok(Sees::NoBody)),
    line("no DATA, `content-length: 0`", &[POST, ROOT, "content-length: 0"], None, ok(Sees::Length(""))),
    line("`GET` with DATA, no length", &[GET, ROOT], Some("hello"), ok(Sees::Chunked("hello"))),
    line("`HEAD` with DATA, no length", &[":method: HEAD", ROOT], Some("hello"), ok(Sees::Chunked("hello"))),
    line("`POST` with DATA, no length", &[POST, ROOT], Some("hello"), ok(Sees::Chunked("hello"))),
    line(
        "`DELETE` with DATA, no length",
        &[":method: DELETE", ROOT],
        Some("hello"),
        ok(Sees::Chunked("hello")),
    ),
    line("DATA without a byte, no length", &[GET, ROOT], Some(""), ok(Sees::Chunked(""))),
    line(
        "`GET` with DATA, sent again after 503",
        &[GET, ":path: /again"],
        Some("hello"),
        ok(Sees::Chunked("hello")),
    ),
    line("`content-length: 5`", &[POST, ROOT, "content-length: 5"], Some("hello"), ok(Sees::Length("hello"))),
    line(
        "two equal `content-length`",
        &[POST, ROOT, "content-length: 5", "content-length: 5"],
        Some("hello"),
        ok(Sees::Length("hello")),
    ),
    line(
        "two different `content-length`",
        &[POST, ROOT, "content-length: 5", "content-length: 6"],
        Some("hello"),
        REFUSED,
    ),
    line("`content-length: 5, 5`", &[POST, ROOT, "content-length: 5, 5"], Some("hello"), REFUSED),
    line("`content-length: +5`", &[POST, ROOT, "content-length: +5"], Some("hello"), REFUSED),
    line("`content-length: 5`, no DATA", &[POST, ROOT, "content-length: 5"], None, REFUSED),
    Line {
        reset: Some(b'5'),
        ..line(
            "less DATA than `content-length`",
            &[POST, ROOT, "content-length: 10"],
            Some("hello"),
            (Outcome::Reset, Sees::Part),
        )
    },
    Line {
        reset: Some(b'9'),
        ..line(
            "more DATA than `content-length`",
            &[POST, ROOT, "content-length: 8"],
            Some("hello"),
            (Outcome::Reset, Sees::Part),
        )
    },
    Line {
        reset: Some(0),
        ..line("RST_STREAM (NO_ERROR) after DATA", &[POST, ROOT], Some("hello"), (Outcome::Reset, Sees::Part))
    },
    Line {
        reset: Some(0),
        ..line(
            "RST_STREAM (NO_ERROR) after an early response",
            &[POST, ":path: /early"],
            Some("hello"),
            (Outcome::Reset, Sees::Part),
        )
    },
    Line {
        reset: Some(8),
        ..line("RST_STREAM (CANCEL) after DATA", &[GET, ROOT], Some("hello"), (Outcome::Reset, Sees::Part))
    },
    line("`transfer-encoding: chunked`", &[POST, ROOT, "transfer-encoding: chunked"], Some("hello"), REFUSED),
    line("`connection: close`", &[GET, ROOT, "connection: close"], None, REFUSED),
    line("`te: gzip`", &[GET, ROOT, "te: gzip"], None, REFUSED),
    line("`te: trailers`", &[GET, ROOT, "te: trailers"], None, ok(Sees::NoBody)),
    line("a name in upper case", &[GET, ROOT, "X-A: b"], None, REFUSED),
    line("no `:method`", &[ROOT], None, REFUSED),
    line("two `:path`", &[GET, ROOT, ROOT], None, REFUSED),
];

pub(super) fn rows() -> Vec<Row> {
    let row = |line: &Line| {
        let does = format!("{}; {}", line.outcome.words(), line.sees.words());
        (line.arrives, does, "requests_of_http2_pass_whole_or_are_refused")
    };
    LINES.iter().map(row).collect()
}

#[tokio::test]
async fn requests_of_http2_pass_whole_or_are_refused() {
    let mut pair = Pair::start("framing-streams").await;
    for line in LINES {
        let mut stream = TcpStream::connect(pair.gateway.address).await.expect("the gateway listens");
        let block = fields(&[&[":scheme: http", ":authority: a"], line.fields].concat());
        let ends = if line.data.is_none() { END_STREAM } else { 0 };
        let mut sent = [PREFACE, &frame(HEADERS, END_HEADERS | ends, 1, &block)].concat();
        if let Some(data) = line.data {
            let ends = if line.reset.is_none() { END_STREAM } else { 0 };
            sent.extend(frame(DATA, ends, 1, data.as_bytes()));
        }
        stream.write_all(&sent).await.expect("the gateway reads");
        if let Some(reset) = line.reset {
            pair.begun().await;
            if line.fields.contains(&":path: /early") {
                assert_eq!(
                    answered(&mut stream, line.arrives).await,
                    Outcome::Status(200),
                    "{}",
                    line.arrives
                );
            }
            let last = match reset {
                b'5' => frame(DATA, END_STREAM, 1, b""),
                b'9' => frame(DATA, END_STREAM, 1, b"hello"),
                code => frame(RESET, 0, 1, &[0, 0, 0, code]),
            };
            stream.write_all(&last).await.expect("the gateway reads");
        }
        // A client that has reset a stream gets nothing more of it.
        if line.reset.is_none_or(|reset| reset > 8) {
            assert_eq!(answered(&mut stream, line.arrives).await, line.outcome, "{}", line.arrives);
        }
        pair.check(line.sees, line.arrives).await;
    }
}
