//! Requests that are malformed: RFC 9113, section 8.

use super::wire::{
    CONTINUATION, Code, DATA, END_HEADERS, END_STREAM, HEADERS, SETTINGS, WHOLE, field, frame, get, post,
};
use super::{Case, End, WHOLE_CONNECTION, case};

/// Requests that are malformed.
pub(super) fn cases() -> Vec<Case> {
    [fields(), pseudo_fields(), connects(), bodies()].into_iter().flatten().collect()
}

const RESET: End = End::Stream(Code::Protocol);

/// A request without a body, of this block.
fn refused(name: &'static str, section: &'static str, block: &[u8], end: End) -> Case {
    case(name, section, &[frame(SETTINGS, 0, 0, &[]), frame(HEADERS, WHOLE, 1, block)], end)
}

/// A head of 80 KiB in several frames.
fn large() -> Case {
    let block = [get(), field("x", &"x".repeat(100)).repeat(760)].concat();
    let mut parts = block.chunks(16_384);
    let mut frames =
        vec![frame(SETTINGS, 0, 0, &[]), frame(HEADERS, END_STREAM, 1, parts.next().expect("it is large"))];
    frames.extend(parts.map(|part| frame(CONTINUATION, 0, 1, part)));
    frames.push(frame(CONTINUATION, END_HEADERS, 1, &[]));
    case("a head of 80 KiB", "10.5.1", &frames, End::Status(431))
}

fn fields() -> Vec<Case> {
    let with = |name, section, field: Vec<u8>, end| refused(name, section, &[get(), field].concat(), end);
    let connection = "8.2.2";
    vec![
        with("a name in capitals", "8.2", field("X-Capital", "x"), RESET).but(WHOLE_CONNECTION),
        with("a name with a space", "8.2.1", field("x y", "x"), RESET).but(WHOLE_CONNECTION),
        with("a name that is empty", "8.2.1", field("", "x"), RESET).but(WHOLE_CONNECTION),
        with("a value with an end of line", "8.2.1", field("x", "a\r\nb: c"), RESET).but(WHOLE_CONNECTION),
        with("a value with a zero", "8.2.1", field("x", "a\0b"), RESET).but(WHOLE_CONNECTION),
        with("connection", connection, field("connection", "keep-alive"), RESET),
        with("keep-alive", connection, field("keep-alive", "timeout=5"), RESET),
        with("proxy-connection", connection, field("proxy-connection", "close"), RESET),
        with("transfer-encoding", connection, field("transfer-encoding", "chunked"), RESET),
        with("upgrade", connection, field("upgrade", "websocket"), RESET),
        with("te that is not trailers", connection, field("te", "gzip"), RESET),
        with("te that is trailers", connection, field("te", "trailers"), End::Status(200)),
        large(),
        with("another host than the authority", "8.3.1", field("host", "b.example"), End::Status(400)),
    ]
}

fn pseudo_fields() -> Vec<Case> {
    let authority = || field(":authority", "a.example");
    let block = |entries: &[u8], fields: Vec<u8>| [entries, &fields].concat();
    vec![
        refused(
            "a pseudo-field after a field",
            "8.3",
            &[vec![0x82, 0x86], field("x", "y"), vec![0x84]].concat(),
            RESET,
        ),
        refused("two paths", "8.3", &block(&[0x82, 0x84, 0x84, 0x86], authority()), RESET),
        refused("two methods", "8.3", &block(&[0x82, 0x83, 0x84, 0x86], authority()), RESET),
        refused("an unknown pseudo-field", "8.3", &block(&[0x82, 0x84, 0x86], field(":unknown", "x")), RESET)
            .but(WHOLE_CONNECTION),
        refused("a pseudo-field of responses", "8.3", &block(&[0x82, 0x84, 0x86, 0x88], authority()), RESET),
        refused("no method", "8.3.1", &block(&[0x84, 0x86], authority()), RESET),
        refused("no scheme", "8.3.1", &block(&[0x82, 0x84], authority()), RESET),
        refused("no path", "8.3.1", &block(&[0x82, 0x86], authority()), RESET),
        refused(
            "an empty path",
            "8.3.1",
            &block(&[0x82, 0x86], [field(":path", ""), authority()].concat()),
            RESET,
        ),
        refused(
            "a path without a slash",
            "8.3.1",
            &block(&[0x82, 0x86], [field(":path", "x"), authority()].concat()),
            RESET,
        ),
        refused("no authority and no host", "8.3.1", &[0x82, 0x84, 0x86], End::Status(400)),
        refused(
            "an authority with user information",
            "8.3.1",
            &block(&[0x82, 0x84, 0x86], field(":authority", "me@a.example")),
            End::Status(400),
        ),
        refused("an empty authority", "8.3.1", &block(&[0x82, 0x84, 0x86], field(":authority", "")), RESET),
    ]
}

fn connects() -> Vec<Case> {
    let connect = |fields: &[Vec<u8>]| [vec![field(":method", "CONNECT")], fields.to_vec()].concat().concat();
    let authority = || field(":authority", "a.example:443");
    vec![
        refused("CONNECT with a path", "8.5", &connect(&[vec![0x84, 0x86], authority()]), RESET),
        refused("CONNECT without an authority", "8.5", &connect(&[]), RESET)
            .but((End::Status(405), "refused as any other CONNECT")),
        refused(
            "CONNECT with a protocol that was not offered",
            "8441, 4",
            &connect(&[field(":protocol", "websocket"), vec![0x84, 0x86], authority()]),
            RESET,
        ),
        refused("CONNECT", "8.5", &connect(&[authority()]), End::Status(405)),
    ]
}

fn bodies() -> Vec<Case> {
    let upload =
        |fields: &[u8]| [frame(SETTINGS, 0, 0, &[]), frame(HEADERS, END_HEADERS, 1, &post(fields))].concat();
    let of_ten = || upload(&field("content-length", "10"));
    let trailers = |flags, block: &[u8]| frame(HEADERS, END_HEADERS | flags, 1, block);
    vec![
        case(
            "less data than content-length",
            "8.1.1",
            &[of_ten(), frame(DATA, END_STREAM, 1, b"five!")],
            RESET,
        ),
        case(
            "more data than content-length",
            "8.1.1",
            &[of_ten(), frame(DATA, END_STREAM, 1, &[b'x'; 11])],
            RESET,
        ),
        case(
            "no data and content-length",
            "8.1.1",
            &[frame(SETTINGS, 0, 0, &[]), frame(HEADERS, WHOLE, 1, &post(&field("content-length", "10")))],
            RESET,
        ),
        case(
            "trailers before content-length is reached",
            "8.1.1",
            &[of_ten(), trailers(END_STREAM, &field("x", "y"))],
            RESET,
        ),
        case(
            "content-length that is not a number",
            "8.1.1",
            &[upload(&field("content-length", "ten")), frame(DATA, END_STREAM, 1, b"data")],
            RESET,
        ),
        case(
            "two lengths",
            "8.1.1",
            &[
                upload(&[field("content-length", "4"), field("content-length", "5")].concat()),
                frame(DATA, END_STREAM, 1, b"data"),
            ],
            RESET,
        ),
        case("trailers without END_STREAM", "8.1", &[upload(&[]), trailers(0, &field("x", "y"))], RESET),
        case("a pseudo-field in trailers", "8.1", &[upload(&[]), trailers(END_STREAM, &[0x84])], RESET)
            .but((End::Status(200), "the field is dropped, so that it reaches no server")),
        case(
            "a field of the connection in trailers",
            "8.2.2",
            &[upload(&[]), trailers(END_STREAM, &field("connection", "close"))],
            RESET,
        ),
    ]
}
