//! The same policies for threads that may block: `cargo run --example blocking`.

use std::io::{self, Read};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use persevere::{BackoffExt, Policy, blocking, exponential};

fn main() -> io::Result<()> {
    // A port where nobody listens yet: connections are refused until somebody does.
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let (refused, was_refused) = std::sync::mpsc::channel();
    let server = thread::spawn(move || -> io::Result<()> {
        was_refused.recv().map_err(io::Error::other)?;
        let (mut connection, _) = TcpListener::bind(address)?.accept()?;
        io::Write::write_all(&mut connection, b"at last")
    });

    let backoff = exponential(Duration::from_millis(20)).capped(Duration::from_secs(1)).equal_jitter();
    let policy = Policy::new(backoff.attempts(20).within(Duration::from_secs(10)))
        .when(|error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused)
        .on_retry(|event| {
            println!("attempt {} was refused", event.attempt.number());
            let _ = refused.send(()); // nobody waits for it any more once the server is up
        });
    let mut connection = blocking::retry(&policy, || TcpStream::connect(address))?;

    let mut text = String::new();
    connection.read_to_string(&mut text)?;
    println!("{text}");
    server.join().map_err(|_| io::Error::other("the server panicked"))?
}
