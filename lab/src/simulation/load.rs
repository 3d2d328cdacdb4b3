//! [`Load`]: when calls begin.

use crate::simulation::dice::Dice;

/// When calls begin.
#[derive(Clone, Copy, Debug)]
pub enum Load {
    /// At random times, whatever becomes of them: an *open* system, as the world is to a server.
    Open(Rate),
    /// Each client begins its next call some time after the last one has ended: a *closed* system. All together would begin so
    /// many a second if calls took no time.
    Closed(f64),
}

/// Calls a second, over the time.
#[derive(Clone, Copy, Debug)]
pub enum Rate {
    /// Always the same.
    Steady(f64),
    /// The first one, but the second from a time to another one, in seconds.
    Spike(f64, f64, [f64; 2]),
    /// Up to a peak at a time in seconds, and down again, by so many calls a second each second.
    Ramp {
        /// The most.
        peak: f64,
        /// When.
        at: f64,
        /// Less for each second before and after.
        slope: f64,
    },
}

impl Rate {
    /// Calls a second at a time in seconds.
    #[must_use]
    pub fn at(self, time: f64) -> f64 {
        match self {
            Self::Spike(_, peak, [from, to]) if time >= from && time <= to => peak,
            Self::Steady(rate) | Self::Spike(rate, ..) => rate,
            Self::Ramp { peak, at, slope } => peak - slope * (time - at).abs(),
        }
    }

    /// Seconds until the next call begins, at the rate of this moment, as in the simulators that are followed here; `None`, for
    /// ever, once there are none.
    pub(crate) fn gap(self, time: f64, dice: &mut Dice) -> Option<f64> {
        let rate = self.at(time);
        (rate > 0.0).then(|| dice.exponential(1.0 / rate))
    }

    /// The most calls a second.
    #[must_use]
    pub const fn most(self) -> f64 {
        match self {
            Self::Steady(rate) => rate,
            Self::Spike(rate, peak, _) => rate.max(peak),
            Self::Ramp { peak, .. } => peak,
        }
    }
}
