//! [`Report`]: which laws were checked, and what breaks them.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use super::law::Law;

/// The most delays of a run that are printed.
const SHOWN: usize = 12;

/// What breaks a law: the shortest run that does.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// The law that is broken.
    pub law: Law,
    /// What is wrong.
    pub what: String,
    /// The seed of the run; `None` when it is about many runs, or about one that has no seed.
    pub seed: Option<u64>,
    /// The delays of the run, up to the one that breaks the law.
    pub delays: Vec<Duration>,
}

impl Finding {
    pub(crate) const fn new(law: Law, what: String) -> Self {
        Self { law, what, seed: None, delays: Vec::new() }
    }

    pub(crate) fn after(self, seed: Option<u64>, delays: &[Duration]) -> Self {
        Self { seed, delays: delays.to_vec(), ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n    {}", self.law, self.what)?;
        let seed = self.seed.map_or_else(String::new, |seed| format!(" (seed {seed})"));
        if self.delays.is_empty() {
            f.write_str(&seed)?;
        } else {
            let hidden = self.delays.len().saturating_sub(SHOWN);
            let before = if hidden > 0 { format!("… {hidden} more, ") } else { String::new() };
            let shown: Vec<_> = self.delays.iter().skip(hidden).map(|delay| format!("{delay:?}")).collect();
            write!(f, "\n    delays: {before}{}{seed}", shown.join(", "))?;
        }
        match self.law.usual_cause() {
            "" => Ok(()),
            cause => write!(f, "\n    usually: {cause}"),
        }
    }
}

/// Which laws were checked, and what breaks them. It prints as a line for each law, with what was found under it.
///
/// ```
/// use persevere::exponential;
/// use persevere::testing::{Check, Contract};
/// use std::time::Duration;
///
/// let ms = Duration::from_millis;
/// let report = Check::new().backoff(&exponential(ms(100)), &Contract::new().cap(ms(250)));
/// assert_eq!(report.held().len(), 3); // nothing panics, equal seeds are equal, and the bounds hold
/// assert_eq!(
///     report.against("B1").expect("nothing caps it").to_string(),
/// "B1: no delay exceeds the cap, whatever the jitter
///     delay 3 is 400ms, above the cap of 250ms
///     delays: 100ms, 200ms, 400ms (seed 0)",
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a report that nobody looks at checks nothing"]
pub struct Report {
    held: Vec<Law>,
    unchecked: Vec<Law>,
    findings: Vec<Finding>,
}

impl Report {
    /// Notes the result of one check of so many cases. A law of several checks holds if all of them do, and is told of once.
    pub(crate) fn note(&mut self, law: Law, cases: usize, finding: Option<Finding>) {
        if self.against(law.id()).is_some() {
            return;
        }
        if let Some(finding) = finding {
            self.held.retain(|held| *held != law);
            self.unchecked.retain(|unchecked| *unchecked != law);
            self.findings.push(finding);
        } else if cases > 0 {
            self.unchecked.retain(|unchecked| *unchecked != law);
            if !self.held.contains(&law) {
                self.held.push(law);
            }
        } else if !self.held.contains(&law) && !self.unchecked.contains(&law) {
            self.unchecked.push(law);
        }
    }

    /// The laws that were checked and hold.
    #[must_use]
    pub fn held(&self) -> &[Law] {
        &self.held
    }

    /// The laws of which no case came up: ranges too narrow for a spread, runs without delays.
    #[must_use]
    pub fn unchecked(&self) -> &[Law] {
        &self.unchecked
    }

    /// What breaks the others.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether all laws that were checked hold.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// The finding against the law of this name, if there is one.
    #[must_use]
    pub fn against(&self, id: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.law.id() == id)
    }

    /// Does nothing if all laws that were checked hold.
    ///
    /// # Panics
    ///
    /// With the findings, if there are any.
    #[track_caller]
    pub fn assert(&self) {
        assert!(self.is_clean(), "{} of {} laws are broken\n{self}", self.findings.len(), self.total());
    }

    fn total(&self) -> usize {
        self.held.len().saturating_add(self.findings.len())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "broken  {finding}")?;
        }
        self.held.iter().try_for_each(|law| writeln!(f, "holds   {law}"))?;
        self.unchecked.iter().try_for_each(|law| writeln!(f, "no case {law}"))
    }
}

/// What a panic says.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_owned())
}
