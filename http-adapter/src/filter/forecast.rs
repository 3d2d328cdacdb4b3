//! The waits of a filter before it waits.

use std::ops::RangeInclusive;
use std::time::Duration;

use persevere::{Attempt, Backoff, Decision, Entropy, Failure};

use super::RetryFilter;
use super::backoff::Waits;
use crate::rules::Drawn;

impl RetryFilter {
    /// Returns the shortest and the longest wait before each retry, in order.
    ///
    /// All attempts fail in the same way. The timeout and the waits that responses ask for do not count.
    ///
    /// ```
    /// use persevere_http::RetryFilter;
    /// use std::time::Duration;
    ///
    /// let ms = Duration::from_millis;
    /// let filter: RetryFilter = "Retry=3,BAD_GATEWAY,GET,10ms,25ms".parse()?;
    /// assert_eq!(filter.waits().collect::<Vec<_>>(), [ms(10)..=ms(10), ms(20)..=ms(20), ms(25)..=ms(25)]);
    /// # Ok::<(), persevere_http::spring::ConfigError>(())
    /// ```
    pub fn waits(&self) -> impl Iterator<Item = RangeInclusive<Duration>> + '_ {
        let mut shortest = Forecast::drawn(Entropy::Lowest, u64::MIN);
        let mut longest = Forecast::drawn(Entropy::Highest, u64::MAX);
        (1..=self.retries()).map_while(move |number| {
            let (least, most) = (shortest.next(self, number)?, longest.next(self, number)?);
            Some(least.min(most)..=least.max(most))
        })
    }
}

/// The waits of one request so far, all drawn alike.
struct Forecast {
    entropy: Entropy,
    /// The same for rules that draw their waits.
    word: u64,
    previous: Duration,
    drawn: Drawn,
}

impl Forecast {
    fn drawn(entropy: Entropy, word: u64) -> Self {
        Self { entropy, word, previous: Duration::ZERO, drawn: Drawn::default() }
    }

    fn next(&mut self, filter: &RetryFilter, number: u32) -> Option<Duration> {
        let decided = self.decided(&filter.waits, number)?;
        let wait = filter.rules.draw(&mut self.drawn, self.word).unwrap_or(decided);
        self.previous = wait;
        Some(wait)
    }

    fn decided(&self, waits: &Waits, number: u32) -> Option<Duration> {
        let attempt = Attempt::new(number).with_previous_delay(self.previous);
        match waits.decide(&Failure::new(attempt, self.word).with_entropy(self.entropy)) {
            Decision::Retry(wait) => Some(wait),
            Decision::Stop(_) => None,
        }
    }
}
