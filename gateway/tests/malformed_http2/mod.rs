//! HTTP/2 that breaks its rules, sent to a gateway.
//!
//! Each case ends as RFC 9113 says, and other clients are served as before.

mod floods;
mod frames;
mod headers;
mod requests;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;

use futures::future::join_all;

use self::wire::{Code, Connection, PING, PREFACE, Said, WHOLE, frame, get};
use crate::support::{Gateway, Recorder, Reply, ms, within};

/// The end that a case must have.
#[derive(Clone, Copy, Debug)]
enum End {
    /// `GOAWAY` with this code, and the end of the connection.
    Connection(Code),
    /// `RST_STREAM` for stream 1 with this code, and the connection goes on.
    Stream(Code),
    /// This status on stream 1, and the connection goes on.
    Status(u16),
    /// As if it had not been sent.
    Ignored,
}

/// Something that breaks a rule.
struct Case {
    name: &'static str,
    /// The section of RFC 9113.
    section: &'static str,
    /// The bytes that are sent after the preface.
    bytes: Vec<u8>,
    end: End,
    /// The end that `h2` chooses instead, and the reason why it does no harm.
    deviates: Option<(End, &'static str)>,
}

/// The code that `h2` uses for most errors. The connection ends all the same.
const ONE_CODE: (End, &str) = (End::Connection(Code::Protocol), "another code for the same end");

/// RFC 9113, section 5.4.1, allows it.
const WHOLE_CONNECTION: (End, &str) =
    (End::Connection(Code::Protocol), "an error of a stream may be one of the connection");

/// A case that sends several frames.
fn case(name: &'static str, section: &'static str, frames: &[Vec<u8>], end: End) -> Case {
    Case { name, section, bytes: frames.concat(), end, deviates: None }
}

impl Case {
    /// The library ends it in another way, which does no harm for this reason.
    fn but(mut self, deviation: (End, &'static str)) -> Self {
        self.deviates = Some(deviation);
        self
    }

    /// Returns what is wrong with the way in which a gateway ends this case.
    async fn fault(&self, gateway: SocketAddr) -> Option<String> {
        let Self { name, section, deviates, .. } = self;
        let end = self.expected();
        let fault = match within(ms(20_000), self.ended(gateway)).await {
            Some(said) if self.is_right(&said) => return None,
            Some(said) => format!("{said:?}"),
            None => "nothing".to_owned(),
        };
        Some(format!("{name} ({section}): {end:?} is expected, {fault} came; deviation: {deviates:?}"))
    }

    fn expected(&self) -> End {
        self.deviates.map_or(self.end, |(end, _)| end)
    }

    /// Returns everything that a gateway says in this case.
    ///
    /// It ends with the connection, or with the answers to a ping, to another request and, if it is expected, to the case.
    async fn ended(&self, gateway: SocketAddr) -> Vec<Said> {
        let mut connection = Connection::open(gateway).await;
        connection.send(PREFACE).await;
        connection.send(&self.bytes).await;
        connection.send(&frame(PING, 0, 0, &[0; 8])).await;
        let mut all = Vec::new();
        loop {
            let said = connection.next().await;
            all.push(said);
            if said == Said::Pong {
                connection.send(&frame(wire::HEADERS, WHOLE, OTHER, &get())).await;
            }
            // The answers to two streams come in any order.
            let is_answered =
                |stream| all.iter().any(|said| matches!(said, Said::Status(of, _) if *of == stream));
            let is_expected = matches!(self.expected(), End::Status(_));
            if said == Said::End || is_answered(OTHER) && (is_answered(1) || !is_expected) {
                return all;
            }
        }
    }

    fn is_right(&self, said: &[Said]) -> bool {
        let goes_on = said.contains(&Said::Status(OTHER, 200)) && !said.contains(&Said::End);
        let ends: Vec<_> = said.iter().filter(|said| !matches!(said, Said::Pong)).collect();
        match self.expected() {
            End::Connection(code) => {
                let went = said.contains(&Said::GoAway(code as u32));
                went && said.last() == Some(&Said::End)
            }
            End::Stream(code) => goes_on && ends.contains(&&Said::Reset(1, code as u32)),
            End::Status(status) => goes_on && ends.contains(&&Said::Status(1, status)),
            End::Ignored => {
                goes_on && !ends.iter().any(|said| matches!(said, Said::Reset(..) | Said::GoAway(_)))
            }
        }
    }
}

/// The stream of a good request after a case.
const OTHER: u32 = 101;

/// A gateway before a server that answers everything.
async fn gateway(name: &str) -> Gateway {
    let upstream = Arc::<Recorder>::default().start(|_| Reply::Status(200, "ok")).await;
    let text = crate::support::one_route(name, &format!("http://{upstream}"), "[]");
    let config = crate::support::file(&format!("{name}.yaml"), &text);
    Gateway::serve(&config, &["--log", "off", "--stall", "5s"]).await
}

async fn assert_all(name: &str, cases: Vec<Case>) {
    let gateway = gateway(name).await;
    let faults = join_all(cases.iter().map(|case| case.fault(gateway.address))).await;
    let faults: Vec<_> = faults.into_iter().flatten().collect();
    assert!(faults.is_empty(), "{} of {} cases:\n{}", faults.len(), cases.len(), faults.join("\n"));
    assert_eq!(gateway.get("/").await.status(), 200, "others are served");
}

#[tokio::test]
async fn broken_frames_end_what_they_belong_to() {
    assert_all("malformed-frames", frames::cases()).await;
}

#[tokio::test]
async fn broken_header_blocks_end_what_they_belong_to() {
    assert_all("malformed-headers", headers::cases()).await;
}

#[tokio::test]
async fn malformed_requests_are_refused_on_their_streams() {
    assert_all("malformed-requests", requests::cases()).await;
}
