//! The choice of a server in virtual time.

mod choice;
mod names;
mod rests;

use std::net::SocketAddr;

use http::uri::{Authority, Scheme};

use super::{Balance, Choice, Chosen, Fault, Servers, Tried};
use crate::proxy::resolve::Resolver;

const FAULT: Fault = Fault { is_unreachable: false, asked: None };
const UNREACHABLE: Fault = Fault { is_unreachable: true, asked: None };

/// A balance over these authorities.
fn balance(servers: &Servers, resolver: &Resolver, authorities: &[&str]) -> Balance {
    let instance = |authority: &&str| (Scheme::HTTP, authority.parse::<Authority>().expect("valid"));
    Balance::new(authorities.iter().map(instance), servers, resolver)
}

/// A balance over `number` addresses, with the ports 1, 2, ….
fn addresses(number: u16) -> (Balance, Servers) {
    let servers = Servers::new();
    let authorities: Vec<_> = (1..=number).map(|port| format!("127.0.0.1:{port}")).collect();
    let authorities: Vec<_> = authorities.iter().map(String::as_str).collect();
    (balance(&servers, &no_names(), &authorities), servers)
}

/// A resolver that panics when a name is looked up.
fn no_names() -> Resolver {
    let look_up = |host: &str, _| panic!("{host} is looked up");
    Resolver::new(Box::new(look_up), Box::new(|_, _| {}))
}

/// The server of the next attempt.
fn choose(balance: &Balance, tried: Option<&Tried>) -> Chosen {
    let choice: Choice = balance.choice().expect("the addresses are known");
    balance.choose(&choice, tried)
}

fn port(chosen: &Chosen) -> u16 {
    address(chosen).port()
}

fn address(chosen: &Chosen) -> SocketAddr {
    chosen.server.address
}

/// The ports of this many first attempts, all of which succeed.
fn ports(balance: &Balance, number: usize) -> Vec<u16> {
    let one = || {
        let mut chosen = choose(balance, None);
        chosen.succeeded();
        port(&chosen)
    };
    std::iter::repeat_with(one).take(number).collect()
}

/// Chooses until the server with this port has its turn. The others succeed meanwhile.
fn the(balance: &Balance, wanted: u16) -> Chosen {
    for _ in 0..100 {
        let mut chosen = choose(balance, None);
        if port(&chosen) == wanted {
            return chosen;
        }
        chosen.succeeded();
    }
    panic!("{wanted} has no turn");
}
