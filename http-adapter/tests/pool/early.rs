//! Responses that come while the request is still being sent.

use tokio::io::AsyncWriteExt;

use super::{RETRY, gateway};
use crate::support::{client, read_head, upstream};

/// A server refuses an upload after its head, and closes with most of it unread.
///
/// Its system then resets the connection.
#[tokio::test]
async fn a_response_that_has_arrived_wins_over_a_write_error() {
    let server = upstream(move |_, mut stream| async move {
        read_head(&mut stream).await;
        let refused =
            b"HTTP/1.1 413 Content Too Large\r\nconnection: close\r\ncontent-length: 9\r\n\r\ntoo large";
        let _ = stream.write_all(refused).await;
    })
    .await;
    let gateway = gateway("early", server, "response-timeout: 10s", RETRY, "").await;
    for _ in 0..20 {
        let body = http_body_util::Full::new(bytes::Bytes::from(vec![b'x'; 8 << 20]));
        let request = http::Request::post(format!("http://{}/", gateway.address)).body(body).expect("valid");
        // The client may be cut off by its own connection; what it gets must not be a 502.
        if let Ok(response) = client().request(request).await {
            assert_eq!(response.status(), 413);
        }
    }
}
