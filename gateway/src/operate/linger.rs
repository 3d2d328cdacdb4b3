//! Closes a connection so that its client gets what was written (RFC 9112, section 9.6).

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::time::within;

/// The longest time for which a connection is read on.
///
/// Some clients write everything before they read.
const WHOLE: Duration = Duration::from_secs(30);

/// The time in which [`ENOUGH`] bytes must come, or else reading ends.
const PAUSE: Duration = Duration::from_secs(2);

/// The number of bytes that is enough to continue reading.
const ENOUGH: usize = 1024;

/// The most bytes that are read on.
const SIZE: usize = 256 * 1024 * 1024;

/// Bytes that are read at once.
const PIECE: usize = 16 * 1024;

/// Ends the writing side of a connection, and reads on for a while.
///
/// A socket that is closed with unread bytes resets the connection, and the client loses the response.
pub(crate) async fn linger(mut stream: TcpStream) {
    let _ = stream.shutdown().await; // a client that is gone ends the reading, too
    within(WHOLE, read_on(&stream)).await;
}

async fn read_on(stream: &TcpStream) {
    let mut left = SIZE;
    while left > 0 {
        match within(PAUSE, read_enough(stream)).await {
            Some(Ok(read)) => left = left.saturating_sub(read),
            Some(Err(_)) | None => return,
        }
    }
}

/// Reads at least [`ENOUGH`] bytes.
async fn read_enough(stream: &TcpStream) -> io::Result<usize> {
    let mut enough: usize = 0;
    while enough < ENOUGH {
        stream.readable().await?;
        match read_piece(stream) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => enough = enough.saturating_add(read),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(enough)
}

/// Reads a piece. An async function would keep the buffer in its future.
fn read_piece(stream: &TcpStream) -> io::Result<usize> {
    stream.try_read(&mut [0; PIECE])
}
