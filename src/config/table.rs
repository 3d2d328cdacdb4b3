//! [`Table`]: a group of values of a configuration, which is not there, empty, or written.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use super::scalar::Scalar;
use crate::error::Invalid;

/// A group of values.
#[derive(Debug, Default)]
pub(super) enum Table<T> {
    #[default]
    Absent,
    /// No group at all: `none`, where there may be none, and otherwise wrong. So is one that was begun and left empty: it would
    /// silently be the default.
    Value(Scalar),
    Written(T),
}

impl<T> Table<T> {
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// What is written, if anything is.
    pub(super) fn read<V>(
        &self,
        path: &str,
        read: impl FnOnce(&T) -> Result<V, Invalid>,
    ) -> Result<Option<V>, Invalid> {
        match self {
            Self::Absent => Ok(None),
            Self::Value(value) => Err(Invalid::new(path.to_owned(), value, expected(path))),
            Self::Written(table) => read(table).map(Some),
        }
    }
}

/// What a group looks like, by its name.
fn expected(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or(path) {
        "budget" => {
            "must be none, or a table such as { tokens: { capacity: 10 } } or { ratio: { ratio: 0.1 } }"
        }
        "tokens" => "must be a table such as { capacity: 10, per_success: 0.1 }",
        "ratio" => "must be a table such as { ratio: 0.1, per_second: 1 }",
        "cost" => "must be a table such as { throttled: 0.5 }",
        "by_kind" => "must be a table such as { throttled: { constant: { delay: 5s } } }",
        "backoff" | "throttled" | "not_sent" => "must be a table such as { exponential: { base: 100ms } }",
        "constant" => "must be a table such as { delay: 100ms }",
        "sequence" => "must be a list such as [1s, 2s]",
        _ => "must be a table such as { base: 100ms }",
    }
}

impl<T> From<Option<T>> for Table<T> {
    fn from(table: Option<T>) -> Self {
        table.map_or(Self::Absent, Self::Written)
    }
}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => serializer.serialize_none(),
            Self::Value(value) => value.serialize(serializer),
            Self::Written(table) => table.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyTable(PhantomData))
    }
}

struct AnyTable<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AnyTable<T> {
    type Value = Table<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table or list of values")
    }

    fn visit_unit<E: Error>(self) -> Result<Table<T>, E> {
        self.visit_str("empty")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Table<T>, E> {
        Ok(Table::Value(Scalar::Text(text.to_owned())))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Table<T>, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Table<T>, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Table<T>, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Table<T>, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Table<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Table::Written)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Table<T>, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(list)).map(Table::Written)
    }
}
