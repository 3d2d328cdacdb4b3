//! The start and the end of a server's rest.

use std::collections::HashSet;
use std::time::Duration;

use tokio::time::advance;

use super::super::{Change, Chosen, Fault, Tried};
use super::{FAULT, UNREACHABLE, addresses, balance, choose, no_names, port, ports, the};
use test_servers::ms;

/// Makes the server with this port rest.
fn exhaust(balance: &super::Balance, port: u16) -> Option<Change> {
    (0..3).map(|_| the(balance, port).failed(FAULT)).last().flatten()
}

/// The length of a rest.
fn rest(change: Option<Change>) -> Duration {
    match change {
        Some(Change::Rests(rest)) => rest,
        other => panic!("no rest: {other:?}"),
    }
}

fn assert_between(rest: Duration, shortest: u64, longest: u64) {
    assert!((ms(shortest)..=ms(longest)).contains(&rest), "{rest:?}");
}

#[tokio::test(start_paused = true)]
async fn three_failures_in_a_row_make_a_server_rest() {
    let (balance, _) = addresses(2);
    assert_eq!(the(&balance, 1).failed(FAULT), None);
    assert_eq!(the(&balance, 1).failed(FAULT), None);
    assert_between(rest(the(&balance, 1).failed(FAULT)), 800, 1_000);
    assert_eq!(balance.resting(), 1);
    assert_eq!(ports(&balance, 20), [2; 20]);
}

/// Several gateways would otherwise return to a server at once.
#[tokio::test(start_paused = true)]
async fn rests_differ_at_random() {
    let (balance, _) = addresses(9);
    let rests: HashSet<_> = (1..=8).map(|port| rest(exhaust(&balance, port))).collect();
    assert!(rests.len() > 1, "{rests:?}");
}

#[tokio::test(start_paused = true)]
async fn one_success_resets_the_count_of_failures() {
    let (balance, _) = addresses(2);
    for _ in 0..5 {
        assert_eq!(the(&balance, 1).failed(FAULT), None);
        assert_eq!(the(&balance, 1).failed(FAULT), None);
        assert_eq!(the(&balance, 1).succeeded(), None, "it was awake");
    }
    assert_eq!(balance.resting(), 0);
}

#[tokio::test(start_paused = true)]
async fn one_failure_to_connect_makes_a_server_rest() {
    let (balance, _) = addresses(2);
    assert_between(rest(the(&balance, 2).failed(UNREACHABLE)), 800, 1_000);
    assert_eq!(ports(&balance, 20), [1; 20]);
}

#[tokio::test(start_paused = true)]
async fn one_request_probes_a_server_after_its_rest() {
    let (balance, _) = addresses(2);
    exhaust(&balance, 1);
    advance(ms(1_001)).await;
    let mut held: Vec<_> = (0..20).map(|_| choose(&balance, None)).collect();
    let probes: Vec<_> = held.iter().filter(|chosen| port(chosen) == 1).collect();
    assert_eq!(probes.len(), 1);
    let mut back: Vec<_> = held.iter_mut().filter_map(Chosen::succeeded).collect();
    assert_eq!(back.len(), 1);
    let Some(Change::Awake(rested)) = back.pop() else { panic!("it is back") };
    assert_between(rested, 1_000, 1_010);
    let after = ports(&balance, 20);
    assert_eq!(after.iter().filter(|&&port| port == 1).count(), 10, "{after:?}");
}

#[tokio::test(start_paused = true)]
async fn each_failed_probe_doubles_the_rest_up_to_half_a_minute() {
    let (balance, _) = addresses(2);
    let mut last = rest(exhaust(&balance, 1));
    for (shortest, longest) in [(1_600, 2_000), (3_200, 4_000), (6_400, 8_000), (12_800, 16_000)]
        .into_iter()
        .chain([(24_000, 30_000); 40])
    {
        advance(last.saturating_add(ms(2))).await;
        last = rest(the(&balance, 1).failed(FAULT));
        assert_between(last, shortest, longest);
        assert_eq!(ports(&balance, 4), [2; 4]);
    }
    advance(last.saturating_add(ms(2))).await;
    assert!(matches!(the(&balance, 1).succeeded(), Some(Change::Awake(_))));
    assert_between(rest(exhaust(&balance, 1)), 800, 1_000);
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_probe_leaves_the_probe_to_the_next_request() {
    let (balance, _) = addresses(2);
    exhaust(&balance, 1);
    advance(ms(1_001)).await;
    for _ in 0..5 {
        drop(the(&balance, 1));
    }
    assert_between(rest(the(&balance, 1).failed(FAULT)), 1_600, 2_000);
}

/// Its response may take long, and other requests need the server meanwhile.
#[tokio::test(start_paused = true)]
async fn a_slow_probe_lets_another_request_probe() {
    let (balance, _) = addresses(2);
    exhaust(&balance, 1);
    advance(ms(1_001)).await;
    let mut slow = the(&balance, 1);
    assert_eq!(ports(&balance, 10), [2; 10]);
    advance(ms(1_001)).await;
    let mut second = the(&balance, 1);
    assert_eq!(slow.failed(FAULT), None, "the second one decides");
    assert!(matches!(second.succeeded(), Some(Change::Awake(_))));
}

#[tokio::test(start_paused = true)]
async fn outcomes_from_before_a_rest_change_nothing() {
    let (balance, _) = addresses(2);
    let mut before: Vec<_> =
        (0..20).map(|_| choose(&balance, None)).filter(|chosen| port(chosen) == 1).collect();
    assert_eq!(before.len(), 10);
    let length = rest(exhaust(&balance, 1));
    let mut late = before.split_off(5);
    assert!(before.iter_mut().all(|chosen| chosen.failed(FAULT).is_none()), "the rest is not longer");
    assert!(late.iter_mut().all(|chosen| chosen.succeeded().is_none()), "the rest is not shorter");
    assert_eq!(ports(&balance, 10), [2; 10]);
    advance(length.saturating_add(ms(2))).await;
    assert!(matches!(the(&balance, 1).succeeded(), Some(Change::Awake(_))));
}

#[tokio::test(start_paused = true)]
async fn servers_that_all_rest_are_all_used() {
    let (balance, _) = addresses(3);
    for port in 1..=3 {
        exhaust(&balance, port);
    }
    assert_eq!(balance.resting(), 3);
    let mut used: Vec<_> = (0..6).map(|_| port(&choose(&balance, None))).collect();
    used.sort_unstable();
    assert_eq!(used, [1, 1, 2, 2, 3, 3]);
    // A failure is no news, and a success ends the rest.
    let mut chosen = choose(&balance, None);
    assert_eq!(chosen.failed(FAULT), None);
    let mut chosen = choose(&balance, None);
    assert!(matches!(chosen.succeeded(), Some(Change::Awake(_))));
    assert_eq!(ports(&balance, 4), [port(&chosen); 4]);
}

#[tokio::test(start_paused = true)]
async fn reachable_servers_are_used_first_when_all_rest() {
    let (balance, _) = addresses(3);
    the(&balance, 1).failed(UNREACHABLE);
    exhaust(&balance, 2);
    exhaust(&balance, 3);
    let used: Vec<_> = (0..20).map(|_| port(&choose(&balance, None))).collect();
    assert!(!used.contains(&1) && used.contains(&2) && used.contains(&3), "{used:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_gets_the_longer_rest_that_it_asks_for() {
    for (asked, shortest, longest) in [(10, 800, 1_000), (5_000, 5_000, 5_000), (3_600_000, 30_000, 30_000)] {
        let (balance, _) = addresses(2);
        let fault = Fault { is_unreachable: false, asked: Some(ms(asked)) };
        let change = (0..3).map(|_| the(&balance, 1).failed(fault)).last().flatten();
        assert_between(rest(change), shortest, longest);
    }
}

#[tokio::test(start_paused = true)]
async fn routes_to_the_same_server_share_its_rest() {
    let (first, servers) = addresses(2);
    exhaust(&first, 1);
    let second = balance(&servers, &no_names(), &["127.0.0.1:3", "127.0.0.1:1"]);
    drop(first); // as when a new configuration takes the place of the old one
    assert_eq!(ports(&second, 10), [3; 10]);
    assert_eq!(second.resting(), 1);
    let only = balance(&servers, &no_names(), &["127.0.0.1:1"]);
    assert_eq!(only.resting(), 0, "it has no other one");
}

#[tokio::test(start_paused = true)]
async fn the_only_server_of_a_route_never_rests() {
    let (balance, _) = addresses(1);
    for _ in 0..10 {
        assert_eq!(choose(&balance, Some(&Tried::default())).failed(UNREACHABLE), None);
    }
    assert_eq!(balance.resting(), 0);
}
