//! Connections that gateways open for requests which fail twice each, one after the other.

use bytes::Bytes;
use http::Method;

use crate::Failure;
use crate::contenders::Contender;
use crate::load::{connect, send};

/// Counts the connections to the server for a hundred requests, each of which fails twice.
///
/// Also returns the number of requests that ended in a 200.
pub(crate) async fn connections(gateway: &Contender, upstream: &Contender) -> Result<(u64, u64), Failure> {
    let before = opened(upstream).await?;
    let mut sender = connect(gateway.address).await?;
    let mut good = 0;
    for _ in 0..100 {
        let (status, _) = send(&mut sender, Method::GET, "/twice", Bytes::new()).await?;
        good += u64::from(status == 200);
    }
    // The question itself comes on a connection of its own.
    Ok((opened(upstream).await? - before - 1, good))
}

async fn opened(upstream: &Contender) -> Result<u64, Failure> {
    let mut sender = connect(upstream.address).await?;
    let (_, text) = send(&mut sender, Method::GET, "/connections", Bytes::new()).await?;
    Ok(String::from_utf8_lossy(&text).parse()?)
}
