//! [`GatewayRules`] as the rules of a filter, with the limits of one request.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method};
use persevere::{DEFAULT_MAX_HINT, Invalid, Verdict};

use super::GatewayRules;
use crate::rules::rule_set::{Defaults, RuleSet, RuleSettings};
use crate::rules::{Course, Outcome, RequestFacts, Row, Rules, Ruling};

/// The refused streams that a filter follows within one request.
const REFUSALS: u8 = 3;

impl RuleSet for GatewayRules {
    fn facts(&self, method: &Method, headers: &HeaderMap) -> Option<RequestFacts> {
        (*method != Method::CONNECT).then(|| self.facts(method, headers))
    }

    fn judge(&self, request: RequestFacts, outcome: Outcome<'_>, course: &mut Course) -> Ruling {
        let ruling = limited(self.rule(request, outcome), course);
        course.row = ruling.row;
        ruling
    }

    fn defaults(&self) -> Defaults {
        let (max_wait, wait_spread) = (Some(DEFAULT_MAX_HINT), Duration::from_millis(500));
        Defaults { has_budget: true, max_wait, wait_spread }
    }

    fn completed(&self, settings: RuleSettings) -> Result<Arc<dyn RuleSet>, Invalid> {
        let rules = self.clone();
        Ok(Arc::new(if settings.sends_once { rules.sends_once(true) } else { rules }))
    }
}

impl From<GatewayRules> for Rules {
    fn from(rules: GatewayRules) -> Self {
        Self(Arc::new(rules))
    }
}

/// Limits what is repeated within one request.
///
/// A 421 is followed once. A reused connection is replaced without a wait once. Three refusals are followed.
fn limited(ruling: Ruling, course: &mut Course) -> Ruling {
    match ruling.row {
        Some(Row::Misdirected) if std::mem::replace(&mut course.misdirected, true) => {
            Ruling { verdict: Verdict::Reject, ..ruling }
        }
        Some(Row::ReusedClosed) if std::mem::replace(&mut course.reused_closed, true) => {
            Ruling::new(Row::BeforeHead, Verdict::retry())
        }
        Some(Row::Refused) => {
            course.refused = course.refused.saturating_add(1);
            if course.refused > REFUSALS { Ruling { verdict: Verdict::Reject, ..ruling } } else { ruling }
        }
        _ => ruling,
    }
}
