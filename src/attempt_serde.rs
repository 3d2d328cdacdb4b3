//! An [`Attempt`] as it is saved: with the feature `serde`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::attempt::Attempt;

/// What a session needs to go on. The remaining time is not part of it: the policy knows its deadline.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Attempt", deny_unknown_fields)]
struct Saved {
    number: u32,
    elapsed: Duration,
    previous_delay: Duration,
}

impl Serialize for Attempt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (number, elapsed, previous_delay) = (self.number(), self.elapsed(), self.previous_delay());
        Saved { number, elapsed, previous_delay }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Attempt {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Saved { number, elapsed, previous_delay } = Saved::deserialize(deserializer)?;
        if number == 0 {
            return Err(serde::de::Error::custom("`number` is 0: attempts count from 1"));
        }
        Ok(Self::new(number).with_elapsed(elapsed).with_previous_delay(previous_delay))
    }
}
