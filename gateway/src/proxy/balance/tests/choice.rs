//! The turns of servers, and the server of a retry.

use super::super::Tried;
use super::{FAULT, UNREACHABLE, addresses, choose, port, ports, the};

#[tokio::test(start_paused = true)]
async fn servers_that_do_not_rest_share_requests_evenly() {
    let (balance, _) = addresses(4);
    assert_eq!(ports(&balance, 8), [1, 2, 3, 4, 1, 2, 3, 4]);
    the(&balance, 2).failed(UNREACHABLE);
    let used = ports(&balance, 300);
    for port in [1, 3, 4] {
        assert_eq!(used.iter().filter(|&&used| used == port).count(), 100, "{port}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_prefers_a_server_that_its_request_has_not_tried() {
    let (balance, _) = addresses(3);
    let tried = Tried::default();
    let mut used = Vec::new();
    for _ in 0..7 {
        let mut chosen = choose(&balance, Some(&tried));
        used.push(port(&chosen));
        ports(&balance, 1); // another request between the attempts
        chosen.failed(FAULT);
    }
    assert_eq!(used, [1, 2, 3, 1, 2, 3, 1]);
}

/// A server that failed this request once is better than a resting server.
#[tokio::test(start_paused = true)]
async fn a_retry_goes_back_before_it_goes_to_a_resting_server() {
    let (balance, _) = addresses(3);
    the(&balance, 2).failed(UNREACHABLE);
    let tried = Tried::default();
    let used: Vec<_> = (0..4).map(|_| port(&choose(&balance, Some(&tried)))).collect();
    assert!(!used.contains(&2), "{used:?}");
    assert!(used.windows(2).all(|pair| pair[0] != pair[1]), "{used:?}");
}

#[tokio::test(start_paused = true)]
async fn a_retry_takes_no_turn_of_another_request() {
    let (balance, _) = addresses(2);
    for _ in 0..6 {
        let tried = Tried::default();
        assert_eq!(port(&choose(&balance, Some(&tried))), 1, "the first attempt");
        assert_eq!(port(&choose(&balance, Some(&tried))), 2, "its retry");
        assert_eq!(ports(&balance, 1), [2]);
    }
}
