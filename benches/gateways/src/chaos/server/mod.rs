//! The servers to which the gateway sends its requests.
//!
//! They fail as the plan says, and record each request that they run.

mod answer;
mod frame;
mod http1;
mod http2;
mod reply;
mod tap;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};

use super::ledger::Ledger;
use crate::Failure;

/// Serves until the process ends, in the version of HTTP that the plan says.
pub(crate) async fn start(ledger: Arc<Ledger>) -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        for number in 0_u64.. {
            let Ok((stream, _)) = listener.accept().await else { continue };
            serve(stream, number, Arc::clone(&ledger));
        }
    });
    Ok(address)
}

fn serve(stream: TcpStream, number: u64, ledger: Arc<Ledger>) {
    let _ = stream.set_nodelay(true);
    if number % 97 == 96 {
        if number.is_multiple_of(2) {
            let _ = stream.set_zero_linger();
        }
        return; // it ends before it was asked anything
    }
    if ledger.plan.http2_upstream {
        tokio::spawn(http2::serve(stream, number, ledger));
    } else {
        tokio::spawn(http1::serve(stream, ledger));
    }
}
