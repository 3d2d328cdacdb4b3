use persevere::{Policy, retry_with};
use std::{io, time::Duration};

#[tokio::main]
async fn main() {
    let mut connection = 0;
    let call = retry_with(&mut connection, &Policy::default(), async |connection, _| (connection, io::Result::Ok(1)));
    let _ = call.attempt_timeout(Duration::from_secs(1)).await;
}
