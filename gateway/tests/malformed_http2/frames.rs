//! Frames that break a rule of RFC 9113, sections 3 to 6.

use super::wire::{
    ACK, CONTINUATION, Code, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, PADDED, PING, PRIORITY,
    PUSH_PROMISE, RST_STREAM, SETTINGS, WHOLE, WINDOW_UPDATE, WITH_PRIORITY, frame, get, post, setting,
};
use super::{Case, End, ONE_CODE, WHOLE_CONNECTION, case};

const MAX_WINDOW: u32 = 0x7fff_ffff;

/// Frames that break a rule, each after the first frame of a client.
pub(super) fn cases() -> Vec<Case> {
    let mut all = settings();
    all.extend(data());
    all.extend(streams());
    all.extend(small_frames());
    all.extend(windows());
    all
}

/// The first frame of a client.
fn hello() -> Vec<u8> {
    frame(SETTINGS, 0, 0, &[])
}

/// An upload on stream 1 that has begun.
fn upload() -> Vec<u8> {
    [hello(), frame(HEADERS, END_HEADERS, 1, &post(&[]))].concat()
}

/// A request on stream 1 that is whole.
fn request() -> Vec<u8> {
    [hello(), frame(HEADERS, WHOLE, 1, &get())].concat()
}

fn settings() -> Vec<Case> {
    let protocol = End::Connection(Code::Protocol);
    let size = End::Connection(Code::FrameSize);
    vec![
        case(
            "another frame than SETTINGS first",
            "3.4",
            &[frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])],
            protocol,
        )
        .but((End::Ignored, "the values at the start hold until SETTINGS come")),
        case("SETTINGS of five bytes", "6.5", &[frame(SETTINGS, 0, 0, &[0; 5])], size).but(ONE_CODE),
        case("SETTINGS with ACK and a payload", "6.5", &[hello(), frame(SETTINGS, ACK, 0, &[0; 6])], size)
            .but(ONE_CODE),
        case("SETTINGS on a stream", "6.5", &[frame(SETTINGS, 0, 1, &[])], protocol),
        case("an unknown setting", "6.5.2", &[setting(0xff, 7)], End::Ignored),
        case("ENABLE_PUSH of 2", "6.5.2", &[setting(2, 2)], protocol),
        case(
            "INITIAL_WINDOW_SIZE above the largest",
            "6.5.2",
            &[setting(4, MAX_WINDOW + 1)],
            End::Connection(Code::FlowControl),
        )
        .but(ONE_CODE),
        case("MAX_FRAME_SIZE below the smallest", "6.5.2", &[setting(5, 16_383)], protocol),
        case("MAX_FRAME_SIZE above the largest", "6.5.2", &[setting(5, 1 << 24)], protocol),
        case("a frame of an unknown type", "4.1", &[hello(), frame(0xbe, 0xff, 1, b"unknown")], End::Ignored),
        case("a frame above MAX_FRAME_SIZE", "4.2", &[upload(), frame(DATA, 0, 1, &[0; 16_385])], size),
    ]
}

fn data() -> Vec<Case> {
    let protocol = End::Connection(Code::Protocol);
    vec![
        case("DATA on stream 0", "6.1", &[hello(), frame(DATA, 0, 0, b"data")], protocol),
        case("DATA on an idle stream", "5.1", &[hello(), frame(DATA, 0, 1, b"data")], protocol),
        case(
            "DATA after END_STREAM",
            "5.1",
            &[request(), frame(DATA, 0, 1, b"data")],
            End::Stream(Code::StreamClosed),
        )
        .but(WHOLE_CONNECTION),
        case(
            "DATA with more padding than payload",
            "6.1",
            &[upload(), frame(DATA, PADDED, 1, &[9, 0, 0])],
            protocol,
        ),
        case(
            "DATA with padding and no length of it",
            "6.1",
            &[upload(), frame(DATA, PADDED, 1, &[])],
            End::Connection(Code::FrameSize),
        )
        .but(ONE_CODE),
        case(
            "DATA after RST_STREAM",
            "5.1",
            &[upload(), frame(RST_STREAM, 0, 1, &[0, 0, 0, 8]), frame(DATA, 0, 1, b"data")],
            End::Stream(Code::StreamClosed),
        ),
    ]
}

fn streams() -> Vec<Case> {
    let protocol = End::Connection(Code::Protocol);
    let priority = |on: u32| [&on.to_be_bytes()[..], &[15]].concat();
    vec![
        case("HEADERS on stream 0", "6.2", &[hello(), frame(HEADERS, WHOLE, 0, &get())], protocol),
        case(
            "HEADERS on a stream of the server",
            "5.1.1",
            &[hello(), frame(HEADERS, WHOLE, 2, &get())],
            protocol,
        ),
        case(
            "a number below an earlier one",
            "5.1.1",
            &[hello(), frame(HEADERS, WHOLE, 5, &get()), frame(HEADERS, WHOLE, 3, &get())],
            protocol,
        ),
        case(
            "HEADERS with more padding than payload",
            "6.2",
            &[hello(), frame(HEADERS, WHOLE | PADDED, 1, &[9, 0x82])],
            protocol,
        ),
        case(
            "HEADERS after END_STREAM",
            "5.1",
            &[request(), frame(HEADERS, WHOLE, 1, &get())],
            End::Stream(Code::StreamClosed),
        )
        .but(WHOLE_CONNECTION),
        case(
            "a stream that depends on itself",
            "5.3",
            &[hello(), frame(HEADERS, WHOLE | WITH_PRIORITY, 1, &[priority(1), get()].concat())],
            End::Stream(Code::Protocol),
        ),
        case(
            "PRIORITY for a stream that depends on itself",
            "5.3",
            &[hello(), frame(PRIORITY, 0, 1, &priority(1))],
            End::Ignored,
        )
        .but((End::Stream(Code::Protocol), "as RFC 7540, section 5.3.1, had it")),
        case("PRIORITY on stream 0", "6.3", &[hello(), frame(PRIORITY, 0, 0, &priority(1))], protocol),
        case(
            "PRIORITY of four bytes",
            "6.3",
            &[hello(), frame(PRIORITY, 0, 1, &[0; 4])],
            End::Stream(Code::FrameSize),
        )
        .but(WHOLE_CONNECTION),
        case(
            "CONTINUATION without HEADERS",
            "6.10",
            &[hello(), frame(CONTINUATION, END_HEADERS, 1, &get())],
            protocol,
        ),
        case(
            "CONTINUATION after a whole head",
            "6.10",
            &[upload(), frame(CONTINUATION, END_HEADERS, 1, &get())],
            protocol,
        ),
        case(
            "PING inside a header block",
            "4.3",
            &[hello(), frame(HEADERS, END_STREAM, 1, &get()), frame(PING, 0, 0, &[0; 8])],
            protocol,
        ),
        case(
            "another stream inside a header block",
            "4.3",
            &[hello(), frame(HEADERS, END_STREAM, 1, &get()), frame(HEADERS, WHOLE, 3, &get())],
            protocol,
        ),
        case(
            "CONTINUATION of another stream",
            "4.3",
            &[hello(), frame(HEADERS, END_STREAM, 1, &get()), frame(CONTINUATION, END_HEADERS, 3, &get())],
            protocol,
        ),
    ]
}

fn small_frames() -> Vec<Case> {
    let protocol = End::Connection(Code::Protocol);
    let size = End::Connection(Code::FrameSize);
    vec![
        case("RST_STREAM on an idle stream", "6.4", &[hello(), frame(RST_STREAM, 0, 1, &[0; 4])], protocol),
        case("RST_STREAM on stream 0", "6.4", &[hello(), frame(RST_STREAM, 0, 0, &[0; 4])], protocol),
        case("RST_STREAM of three bytes", "6.4", &[upload(), frame(RST_STREAM, 0, 1, &[0; 3])], size)
            .but(ONE_CODE),
        case("PING of seven bytes", "6.7", &[hello(), frame(PING, 0, 0, &[0; 7])], size).but(ONE_CODE),
        case("PING on a stream", "6.7", &[hello(), frame(PING, 0, 1, &[0; 8])], protocol),
        case("GOAWAY on a stream", "6.8", &[hello(), frame(GOAWAY, 0, 1, &[0; 8])], protocol),
        case("GOAWAY of seven bytes", "6.8", &[hello(), frame(GOAWAY, 0, 0, &[0; 7])], size).but(ONE_CODE),
        case(
            "PUSH_PROMISE of a client",
            "8.4",
            &[request(), frame(PUSH_PROMISE, END_HEADERS, 1, &[&[0, 0, 0, 2], &get()[..]].concat())],
            protocol,
        ),
    ]
}

fn windows() -> Vec<Case> {
    let protocol = End::Connection(Code::Protocol);
    let flow = End::Connection(Code::FlowControl);
    let more = |stream, by: u32| frame(WINDOW_UPDATE, 0, stream, &by.to_be_bytes());
    vec![
        case(
            "WINDOW_UPDATE of nothing for a stream",
            "6.9",
            &[upload(), more(1, 0)],
            End::Stream(Code::Protocol),
        )
        .but(WHOLE_CONNECTION),
        case("WINDOW_UPDATE of nothing for the connection", "6.9", &[hello(), more(0, 0)], protocol),
        case(
            "WINDOW_UPDATE of three bytes",
            "6.9",
            &[hello(), frame(WINDOW_UPDATE, 0, 0, &[0; 3])],
            End::Connection(Code::FrameSize),
        )
        .but(ONE_CODE),
        case("WINDOW_UPDATE on an idle stream", "5.1", &[hello(), more(1, 1)], protocol),
        case(
            "the window of a stream overflows",
            "6.9.1",
            &[upload(), more(1, MAX_WINDOW)],
            End::Stream(Code::FlowControl),
        ),
        case("the window of the connection overflows", "6.9.1", &[hello(), more(0, MAX_WINDOW)], flow),
        case(
            "a setting makes a window overflow",
            "6.9.2",
            &[upload(), more(1, MAX_WINDOW - 65_535), setting(4, 65_536)],
            flow,
        ),
    ]
}
