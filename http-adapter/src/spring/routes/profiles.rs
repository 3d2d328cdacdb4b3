//! [`Profiles`]: the active profiles, which decide which documents of a file count.

use super::notes::Notes;
use crate::spring::yaml::{Node, Placeholders, Value, closest};

/// The profiles of Spring that are active.
#[derive(Debug)]
pub(crate) struct Profiles(Vec<String>);

/// The name of the profiles for which a document counts.
const ON_PROFILE: &str = "spring.config.activate.on-profile";

/// The deepest nesting of parentheses in an expression.
const DEEPEST: usize = 16;

impl Profiles {
    /// Returns the active profiles.
    ///
    /// The environment names them, or else a document without a profile. If neither does, the profile is `default`.
    ///
    /// Placeholders in their names are replaced, and a group (`spring.profiles.group.NAME`) adds its members.
    pub(crate) fn of(
        documents: &[Node],
        environment: &dyn Fn(&str) -> Option<String>,
        notes: &mut Notes,
    ) -> Self {
        let split = |text: String| text.split(',').map(|name| name.trim().to_owned()).collect();
        let told: Option<Vec<String>> = environment("SPRING_PROFILES_ACTIVE").map(split);
        documents.iter().filter_map(|document| document.at(ON_PROFILE)).for_each(|node| check(node, notes));
        let base = documents.iter().filter(|document| wanted(document).is_none());
        let profiles = base.clone().filter(|document| document.at("spring.profiles").is_some());
        let said =
            |name: &str| profiles.clone().filter_map(|document| document.at(name)).next_back().cloned();
        let mut names = |name: &str| {
            let mut node = said(name)?;
            let empty = || Node::new(node.position, Value::Empty);
            let tree = base.clone().fold(empty(), |tree, document| tree.overridden_by(document.clone()));
            notes.unresolved(Placeholders::new(&tree, environment).resolve(&mut node));
            node.texts().ok()
        };
        let active = told.or_else(|| names("spring.profiles.active"));
        let mut active = active.or_else(|| names("spring.profiles.default")).unwrap_or_default();
        active.extend(names("spring.profiles.include").unwrap_or_default());
        active.retain(|name| !name.is_empty());
        if active.is_empty() {
            active.push("default".to_owned());
        }
        let mut next = 0_usize;
        while let Some(profile) = active.get(next) {
            let members = said("spring.profiles.group").and_then(|groups| groups.get(profile)?.texts().ok());
            let is_new = |name: &String| !name.is_empty() && !active.contains(name);
            let members: Vec<_> = members.into_iter().flatten().filter(is_new).collect();
            active.extend(members);
            next = next.saturating_add(1);
        }
        Self(active)
    }

    /// Returns the reason why a document does not count, or `None` if it does.
    pub(crate) fn passed_over(&self, document: &Node) -> Option<String> {
        if let Some(platform) = document.at("spring.config.activate.on-cloud-platform") {
            let platform = platform.scalar().unwrap_or_default();
            return Some(format!("it is for the platform `{platform}`, and no platform is known here"));
        }
        let wanted = wanted(document)?;
        if wanted.iter().any(|expression| self.accept(expression)) {
            return None;
        }
        let names = wanted.iter().flat_map(|text| text.split(['!', '&', '|', '(', ')', ' ']));
        let meant = names
            .filter(|name| !name.is_empty())
            .find(|name| closest(name, self.0.iter().map(String::as_str)).is_some());
        let advice = meant.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
        let (wanted, active) = (wanted.join(", "), self.0.join(", "));
        Some(format!(
            "it is for the profile `{wanted}`, and active is `{active}`: set SPRING_PROFILES_ACTIVE to choose{advice}"
        ))
    }

    fn accept(&self, expression: &str) -> bool {
        Expression::read(expression, &self.0).unwrap_or(false)
    }
}

/// Refuses the profiles of a document that cannot be read. The document would otherwise never count, or always.
fn check(node: &Node, notes: &mut Notes) {
    if node.value == Value::Empty {
        return;
    }
    let Some(expressions) = notes.take(node.texts()) else { return };
    for expression in expressions.iter().filter(|expression| Expression::read(expression, &[]).is_none()) {
        let message = format!(
            "`{expression}` is not an expression of profiles: write names with `!`, and either `&` or `|` between them, as in \
             `prod & (eu | us)`"
        );
        notes.refuse(node.position, message);
    }
}

/// Returns the profiles that a document names, in the current form or an older one.
fn wanted(document: &Node) -> Option<Vec<String>> {
    let today = document.at(ON_PROFILE);
    today.or_else(|| document.at("spring.profiles")).and_then(|node| node.texts().ok())
}

/// An expression of profiles, such as `prod & !(eu | us)`.
struct Expression<'e> {
    rest: &'e str,
    active: &'e [String],
}

impl<'e> Expression<'e> {
    /// Returns whether the active profiles fit, or `None` if the text is malformed.
    fn read(text: &'e str, active: &'e [String]) -> Option<bool> {
        let mut expression = Self { rest: text, active };
        let accepted = expression.several(DEEPEST)?;
        expression.rest.trim().is_empty().then_some(accepted)
    }

    /// Reads parts that all have `&` between them, or all `|`. Spring asks for parentheses around anything else.
    fn several(&mut self, depth: usize) -> Option<bool> {
        let mut accepted = self.one(depth)?;
        let Some(sign) = ['&', '|'].into_iter().find(|sign| self.take(*sign)) else { return Some(accepted) };
        loop {
            let next = self.one(depth)?;
            accepted = if sign == '&' { accepted && next } else { accepted || next };
            if !self.take(sign) {
                return Some(accepted);
            }
        }
    }

    fn one(&mut self, depth: usize) -> Option<bool> {
        let depth = depth.checked_sub(1)?;
        if self.take('!') {
            return self.one(depth).map(|accepted| !accepted);
        }
        if self.take('(') {
            let accepted = self.several(depth)?;
            return self.take(')').then_some(accepted);
        }
        let end = self.rest.find(['!', '&', '|', '(', ')']).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        let name = name.trim();
        (!name.is_empty()).then(|| self.active.iter().any(|active| active == name))
    }

    fn take(&mut self, sign: char) -> bool {
        let rest = self.rest.trim_start();
        self.rest = rest.strip_prefix(sign).unwrap_or(rest);
        self.rest.len() < rest.len()
    }
}
