use persevere::{Policy, retry};

async fn fetch() -> Result<u8, u8> {
    Ok(1)
}

#[tokio::main]
async fn main() {
    let _ = retry(&Policy::default(), fetch()).await;
}
