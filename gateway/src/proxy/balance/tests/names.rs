//! The addresses of a name.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::advance;

use super::super::{Balance, Servers};
use super::{FAULT, address, balance, choose, no_names, ports};
use crate::proxy::resolve::Resolver;
use crate::time::{now, pause as sleep, since};
use test_servers::ms;

/// The time until an answer comes, and its addresses. An empty list stands for a failure.
type Answer = (Duration, Vec<&'static str>);

/// A name server that gives its answers in turn, and then repeats the last answer.
#[derive(Clone, Default)]
struct NameServer {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<AtomicUsize>,
    reports: Arc<Mutex<Vec<String>>>,
}

impl NameServer {
    fn new(answers: impl IntoIterator<Item = (u64, Vec<&'static str>)>) -> Self {
        let answers = answers.into_iter().map(|(after, answer)| (ms(after), answer)).collect();
        Self { answers: Arc::new(Mutex::new(answers)), ..Self::default() }
    }

    fn resolver(&self) -> Resolver {
        let (own, reports) = (self.clone(), Arc::clone(&self.reports));
        let look_up = move |_: &str, port| {
            own.asked.fetch_add(1, Ordering::Relaxed);
            let mut answers = own.answers.lock().unwrap();
            let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
            let (after, found) = next.expect("there are answers");
            let found = found.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), port)).collect::<Vec<_>>();
            let answer: crate::proxy::resolve::LookingUp = Box::pin(async move {
                sleep(after).await;
                if found.is_empty() { Err(io::Error::other("no such name")) } else { Ok(found) }
            });
            answer
        };
        let report = move |host: &str, failure: Option<&str>| {
            reports.lock().unwrap().push(format!("{host}: {}", failure.unwrap_or("again")));
        };
        Resolver::new(Box::new(look_up), Box::new(report))
    }

    fn balance(&self) -> Balance {
        balance(&Servers::new(), &self.resolver(), &["orders.internal:80"])
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// The addresses that take turns.
fn used(balance: &Balance, number: usize) -> Vec<String> {
    let one = || address(&choose(balance, None)).ip().to_string();
    std::iter::repeat_with(one).take(number).collect()
}

/// Waits for the tasks that are ready.
async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_addresses_of_a_name_take_turns() {
    let names = NameServer::new([(20, vec!["10.0.0.1", "fd00::2"])]);
    let balance = names.balance();
    assert!(balance.choice().is_none(), "the first request waits");
    balance.looked_up(Some(ms(500))).await.expect("it has addresses");
    assert_eq!(used(&balance, 4), ["10.0.0.1", "fd00::2", "10.0.0.1", "fd00::2"]);
}

#[tokio::test(start_paused = true)]
async fn an_address_of_a_name_rests_alone() {
    let names = NameServer::new([(0, vec!["10.0.0.1", "10.0.0.2"])]);
    let balance = names.balance();
    balance.looked_up(None).await.expect("it has addresses");
    for _ in 0..6 {
        let mut chosen = choose(&balance, None);
        if address(&chosen).ip().to_string() == "10.0.0.1" {
            chosen.failed(FAULT)
        } else {
            chosen.succeeded()
        };
    }
    assert_eq!((used(&balance, 3), balance.resting()), (vec!["10.0.0.2".to_owned(); 3], 1));
}

#[tokio::test(start_paused = true)]
async fn requests_share_one_look_up_of_a_name() {
    let names = NameServer::new([(300, vec!["10.0.0.1"])]);
    let (balance, started) = (names.balance(), now());
    let looks = (0..50).map(|_| balance.looked_up(Some(ms(500))));
    assert!(futures::future::join_all(looks).await.iter().all(Result::is_ok));
    assert_eq!((names.asked(), since(started)), (1, ms(300)));
    let elsewhere = names.balance();
    assert!(elsewhere.choice().is_none(), "another resolver knows nothing of it");
}

#[tokio::test(start_paused = true)]
async fn requests_use_the_old_answer_while_a_name_is_looked_up() {
    let names = NameServer::new([(0, vec!["10.0.0.1"]), (400, vec!["10.0.0.2"])]);
    let balance = names.balance();
    balance.looked_up(None).await.expect("it has addresses");
    advance(ms(9_900)).await;
    assert_eq!((used(&balance, 3), names.asked()), (vec!["10.0.0.1".to_owned(); 3], 1));
    advance(ms(200)).await;
    assert_eq!(used(&balance, 3), ["10.0.0.1"; 3]);
    settle().await;
    assert_eq!((used(&balance, 3), names.asked()), (vec!["10.0.0.1".to_owned(); 3], 2));
    sleep(ms(401)).await;
    assert_eq!((used(&balance, 3), names.asked()), (vec!["10.0.0.2".to_owned(); 3], 2));
}

/// Another server may have the address by now.
#[tokio::test(start_paused = true)]
async fn a_request_after_a_long_pause_waits_for_a_new_answer() {
    let names = NameServer::new([(0, vec!["10.0.0.1"]), (100, vec!["10.0.0.2"])]);
    let balance = names.balance();
    balance.looked_up(None).await.expect("it has addresses");
    advance(ms(30_001)).await;
    assert!(balance.choice().is_none());
    let choice = balance.looked_up(Some(ms(500))).await.expect("it has addresses");
    assert_eq!(address(&balance.choose(&choice, None)).ip().to_string(), "10.0.0.2");
}

#[tokio::test(start_paused = true)]
async fn the_last_good_answer_is_used_while_look_ups_fail() {
    let names = NameServer::new([(0, vec!["10.0.0.1"]), (0, vec![])]);
    let balance = names.balance();
    balance.looked_up(None).await.expect("it has addresses");
    for _ in 0..59 {
        advance(ms(10_100)).await;
        let choice = match balance.choice() {
            Some(choice) => choice,
            None => balance.looked_up(None).await.expect("the last one is kept"),
        };
        assert_eq!(choice.servers().len(), 1);
        settle().await;
    }
    assert_eq!(*names.reports.lock().unwrap(), ["orders.internal: no such name"], "told once");
    advance(ms(10_100)).await;
    let error = balance.looked_up(None).await.expect_err("ten minutes are over");
    assert_eq!(error.to_string(), "cannot look up `orders.internal`: no such name");
}

#[tokio::test(start_paused = true)]
async fn a_failed_look_up_is_not_repeated_within_a_second() {
    let names = NameServer::new([(0, vec![]), (0, vec!["10.0.0.1"])]);
    let balance = names.balance();
    for _ in 0..20 {
        balance.looked_up(None).await.expect_err("no such name");
    }
    assert_eq!(names.asked(), 1);
    advance(ms(1_001)).await;
    balance.looked_up(None).await.expect("it has an address by now");
    assert_eq!(*names.reports.lock().unwrap(), ["orders.internal: no such name", "orders.internal: again"]);
}

#[tokio::test(start_paused = true)]
async fn a_request_waits_for_a_name_server_no_longer_than_its_limit() {
    let names = NameServer::new([(60_000, vec!["10.0.0.1"])]);
    let (balance, started) = (names.balance(), now());
    let error = balance.looked_up(Some(ms(500))).await.expect_err("nothing is known");
    assert_eq!(error.to_string(), "cannot look up `orders.internal`: no answer in time");
    assert_eq!(since(started), ms(500));
    for _ in 0..20 {
        sleep(ms(1_000)).await;
        let _ = balance.looked_up(Some(ms(500))).await;
    }
    assert_eq!(names.asked(), 1, "the look-up goes on");
    assert_eq!(*names.reports.lock().unwrap(), ["orders.internal: the name server does not answer"]);
    sleep(ms(60_000)).await;
    balance.looked_up(Some(ms(500))).await.expect("the answer has come");
    assert_eq!(names.reports.lock().unwrap().last().map(String::as_str), Some("orders.internal: again"));
}

#[tokio::test(start_paused = true)]
async fn an_address_that_disappears_is_forgotten() {
    let names = NameServer::new([
        (0, vec!["10.0.0.1", "10.0.0.2", "10.0.0.3"]),
        (0, vec!["10.0.0.3", "10.0.0.1"]),
        (0, vec!["10.0.0.2", "10.0.0.1", "10.0.0.3"]),
    ]);
    let balance = names.balance();
    let look = async |pause| {
        advance(ms(pause)).await;
        balance.choice();
        settle().await;
        let choice = balance.looked_up(None).await.expect("it has addresses");
        choice.servers().iter().map(|server| server.address.ip().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(look(0).await, ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    while address(&choose(&balance, None)).ip().to_string() != "10.0.0.1" {}
    let mut second = choose(&balance, None);
    assert!(second.failed(super::UNREACHABLE).is_some());
    drop(second);
    assert_eq!(balance.resting(), 1);
    assert_eq!(look(10_001).await, ["10.0.0.1", "10.0.0.3"], "in the order that it had");
    assert_eq!(look(10_001).await, ["10.0.0.1", "10.0.0.3", "10.0.0.2"]);
    assert_eq!(balance.resting(), 0, "a new server may have the old address");
}

#[tokio::test(start_paused = true)]
async fn no_more_than_64_addresses_of_a_name_are_used() {
    let many = (0..250_u8).map(|last| &*Box::leak(format!("10.0.0.{last}").into_boxed_str())).collect();
    let names = NameServer::new([(0, many)]);
    let choice = names.balance().looked_up(None).await.expect("it has addresses");
    assert_eq!(choice.servers().len(), 64);
}

#[tokio::test(start_paused = true)]
async fn an_address_does_not_wait_for_the_name_of_another_instance() {
    let names = NameServer::new([(100, vec!["10.0.0.1"])]);
    let balance = balance(&Servers::new(), &names.resolver(), &["orders.internal:80", "127.0.0.1:2"]);
    assert_eq!(ports(&balance, 3), [2, 2, 2]);
    sleep(ms(101)).await;
    let mut both = ports(&balance, 2);
    both.sort_unstable();
    assert_eq!(both, [2, 80]);
}

#[tokio::test(start_paused = true)]
async fn an_address_is_not_looked_up() {
    let both = balance(&Servers::new(), &no_names(), &["127.0.0.1", "[::1]:8080"]);
    let places: Vec<_> = (0..2).map(|_| address(&choose(&both, None)).to_string()).collect();
    assert_eq!(places, ["127.0.0.1:80", "[::1]:8080"]);
}
