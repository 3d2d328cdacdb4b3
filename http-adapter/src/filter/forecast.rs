//! What a filter would wait for.

use std::ops::RangeInclusive;
use std::time::Duration;

use persevere::{Attempt, Backoff, Decision, Entropy, Failure};

use super::RetryFilter;
use super::backoff::Waits;
use crate::rules::Rules;
use crate::spring_backoff::Delays;

impl RetryFilter {
    /// The shortest and the longest wait before each retry, in order, for a request whose attempts all fail in the same way:
    /// as the filter is set, without its time-out and without what responses ask for.
    ///
    /// ```
    /// use persevere_http::RetryFilter;
    /// use std::time::Duration;
    ///
    /// let ms = Duration::from_millis;
    /// let filter: RetryFilter = "Retry=3,BAD_GATEWAY,GET,10ms,25ms".parse()?;
    /// assert_eq!(filter.waits().collect::<Vec<_>>(), [ms(10)..=ms(10), ms(20)..=ms(20), ms(25)..=ms(25)]);
    /// # Ok::<(), persevere_http::ConfigError>(())
    /// ```
    pub fn waits(&self) -> impl Iterator<Item = RangeInclusive<Duration>> + '_ {
        let (mut shortest, mut longest) = (Course::default(), Course::default());
        (1..=self.retries()).map_while(move |number| {
            let least = shortest.next(self, number, Entropy::Lowest)?;
            let most = longest.next(self, number, Entropy::Highest)?;
            Some(least.min(most)..=least.max(most))
        })
    }
}

/// The waits of one request so far, all drawn from the same entropy.
#[derive(Default)]
struct Course {
    previous: Duration,
    spring: Delays,
}

impl Course {
    fn next(&mut self, filter: &RetryFilter, number: u32, entropy: Entropy) -> Option<Duration> {
        let wait = match &filter.rules {
            Rules::Spring(rules) => {
                let word = if entropy == Entropy::Lowest { u64::MIN } else { u64::MAX };
                rules.backoff.map_or(Duration::ZERO, |backoff| self.spring.next(backoff, rules.jitter, word))
            }
            Rules::Gateway(_) => self.decided(&filter.waits, number, entropy)?,
        };
        self.previous = wait;
        Some(wait)
    }

    fn decided(&self, waits: &Waits, number: u32, entropy: Entropy) -> Option<Duration> {
        let attempt = Attempt::new(number).with_previous_delay(self.previous);
        match waits.decide(&Failure::new(attempt, 0).with_entropy(entropy)) {
            Decision::Retry(wait) => Some(wait),
            Decision::Stop(_) => None,
        }
    }
}
