//! [`Table`]: a group of values of a configuration, which is not there, empty, or written.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Serialize, Serializer};

use super::scalar::NONE;
use crate::error::Invalid;

/// A group of values. One that was begun and left empty is not absent: it would silently be the default. Nor is one that is
/// `none`, where there may be none.
#[derive(Debug, Default)]
pub(super) enum Table<T> {
    #[default]
    Absent,
    Empty,
    None,
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
            Self::Empty => Err(Invalid::new(path.to_owned(), "empty", "must be left out or written")),
            Self::None => Err(Invalid::new(path.to_owned(), NONE, "must be left out or written")),
            Self::Written(table) => read(table).map(Some),
        }
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
            Self::Absent | Self::Empty => serializer.serialize_none(),
            Self::None => serializer.serialize_str(NONE),
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
        f.write_str("a table or list of values, such as { base: 100ms } or [1s, 2s]")
    }

    fn visit_unit<E: Error>(self) -> Result<Table<T>, E> {
        Ok(Table::Empty)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Table<T>, E> {
        if text == NONE { Ok(Table::None) } else { Err(E::invalid_type(Unexpected::Str(text), &self)) }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Table<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Table::Written)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Table<T>, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(list)).map(Table::Written)
    }
}
