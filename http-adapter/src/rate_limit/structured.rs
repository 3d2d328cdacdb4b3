//! `RateLimit` as a structured field.
//!
//! The current draft defines a list of quotas. Earlier drafts defined a dictionary.

use std::convert::Infallible;
use std::time::Duration;

use http::HeaderMap;
use sfv::visitor::{
    DictionaryVisitor, EntryVisitor, Ignored, InnerListVisitor, ItemVisitor, ListVisitor, ParameterVisitor,
};
use sfv::{BareItemFromInput, KeyRef, Parser};

/// Returns the longest wait of all quotas that are used up.
///
/// All lines of the field form one text. If the text has a mistake, the whole field is ignored
/// ([RFC 9651, 4.2](https://www.rfc-editor.org/rfc/rfc9651#section-4.2)).
pub(super) fn wait(headers: &HeaderMap) -> Option<Duration> {
    let mut lines = headers.get_all("ratelimit").iter();
    let first = lines.next()?;
    let mut text = first.as_bytes().to_vec();
    for line in lines {
        text.extend_from_slice(b", ");
        text.extend_from_slice(line.as_bytes());
    }
    let list = Parser::new(&text).parse_list_with_visitor(Quotas::default());
    let wait = list.or_else(|_| Parser::new(&text).parse_dictionary_with_visitor(Members::default()));
    wait.ok().flatten().map(Duration::from_secs)
}

/// The quotas of a list such as `"default";r=0;t=30`.
#[derive(Default)]
struct Quotas {
    longest: Option<u64>,
}

impl<'de> ListVisitor<'de> for Quotas {
    type Out = Option<u64>;
    type Error = Infallible;

    fn entry(&mut self) -> Result<impl EntryVisitor<'de>, Infallible> {
        Ok(Quota { longest: &mut self.longest, is_named: false, remaining: None, reset: None })
    }

    fn finish(self) -> Result<Option<u64>, Infallible> {
        Ok(self.longest)
    }
}

/// An item of the list.
///
/// It has a name, `r` for the rest of the quota, and `t` for the seconds until the quota is reset.
struct Quota<'q> {
    longest: &'q mut Option<u64>,
    is_named: bool,
    remaining: Option<u64>,
    reset: Option<u64>,
}

impl<'de> EntryVisitor<'de> for Quota<'_> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'de>, Infallible> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, Infallible> {
        Ok(Ignored)
    }
}

impl<'de> ItemVisitor<'de> for Quota<'_> {
    type Out = ();
    type Error = Infallible;

    fn bare_item(
        mut self,
        item: BareItemFromInput<'de>,
    ) -> Result<impl ParameterVisitor<'de, Out = ()>, Infallible> {
        self.is_named = matches!(item, BareItemFromInput::String(_) | BareItemFromInput::Token(_));
        Ok(self)
    }
}

impl<'de> ParameterVisitor<'de> for Quota<'_> {
    type Out = ();
    type Error = Infallible;

    fn parameter(&mut self, key: &'de KeyRef, value: BareItemFromInput<'de>) -> Result<(), Infallible> {
        match key.as_str() {
            "r" => self.remaining = whole(&value),
            "t" => self.reset = whole(&value),
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Infallible> {
        if self.is_named && self.remaining == Some(0) {
            *self.longest = (*self.longest).max(self.reset);
        }
        Ok(())
    }
}

/// The members of a dictionary such as `limit=100, remaining=0, reset=30`.
#[derive(Default)]
struct Members {
    remaining: Option<u64>,
    reset: Option<u64>,
}

impl<'de> DictionaryVisitor<'de> for Members {
    type Out = Option<u64>;
    type Error = Infallible;

    fn entry(&mut self, key: &'de KeyRef) -> Result<impl EntryVisitor<'de>, Infallible> {
        Ok(Member(match key.as_str() {
            "remaining" => Some(&mut self.remaining),
            "reset" => Some(&mut self.reset),
            _ => None,
        }))
    }

    fn finish(self) -> Result<Option<u64>, Infallible> {
        Ok(self.reset.filter(|_| self.remaining == Some(0)))
    }
}

/// The place to store the value of one member.
struct Member<'q>(Option<&'q mut Option<u64>>);

impl<'de> EntryVisitor<'de> for Member<'_> {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'de>, Infallible> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, Infallible> {
        if let Some(value) = self.0 {
            *value = None;
        }
        Ok(Ignored)
    }
}

impl<'de> ItemVisitor<'de> for Member<'_> {
    type Out = ();
    type Error = Infallible;

    fn bare_item(
        self,
        item: BareItemFromInput<'de>,
    ) -> Result<impl ParameterVisitor<'de, Out = ()>, Infallible> {
        if let Some(value) = self.0 {
            *value = whole(&item);
        }
        Ok(Ignored)
    }
}

/// Returns the value if it is an integer that is not negative.
fn whole(value: &BareItemFromInput<'_>) -> Option<u64> {
    match value {
        BareItemFromInput::Integer(number) => u64::try_from(i64::from(*number)).ok(),
        _ => None,
    }
}
