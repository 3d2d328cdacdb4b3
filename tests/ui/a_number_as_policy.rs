use persevere::retry;

async fn fetch() -> Result<u8, u8> {
    Ok(1)
}

#[tokio::main]
async fn main() {
    let _ = retry(3, fetch).await;
}
