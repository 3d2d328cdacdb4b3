//! [`Crowd`]: connections that do nothing good, from many addresses of the loopback.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use futures::stream::{self, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};

/// Connections that are made at once.
const AT_ONCE: usize = 256;

/// Connections of one address.
const OF_ONE: usize = 1_000;

/// The behaviour of each connection of a crowd.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Habit {
    /// Sends nothing.
    Silent,
    /// Sends the first byte of a method, or of HTTP/2.
    OneByte,
    /// Sends half of a head.
    HalfHead,
    /// Sends the preface of HTTP/2, and nothing after it.
    Preface,
    /// Asks over HTTP/2 and leaves no room for the response.
    NoWindow,
    /// Asks over HTTP/1.1 and reads nothing.
    NoReading,
}

pub(crate) const HABITS: [Habit; 6] =
    [Habit::Silent, Habit::OneByte, Habit::HalfHead, Habit::Preface, Habit::NoWindow, Habit::NoReading];

impl Habit {
    /// Returns the name of the behaviour.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Silent => "nothing is sent",
            Self::OneByte => "`P` is sent",
            Self::HalfHead => "half a head is sent",
            Self::Preface => "HTTP/2, no request",
            Self::NoWindow => "HTTP/2, no window",
            Self::NoReading => "nothing is read",
        }
    }

    /// Returns the divisor for the number of connections.
    ///
    /// A request needs a connection to a server as well. A response that is not read fills the buffers of the kernel.
    pub(crate) const fn share(self) -> usize {
        match self {
            Self::NoWindow => 3,
            Self::NoReading => 10,
            _ => 1,
        }
    }

    fn bytes(self) -> Vec<u8> {
        const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
        let no_window = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0];
        let get_large =
            [0, 0, 21, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x04, 6, b'/', b'l', b'a', b'r', b'g', b'e', 0x01, 8];
        match self {
            Self::Silent => Vec::new(),
            Self::OneByte => b"P".to_vec(),
            Self::HalfHead => b"GET / HTTP/1.1\r\nHost: a.exam".to_vec(),
            Self::Preface => PREFACE.to_vec(),
            Self::NoWindow => [PREFACE, &no_window, &get_large, b"a.exampl"].concat(),
            Self::NoReading => b"GET /large HTTP/1.1\r\nHost: a.example\r\n\r\n".to_vec(),
        }
    }
}

/// Connections that do nothing good; they end with this value.
#[derive(Debug)]
pub(crate) struct Crowd(Vec<TcpStream>);

impl Crowd {
    /// Opens `count` connections, or as many as possible.
    pub(crate) async fn gather(gateway: SocketAddr, habit: Habit, count: usize) -> Self {
        let bytes = habit.bytes();
        let connections = (0..count).map(|number| connect(gateway, number, &bytes));
        let all = stream::iter(connections).buffer_unordered(AT_ONCE);
        Self(all.filter_map(async |connection| connection.ok()).collect().await)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

async fn connect(gateway: SocketAddr, number: usize, bytes: &[u8]) -> io::Result<TcpStream> {
    let last = u8::try_from(number / OF_ONE).unwrap_or(u8::MAX).saturating_add(2);
    let socket = TcpSocket::new_v4()?;
    socket.bind((IpAddr::from(Ipv4Addr::new(127, 0, 0, last)), 0).into())?;
    let mut stream = socket.connect(gateway).await?;
    stream.write_all(bytes).await?;
    Ok(stream)
}
