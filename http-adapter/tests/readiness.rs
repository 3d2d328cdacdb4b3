//! Back pressure: whoever asks one of our services whether it is ready hears it from the service inside.

use std::io;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use persevere_http::{AttemptTimeoutLayer, PeekTrailersLayer, RetryFilter, RetryLayer};
use tower::{Layer, Service};

use test_servers::ms;

/// A service that says so when it is asked whether it is ready, and is never called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Ready,
    NotYet,
    Never,
}

impl<B> Service<Request<B>> for Says {
    type Response = Response<String>;
    type Error = io::Error;
    type Future = std::future::Pending<Result<Response<String>, io::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        match self {
            Self::Ready => Poll::Ready(Ok(())),
            Self::NotYet => Poll::Pending,
            Self::Never => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        }
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        std::future::pending()
    }
}

/// What a service says when it is asked.
fn asked<S: Service<Request<Full<Bytes>>>>(mut service: S) -> Option<bool> {
    match service.poll_ready(&mut Context::from_waker(Waker::noop())) {
        Poll::Pending => None,
        Poll::Ready(ready) => Some(ready.is_ok()),
    }
}

#[tokio::test(start_paused = true)]
async fn every_layer_is_as_ready_as_the_service_inside() {
    let retry = RetryLayer::new(RetryFilter::default());
    for (says, expected) in [(Says::Ready, Some(true)), (Says::NotYet, None), (Says::Never, Some(false))] {
        assert_eq!(asked(retry.layer(says)), expected, "{says:?}");
        assert_eq!(asked(AttemptTimeoutLayer::new(ms(1)).layer(says)), expected, "{says:?}");
        assert_eq!(asked(PeekTrailersLayer::new().layer(says)), expected, "{says:?}");
    }
}
