//! The codes of gRPC, by number and name.

use super::setting::Setting;
use crate::spring::closest::plain;
use crate::spring::error::ConfigError;

/// The bound that an error names for an item of `grpcCodes`.
const EXPECTED: &str = "must be a code of gRPC from 1 to 16, or its name such as UNAVAILABLE";

/// The codes of gRPC that stand for a failure.
const CODES: [(u8, &str); 17] = [
    (1, "CANCELLED"),
    (1, "CANCELED"),
    (2, "UNKNOWN"),
    (3, "INVALID_ARGUMENT"),
    (4, "DEADLINE_EXCEEDED"),
    (5, "NOT_FOUND"),
    (6, "ALREADY_EXISTS"),
    (7, "PERMISSION_DENIED"),
    (8, "RESOURCE_EXHAUSTED"),
    (9, "FAILED_PRECONDITION"),
    (10, "ABORTED"),
    (11, "OUT_OF_RANGE"),
    (12, "UNIMPLEMENTED"),
    (13, "INTERNAL"),
    (14, "UNAVAILABLE"),
    (15, "DATA_LOSS"),
    (16, "UNAUTHENTICATED"),
];

fn code(text: &str) -> Option<u8> {
    let is_named = |(code, name): &&(u8, &str)| plain(name) == plain(text) || code.to_string() == text;
    CODES.iter().find(is_named).map(|(code, _)| *code)
}

/// The codes of a setting.
pub(super) fn codes(setting: &Setting) -> Result<Vec<u8>, ConfigError> {
    let names: Vec<_> = CODES.iter().map(|(_, name)| *name).collect();
    setting.read_all(code, EXPECTED, &names)
}
