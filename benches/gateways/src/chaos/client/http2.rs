//! [`Shared`]: a connection of HTTP/2 that several clients share.

use std::net::SocketAddr;

use bytes::Bytes;
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use super::{Came, Ended};
use crate::chaos::plan::Planned;

/// A connection of HTTP/2 that several clients share, once it is made.
#[derive(Debug, Default)]
pub(crate) struct Shared(Option<SendRequest<Bytes>>);

/// Sends a request and reads its response; connects first if need be.
pub(crate) async fn send(
    shared: &Mutex<Shared>,
    gateway: SocketAddr,
    request: &Planned,
    body: Bytes,
) -> Ended {
    let Some(sender) = sender(shared, gateway).await else { return Ended::Unreachable };
    exchange(sender, request, body).await
}

async fn sender(shared: &Mutex<Shared>, gateway: SocketAddr) -> Option<SendRequest<Bytes>> {
    let mut shared = shared.lock().await;
    if let Some(open) = shared.0.take()
        && let Ok(ready) = open.ready().await
    {
        shared.0 = Some(ready.clone());
        return Some(ready);
    }
    let stream = TcpStream::connect(gateway).await.ok()?;
    let _ = stream.set_nodelay(true);
    let (sender, connection) = h2::client::handshake(stream).await.ok()?;
    tokio::spawn(connection);
    let ready = sender.ready().await.ok()?;
    shared.0 = Some(ready.clone());
    Some(ready)
}

async fn exchange(mut sender: SendRequest<Bytes>, request: &Planned, body: Bytes) -> Ended {
    let head = Request::builder()
        .method(request.method.clone())
        .uri(format!("http://chaos.example{}", request.path()))
        .header("x-id", request.id);
    let head =
        if request.chunked || body.is_empty() { head } else { head.header("content-length", body.len()) };
    let Ok(head) = head.body(()) else { return Ended::Unreachable };
    let response = match sender.send_request(head, body.is_empty()) {
        Ok((response, mut upload)) => {
            if !body.is_empty() {
                let _ = upload.send_data(body, true); // whether it is wanted is seen by the response
            }
            response.await
        }
        Err(error) => Err(error),
    };
    let response = match response {
        Ok(response) => response,
        Err(error) => return Ended::Unanswered(error.to_string()),
    };
    let status = response.status().as_u16();
    let number =
        |headers: &HeaderMap, name| headers.get(name).and_then(|value| value.to_str().ok()?.parse().ok());
    let (head, mut body) = response.into_parts();
    let mut came = Came { status, id: number(&head.headers, "x-id"), ..Came::default() };
    came.length = number(&head.headers, "x-length").and_then(|length| usize::try_from(length).ok());
    while let Some(part) = body.data().await {
        match part {
            Ok(part) => {
                let _ = body.flow_control().release_capacity(part.len());
                came.body.extend_from_slice(&part);
            }
            Err(_) => return Ended::Cut,
        }
    }
    match body.trailers().await {
        Ok(_) => Ended::Whole(came),
        Err(_) => Ended::Cut,
    }
}
