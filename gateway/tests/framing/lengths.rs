//! Lengths that do not pass, whatever the version of HTTP.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::support::{Gateway, file, routes, telling};

/// A 204 with a length could be taken for the beginning of a body.
#[tokio::test]
async fn a_204_has_no_length() {
    let (server, _heads) =
        telling(|_| "HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n".to_owned()).await;
    let text = routes(&format!("- id: empty\n  uri: http://{server}"));
    let gateway = Gateway::serve(&file("framing-empty.yaml", &text), &["--log", "off"]).await;
    for http2 in [false, true] {
        let client = Client::builder(TokioExecutor::new()).http2_only(http2).build_http();
        let request = Request::get(format!("http://{}/", gateway.address)).body(Full::<Bytes>::default());
        let response = client.request(request.expect("valid")).await.expect("answered");
        assert_eq!(response.status().as_u16(), 204, "{http2}");
        assert_eq!(response.headers().get("content-length"), None, "{http2}");
    }
}
