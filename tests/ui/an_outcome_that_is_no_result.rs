use persevere::{Policy, retry};

async fn next() -> Option<u8> {
    None
}

#[tokio::main]
async fn main() {
    let _: Option<u8> = retry(&Policy::default(), next).await;
}
