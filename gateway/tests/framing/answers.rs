//! Responses of servers that speak HTTP/2.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Row;
use super::client::{Got, Speaks, ask};
use super::frames::{
    ACK, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, RESET, SETTINGS, fields, frame, read_frame,
};
use super::responses::Gives;
use crate::support::{Gateway, file, routes, upstream};

/// A part of a response.
#[derive(Clone, Copy, Debug)]
enum Part {
    Head(&'static [&'static str]),
    /// A head or trailers that end the stream.
    Last(&'static [&'static str]),
    Data(&'static str),
    LastData(&'static str),
    Reset(u8),
    /// `GOAWAY` without an error, with this last stream.
    GoAway(u8),
    /// The connection ends.
    Close,
}

/// The response of a server, and the response that a client gets.
struct Line {
    arrives: &'static str,
    method: &'static str,
    sent: &'static [Part],
    gives: Gives,
}

const fn line(arrives: &'static str, sent: &'static [Part], gives: Gives) -> Line {
    Line { arrives, method: "GET", sent, gives }
}

const fn head(arrives: &'static str, sent: &'static [Part], gives: Gives) -> Line {
    Line { arrives, method: "HEAD", sent, gives }
}

use Part::{Close, Data, GoAway, Head, Last, LastData, Reset};

const OK: &str = ":status: 200";
const PLAIN: Part = Head(&[OK]);
const FIVE: Part = Head(&[OK, "content-length: 5"]);
const TEN: Part = Head(&[OK, "content-length: 10"]);
const HELLO: Gives = Gives::Whole(200, "hello");
const BAD: Gives = Gives::Whole(502, "");

const LINES: &[Line] = &[
    line("END_STREAM, no length", &[PLAIN, LastData("hello")], HELLO),
    line("END_STREAM, `content-length: 5`", &[FIVE, LastData("hello")], HELLO),
    line("END_STREAM with trailers", &[PLAIN, Data("hello"), Last(&["x-sum: 7"])], HELLO),
    line("END_STREAM with the head", &[Last(&[OK])], Gives::Whole(200, "")),
    line("`content-length: 5` and END_STREAM with the head", &[Last(&[OK, "content-length: 5"])], BAD),
    line("304 with `content-length`", &[Last(&[":status: 304", "content-length: 5"])], Gives::Whole(304, "")),
    head("`HEAD` with `content-length`", &[Last(&[OK, "content-length: 5"])], Gives::Whole(200, "")),
    head("`HEAD` with DATA", &[FIVE, LastData("hello")], Gives::Whole(200, "")),
    line("204 with DATA", &[Head(&[":status: 204"]), LastData("hello")], Gives::Whole(204, "")),
    line("less DATA than `content-length`", &[TEN, LastData("hello")], Gives::Broken),
    line(
        "more DATA than `content-length`",
        &[Head(&[OK, "content-length: 3"]), LastData("hello")],
        Gives::Broken,
    ),
    line("RST_STREAM (NO_ERROR) after DATA", &[PLAIN, Data("hello"), Reset(0)], Gives::Broken),
    line("RST_STREAM (NO_ERROR) before `content-length`", &[TEN, Data("hello"), Reset(0)], Gives::Broken),
    line(
        "RST_STREAM (NO_ERROR) after `content-length`",
        &[FIVE, Data("hello"), Reset(0)],
        Gives::Either(200, "hello"),
    ),
    line("RST_STREAM (CANCEL) after DATA", &[PLAIN, Data("hello"), Reset(8)], Gives::Broken),
    line("RST_STREAM (NO_ERROR) after the head", &[PLAIN, Reset(0)], Gives::Broken),
    line("GOAWAY (NO_ERROR, last stream 0) after DATA", &[PLAIN, Data("hello"), GoAway(0)], Gives::Broken),
    line(
        "GOAWAY (NO_ERROR) after DATA, then END_STREAM",
        &[PLAIN, Data("he"), GoAway(1), LastData("llo")],
        HELLO,
    ),
    line("the end of the connection after DATA", &[PLAIN, Data("hello"), Close], Gives::Broken),
    line("the end of the connection after the head", &[TEN, Close], Gives::Broken),
    line(
        "two equal `content-length`",
        &[Head(&[OK, "content-length: 5", "content-length: 5"]), LastData("hello")],
        HELLO,
    ),
    line(
        "two different `content-length`",
        &[Head(&[OK, "content-length: 5", "content-length: 6"]), LastData("hello")],
        BAD,
    ),
    line("`content-length: +5`", &[Head(&[OK, "content-length: +5"]), LastData("hello")], BAD),
    line(
        "`transfer-encoding: chunked`",
        &[Head(&[OK, "transfer-encoding: chunked"]), LastData("hello")],
        BAD,
    ),
    line("`connection: close`", &[Head(&[OK, "connection: close"]), LastData("hello")], BAD),
    line("a name in upper case", &[Head(&[OK, "X-A: b"]), LastData("hello")], BAD),
    line("no `:status`", &[Head(&["x-a: b"]), LastData("hello")], BAD),
    line("103 before", &[Head(&[":status: 103"]), PLAIN, LastData("hello")], HELLO),
    line("101", &[Head(&[":status: 101"]), LastData("hello")], BAD),
];

pub(super) fn rows() -> Vec<Row> {
    let row = |line: &Line| {
        (line.arrives, line.gives.words(), "responses_of_http2_pass_whole_or_are_seen_to_be_cut")
    };
    LINES.iter().map(row).collect()
}

/// The answer to every request, and the number of requests.
#[derive(Default)]
struct Script {
    parts: Mutex<&'static [Part]>,
    asked: AtomicUsize,
}

/// Answers each request on a connection as the script says.
async fn serve(mut stream: TcpStream, script: Arc<Script>) {
    let _ = stream.set_nodelay(true);
    let mut preface = [0; 24];
    if stream.read_exact(&mut preface).await.is_err() {
        return;
    }
    let _ = stream.write_all(&frame(SETTINGS, 0, 0, &[])).await;
    while let Some((kind, flags, number, _)) = read_frame(&mut stream).await {
        if kind == SETTINGS && flags != ACK {
            let _ = stream.write_all(&frame(SETTINGS, ACK, 0, &[])).await;
        }
        if kind != HEADERS {
            continue;
        }
        script.asked.fetch_add(1, Ordering::Relaxed);
        let parts = *script.parts.lock().unwrap();
        for part in parts {
            let sent = match *part {
                Head(lines) => frame(HEADERS, END_HEADERS, number, &fields(lines)),
                Last(lines) => frame(HEADERS, END_HEADERS | END_STREAM, number, &fields(lines)),
                Data(text) => frame(DATA, 0, number, text.as_bytes()),
                LastData(text) => frame(DATA, END_STREAM, number, text.as_bytes()),
                Reset(code) => frame(RESET, 0, number, &[0, 0, 0, code]),
                GoAway(last) => frame(GOAWAY, 0, 0, &[0, 0, 0, last * number, 0, 0, 0, 0]),
                Close => return,
            };
            let _ = stream.write_all(&sent).await;
        }
    }
}

#[tokio::test]
async fn responses_of_http2_pass_whole_or_are_seen_to_be_cut() {
    let script = Arc::<Script>::default();
    let acts = Arc::clone(&script);
    let server = upstream(move |_, stream| serve(stream, Arc::clone(&acts))).await;
    let text =
        routes(&format!("- id: framing-answers\n  uri: http://{server}\n  metadata: {{ http2: true }}"));
    let arguments = ["--log", "off", "--threads", "1"];
    let gateway = Gateway::serve(&file("framing-answers.yaml", &text), &arguments).await;
    for line in LINES {
        for speaks in [Speaks::Http11, Speaks::Http10, Speaks::Http2] {
            *script.parts.lock().unwrap() = line.sent;
            let name = format!("{}, {speaks:?}", line.arrives);
            line.gives.check(&ask(&gateway, speaks, line.method, "/").await, &name);
            *script.parts.lock().unwrap() = &[FIVE, LastData("right")];
            let next = ask(&gateway, speaks, "GET", "/next").await;
            assert_eq!(next, Got::Whole(200, "right".to_owned()), "{name}: the next response");
        }
    }
}

/// A server that answers so may have done the work.
#[tokio::test]
async fn an_order_with_a_malformed_answer_over_http2_is_sent_once() {
    let script = Arc::<Script>::default();
    let acts = Arc::clone(&script);
    let server = upstream(move |_, stream| serve(stream, Arc::clone(&acts))).await;
    let text = routes(&format!(
        "- id: malformed\n  uri: http://{server}\n  metadata: {{ http2: true }}\n  \
         filters: [{{ name: Retry, args: {{ profile: gateway, retries: 2 }} }}]"
    ));
    let gateway = Gateway::serve(&file("framing-malformed.yaml", &text), &["--log", "off"]).await;
    let answers: [&'static [Part]; 4] = [
        &[Head(&["x-a: b"]), LastData("hello")],
        &[Head(&[OK, "transfer-encoding: chunked"]), LastData("hello")],
        &[Head(&[OK, "X-A: b"]), LastData("hello")],
        &[LastData("hello")],
    ];
    for (index, answer) in answers.into_iter().enumerate() {
        *script.parts.lock().unwrap() = answer;
        BAD.check(&ask(&gateway, Speaks::Http11, "POST", "/").await, &format!("{answer:?}"));
        assert_eq!(script.asked.load(Ordering::Relaxed), index + 1, "{answer:?}");
    }
}
