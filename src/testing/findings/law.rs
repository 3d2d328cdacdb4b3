//! [`Law`]: one sentence that holds for all good backoffs.

use std::fmt;

/// One sentence that holds for all good backoffs, or for those that claim it, with the name that it has in the catalogue: in
/// `docs/laws.md` of the repository, with what checks it and what breaks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Law {
    id: &'static str,
    says: &'static str,
    usual_cause: &'static str,
}

impl Law {
    pub(crate) const fn new(id: &'static str, says: &'static str) -> Self {
        Self { id, says, usual_cause: "" }
    }

    /// The same law, of which one reason to be broken is far more usual than others.
    pub(crate) const fn mostly(self, usual_cause: &'static str) -> Self {
        Self { usual_cause, ..self }
    }

    /// Its short name: a letter and a number.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// What it says.
    #[must_use]
    pub const fn says(&self) -> &'static str {
        self.says
    }

    /// What is usually the reason when it is broken, and what to do then; empty where there is no usual one.
    #[must_use]
    pub const fn usual_cause(&self) -> &'static str {
        self.usual_cause
    }
}

/// What a check of any kind may come upon.
pub(crate) const NO_PANIC: Law =
    Law::new("B4", "nothing panics, however long the call and whatever it is asked");

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id, self.says)
    }
}
