//! The layer around a channel of tonic: `cargo run -p clients --example tonic`.

use std::error::Error;
use std::time::Duration;

use http::Request;
use persevere::constant;
use persevere_http::{Explanation, GatewayRules, PeekTrailersLayer, ReplayBody, RetryFilter, RetryLayer};
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Endpoint, Server};
use tonic::{Code, transport};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::{ServingStatus, server::health_reporter};
use tower::ServiceBuilder;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (reporter, health) = health_reporter();
    tokio::spawn(Server::builder().add_service(health).serve_with_incoming(TcpIncoming::from(listener)));
    let channel: transport::Channel = Endpoint::from_shared(format!("http://{address}"))?.connect_lazy();

    // Nobody knows of the orders yet: their service registers itself when the first attempt has failed.
    let not_found = u8::try_from(i32::from(Code::NotFound))?;
    let rules = GatewayRules::default().grpc_codes([not_found]).sends_once(true);
    let waits = constant(Duration::from_millis(20));
    let filter = RetryFilter::gateway().rules(rules).backoff(waits).on_retry(move |event| {
        println!("attempt {} failed", event.attempt.number());
        let reporter = reporter.clone();
        tokio::spawn(async move { reporter.set_service_status("orders", ServingStatus::Serving).await });
    });
    let service = ServiceBuilder::new()
        .layer(RetryLayer::new(filter.build()?))
        .layer(PeekTrailersLayer::new())
        .map_request(|request: Request<ReplayBody<Body>>| request.map(Body::new))
        .service(channel);

    let request = HealthCheckRequest { service: "orders".to_owned() };
    let response = HealthClient::new(service).check(request).await?;
    let explanation = response.extensions().get::<Explanation>().ok_or("it was retried")?;
    println!("{:?}: {explanation}", response.get_ref().status());
    assert!(explanation.attempts >= 2);
    Ok(())
}
