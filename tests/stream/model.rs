//! What a stream should do, for any plans.

use std::time::Duration;

use persevere::testing::VirtualTime;
use persevere::{BackoffExt, Policy, RetryStream};
use proptest::prelude::*;

use super::{Alive, Plan, collect, opener};
use crate::support::ms;

/// What a stream of these plans should yield, and its sleeps.
fn model(plans: &[Plan], attempts: u32, healthy: Duration) -> (Vec<Result<u32, u8>>, Vec<Duration>) {
    let (mut items, mut sleeps, mut number) = (Vec::new(), Vec::new(), 1);
    for plan in plans {
        let lasted: Duration = plan.items.iter().map(|(gap, _)| *gap).sum();
        if plan.opens {
            items.extend(plan.items.iter().map(|(_, item)| Ok(*item)));
            if !plan.fails {
                break;
            }
            if lasted >= healthy {
                number = 1;
            }
        }
        if number >= attempts {
            items.push(Err(if plan.opens { 2 } else { 1 }));
            break;
        }
        sleeps.push(ms(u64::from(number)));
        number += 1;
    }
    (items, sleeps)
}

fn plan() -> impl Strategy<Value = Plan> {
    let gap = || prop_oneof![3 => Just(ms(0)), 2 => (0_u64..40).prop_map(ms)];
    let items = prop::collection::vec((gap(), any::<u32>()), 0..4);
    (gap(), prop::bool::weighted(0.8), items, prop::bool::weighted(0.9))
        .prop_map(|(opening, opens, items, fails)| Plan { opening, opens, items, fails })
}

proptest! {
    #![proptest_config(crate::model::config())]

    #[test]
    fn a_stream_does_what_its_model_does(
        plans in prop::collection::vec(plan(), 1..8),
        attempts in 1_u32..5,
        healthy in prop_oneof![Just(Duration::MAX), (1_u64..60).prop_map(ms)],
    ) {
        let mut plans = plans;
        plans.extend(vec![Plan::refused(); 5]);
        let (time, alive) = (VirtualTime::new(), Alive::default());
        let policy = Policy::new(persevere::linear(ms(1)).attempts(attempts).reset_after(healthy));
        let items = collect(&time, RetryStream::new(&policy, opener(&time, &plans, &alive), time.clone()));
        prop_assert_eq!((items, time.sleeps()), model(&plans, attempts, healthy));
        prop_assert_eq!((alive.0.get(), time.armed()), (0, 0));
    }
}
