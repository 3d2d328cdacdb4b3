//! [`Scalar`]: one value of a configuration, before anybody knows what it should be.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

use crate::error::Invalid;

/// What stands for "no limit".
const NONE: &str = "none";

/// One value, as it was written: read as text whatever its type, so that a wrong one is refused by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Scalar {
    #[default]
    Absent,
    Text(String),
    Whole(u64),
    Real(f64),
}

impl Scalar {
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// A duration as people write it.
    pub(super) fn of(duration: Duration) -> Self {
        Self::Text(human(duration))
    }

    /// A limit as people write it; the longest one is none.
    pub(super) fn of_limit(limit: Duration) -> Self {
        if limit == Duration::MAX { Self::none() } else { Self::of(limit) }
    }

    /// No limit.
    pub(super) fn none() -> Self {
        Self::Text(NONE.to_owned())
    }

    /// A duration; `default` if it is absent.
    pub(super) fn duration(&self, field: &str, default: Option<Duration>) -> Result<Duration, Invalid> {
        match (self, default) {
            (Self::Absent, Some(default)) => Ok(default),
            (Self::Text(text), _) => {
                humantime::parse_duration(text).map_err(|_| self.invalid(field, A_DURATION))
            }
            _ => Err(self.invalid(field, A_DURATION)),
        }
    }

    /// A duration, or none, which is the longest one; `default` if it is absent.
    pub(super) fn limit(&self, field: &str, default: Duration) -> Result<Duration, Invalid> {
        if self.is_none() { Ok(Duration::MAX) } else { self.duration(field, Some(default)) }
    }

    /// A number that `bound` describes; `default` if it is absent.
    pub(super) fn number<N: FromStr>(
        &self,
        field: &str,
        default: Option<N>,
        bound: &'static str,
    ) -> Result<N, Invalid> {
        match (self, default) {
            (Self::Absent, Some(default)) => Ok(default),
            _ => self.to_string().parse().map_err(|_| self.invalid(field, bound)),
        }
    }

    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::Text(text) if text == NONE)
    }

    pub(super) fn invalid(&self, field: &str, bound: &'static str) -> Invalid {
        Invalid::new(field.to_owned(), self, bound)
    }
}

/// The bounds of numbers that are not looked at any further.
pub(super) const A_COUNT: &str = "must be a whole number from 0 to 4294967295";
pub(super) const A_NUMBER: &str = "must be a number";

const A_DURATION: &str = "must be a duration with its unit, such as 100ms or 1m 30s";

/// A duration as people write it: `1m 30s`.
pub(super) fn human(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("missing"),
            Self::Text(text) => f.write_str(text),
            Self::Whole(number) => write!(f, "{number}"),
            Self::Real(number) => write!(f, "{number}"),
        }
    }
}

impl Serialize for Scalar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Whole(number) => serializer.serialize_u64(*number),
            Self::Real(number) => serializer.serialize_f64(*number),
        }
    }
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyScalar)
    }
}

struct AnyScalar;

impl Visitor<'_> for AnyScalar {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a single value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar::Text(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar::Whole(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Scalar, E> {
        Ok(u64::try_from(number).map_or_else(|_| Scalar::Text(number.to_string()), Scalar::Whole))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar::Real(number))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar::Text(value.to_string()))
    }

    /// An empty value is not an absent one: it would be taken for "none" by one reader and for the default by the next.
    fn visit_unit<E: Error>(self) -> Result<Scalar, E> {
        Ok(Scalar::Text("empty".to_owned()))
    }
}
