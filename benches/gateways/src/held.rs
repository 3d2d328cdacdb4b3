//! Memory of gateways while uploads are held for another attempt.

use bytes::Bytes;
use http::Method;

use crate::Failure;
use crate::account::memory;
use crate::contenders::Contender;
use crate::load::{connect, send};
use crate::time::{pause, within};

const UPLOADS: usize = 200;

const SIZE: usize = 4 * 1024 * 1024;

/// Memory above that at the start, as parts of the bodies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    /// At most, while the bodies were held.
    pub(crate) peak: f64,
    /// Two seconds after the last response.
    pub(crate) after: f64,
    /// Uploads that ended in a 200.
    pub(crate) good: usize,
}

/// Memory of a gateway while 200 uploads of 4 MiB each wait for their responses.
pub(crate) async fn held(gateway: &Contender, upstream: &Contender) -> Result<Held, Failure> {
    let body = Bytes::from(vec![b'x'; SIZE]);
    let (start, _) = memory(gateway.process());
    let uploads: Vec<_> = (0..UPLOADS)
        .map(|_| {
            let (address, body) = (gateway.address, body.clone());
            tokio::spawn(async move {
                let mut sender = connect(address).await?;
                send(&mut sender, Method::PUT, "/hold", body).await
            })
        })
        .collect();
    settled(gateway).await;
    let (_, peak) = memory(gateway.process());
    let mut sender = connect(upstream.address).await?;
    send(&mut sender, Method::GET, "/go", Bytes::new()).await?;
    let ended = within(90, futures::future::join_all(uploads)).await?;
    let good = ended.into_iter().filter(|outcome| matches!(outcome, Ok(Ok((200, _))))).count();
    pause(2_000).await;
    let (after, _) = memory(gateway.process());
    #[expect(clippy::cast_precision_loss, reason = "gigabytes are far from the end of a double's precision")]
    let part = |bytes: u64| bytes.saturating_sub(start) as f64 / (UPLOADS * SIZE) as f64;
    Ok(Held { peak: part(peak), after: part(after), good })
}

/// Waits until the memory of a gateway has settled for a second.
///
/// Gives up after half a minute.
async fn settled(gateway: &Contender) {
    let (mut last, mut calm) = (0, 0);
    for _ in 0..300 {
        pause(100).await;
        let (now, _) = memory(gateway.process());
        calm = if now.abs_diff(last) < 1024 * 1024 { calm + 1 } else { 0 };
        last = now;
        if calm == 10 {
            return;
        }
    }
}
