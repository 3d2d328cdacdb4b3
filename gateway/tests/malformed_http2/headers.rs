//! Header blocks that cannot be decoded: RFC 9113, section 4.3, and RFC 7541.

use super::wire::{Code, HEADERS, SETTINGS, WHOLE, frame, get};
use super::{Case, End, ONE_CODE, case};

/// Blocks that cannot be decoded.
pub(super) fn cases() -> Vec<Case> {
    let broken = |name, section, block: &[u8]| {
        let frames = [frame(SETTINGS, 0, 0, &[]), frame(HEADERS, WHOLE, 1, block)];
        case(name, section, &frames, End::Connection(Code::Compression)).but(ONE_CODE)
    };
    let behind = |bytes: &[u8]| [&get(), bytes].concat();
    vec![
        broken("an entry that no table has", "7541, 2.3.3", &behind(&[0xc6])),
        broken("entry 0", "7541, 6.1", &behind(&[0x80])),
        broken("a name that no table has", "7541, 2.3.3", &behind(&[0x40 | 0x3f, 0x7f, 0x01, b'x'])),
        broken("a table larger than allowed", "7541, 6.3", &[&[0x3f, 0xe2, 0x1f], &get()[..]].concat()),
        broken("a size of the table after a field", "7541, 4.2", &behind(&[0x20])),
        broken("a value that ends too early", "7541, 5.2", &behind(&[0x00, 0x01, b'x', 0x09, b'y'])),
        broken(
            "a length without an end",
            "7541, 5.1",
            &behind(&[0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]),
        ),
        broken(
            "the end of a text in Huffman's code",
            "7541, 5.2",
            &behind(&[0x00, 0x01, b'x', 0x84, 0xff, 0xff, 0xff, 0xff]),
        ),
        broken(
            "padding of more than seven bits",
            "7541, 5.2",
            &behind(&[0x00, 0x01, b'x', 0x82, 0x1f, 0xff]),
        ),
    ]
}
