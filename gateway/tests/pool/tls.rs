//! Connections that are encrypted: the handshake is a part of connecting.

use tokio::io::AsyncReadExt;

use super::{Count, RETRY};
use crate::support::{Gateway, file, upstream};

#[tokio::test]
async fn a_stalled_handshake_ends_with_the_connect_timeout() {
    let connections = Count::default();
    let opened = connections.clone();
    let server = upstream(move |_, mut stream| {
        opened.add();
        async move {
            let mut hello = Vec::new();
            let _ = stream.read_to_end(&mut hello).await;
        }
    })
    .await;
    let text = format!(
        "spring: {{ cloud: {{ gateway: {{ httpclient: {{ connect-timeout: 200, response-timeout: 5s }}, \
         routes: [{{ id: stalled, uri: 'https://{server}', filters: {RETRY} }}] }} }} }}\n"
    );
    let gateway = Gateway::serve(&file("pool-stalled.yaml", &text), &["--threads", "1"]).await;
    // Nothing was sent, so that even an order may be sent again.
    assert_eq!(gateway.post("/", "order").await.status(), 502);
    assert_eq!(connections.get(), 4);
}
