//! Dotted names and indices, as `routes[0].id`, become the mappings and lists that they stand for.

use super::node::{DEEPEST, Key, Node, Value, WIDEST};
use super::reader::too_wide;
use crate::spring::closest::{is_plain_of, plain};
use crate::spring::error::{ConfigError, Problems};
use crate::spring::position::Position;

/// One step of a dotted name, with its offset in characters. An index is written `[0]`.
type Step = (String, usize);

impl Node {
    /// Returns the tree with dotted names and indices turned into mappings and lists.
    ///
    /// The result is what Spring reads. Parts that are written in several forms or spellings are merged. A name in brackets, such as `[a.b]`, stays whole.
    ///
    /// ```
    /// use persevere_http::spring::yaml::Node;
    ///
    /// let tree = Node::parse("a.first-name: x\na:\n  b[0].c: y")?.nested()?;
    /// let a = tree.get("a").expect("it is there");
    /// assert_eq!(a.get("firstName").and_then(Node::scalar), Some("x"));
    /// assert_eq!(tree.at("a.b[0].c").and_then(Node::scalar), Some("y"));
    /// # Ok::<(), persevere_http::spring::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] if a name is incomplete, a value is there twice, or a list lacks an index.
    pub fn nested(&self) -> Result<Self, ConfigError> {
        match self.nested_and_problems()? {
            (tree, None) => Ok(tree),
            (_, Some(problems)) => Err(problems),
        }
    }

    /// Returns the tree as [`nested`](Self::nested) does, and separately the errors that leave the rest readable.
    ///
    /// They are values that are there twice, of which the first one counts, and lists that lack an index. A reader of settings can
    /// thus report all other errors in the same run.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] with all errors if a name is incomplete, or if the tree is too deep or too wide.
    pub fn nested_and_problems(&self) -> Result<(Self, Option<ConfigError>), ConfigError> {
        let mut wrong = Wrong::default();
        let mut tree = nest(self, DEEPEST, &mut wrong);
        make_lists(&mut tree, &mut wrong.problems);
        match wrong.problems.end(()) {
            Err(problems) if wrong.has_lost => Err(problems),
            ended => Ok((tree, ended.err())),
        }
    }

    /// Returns the value at the end of a dotted name, in any of Spring's spellings.
    #[must_use]
    pub fn at(&self, name: &str) -> Option<&Self> {
        steps(name).ok()?.iter().try_fold(self, |node, (step, _)| match (&node.value, index(step)) {
            (Value::List(nodes), Some(index)) => nodes.get(index),
            _ => node.get(step),
        })
    }

    /// Returns this tree with the values of a later tree merged over it.
    ///
    /// This is how Spring merges documents. A list replaces an earlier list as a whole.
    #[must_use]
    pub fn overridden_by(self, later: Self) -> Self {
        match (self.value, later.value) {
            (Value::Map(mut entries), Value::Map(others)) => {
                for (key, node) in others {
                    let name = plain(&key.name);
                    let known = entries.iter_mut().find(|(known, _)| is_plain_of(&name, &known.name));
                    if let Some((_, old)) = known {
                        let earlier = std::mem::replace(old, Self::new(key.position, Value::Empty));
                        *old = earlier.overridden_by(node);
                    } else {
                        entries.push((key, node));
                    }
                }
                Self::new(self.position, Value::Map(entries))
            }
            (_, value) => Self::new(later.position, value),
        }
    }
}

/// What is wrong with the names of a tree.
#[derive(Default)]
struct Wrong {
    problems: Problems,
    /// An entry is not in the tree, so other entries may only seem to be missing.
    has_lost: bool,
}

impl Wrong {
    /// Adds the error for which an entry is left out.
    fn lose(&mut self, position: Position, message: impl Into<String>) {
        self.has_lost = true;
        self.problems.add(ConfigError::syntax(position, message));
    }
}

/// The steps of a name.
fn steps(name: &str) -> Result<Vec<Step>, &'static str> {
    let (mut steps, mut offset) = (Vec::new(), 0_usize);
    let mut rest = name;
    loop {
        let (step, behind) = if let Some(inside) = rest.strip_prefix('[') {
            let (inside, behind) = inside.split_once(']').ok_or("a bracket is not closed")?;
            let is_index = !inside.is_empty() && inside.bytes().all(|byte| byte.is_ascii_digit());
            let index = || inside.parse::<usize>().map_err(|_| "an index is longer than any list");
            (if is_index { format!("[{}]", index()?) } else { inside.to_owned() }, behind)
        } else {
            let (step, behind) = rest.split_at(rest.find(['.', '[']).unwrap_or(rest.len()));
            (step.to_owned(), behind)
        };
        if step.is_empty() {
            return Err("a part between dots is empty");
        }
        steps.push((step, offset));
        let next = behind.strip_prefix('.').unwrap_or(behind);
        if behind.is_empty() {
            return if steps.len() <= DEEPEST { Ok(steps) } else { Err("it has too many parts") };
        }
        offset = offset.saturating_add(rest.chars().count().saturating_sub(next.chars().count()));
        rest = next;
    }
}

/// The number of an index.
fn index(step: &str) -> Option<usize> {
    step.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

fn nest(node: &Node, depth: usize, wrong: &mut Wrong) -> Node {
    let value = match &node.value {
        Value::List(nodes) => Value::List(nodes.iter().map(|node| nest(node, depth, wrong)).collect()),
        Value::Map(entries) => {
            let mut nested = Vec::new();
            for (key, node) in entries {
                add(&mut nested, key, node, depth, wrong);
            }
            Value::Map(nested)
        }
        other => other.clone(),
    };
    Node::new(node.position, value)
}

/// Adds an entry, under each step of its name.
fn add(entries: &mut Vec<(Key, Node)>, key: &Key, node: &Node, depth: usize, wrong: &mut Wrong) {
    let steps = match steps(&key.name) {
        Ok(steps) => steps,
        // Other names are not names of Spring. They stay as they are.
        Err(_) if !key.name.contains(['.', '[']) => vec![(key.name.clone(), 0)],
        Err(problem) => {
            return wrong.lose(key.position, format!("in `{}`, {problem}", key.name));
        }
    };
    let Some(deeper) = depth.checked_sub(steps.len()) else {
        return wrong.lose(key.position, format!("nested deeper than {DEEPEST}"));
    };
    let mut value = nest(node, deeper, wrong);
    let mut keys = steps.into_iter().map(|(step, offset)| Key::new(key.position.right(offset), step));
    let Some(first) = keys.next() else { return };
    for key in keys.rev() {
        value = Node::new(key.position, Value::Map(vec![(key, value)]));
    }
    insert(entries, first, value, wrong);
}

/// Adds an entry, or merges it with the one that is there.
fn insert(entries: &mut Vec<(Key, Node)>, key: Key, node: Node, wrong: &mut Wrong) {
    let name = plain(&key.name);
    // Entries of one group usually follow each other, so the search starts at the last entry.
    let Some((known, old)) = entries.iter_mut().rev().find(|(known, _)| is_plain_of(&name, &known.name))
    else {
        match entries.len() {
            WIDEST => wrong.lose(key.position, too_wide()),
            // This has been said.
            more if more > WIDEST => return,
            _ => {}
        }
        return entries.push((key, node));
    };
    if old.value == Value::Empty {
        *old = node;
    } else if is_group(&old.value) && is_group(&node.value) && is_open(&old.value, &node.value) {
        let mut merged = indexed(std::mem::replace(&mut old.value, Value::Empty));
        for (key, node) in indexed(node.value) {
            insert(&mut merged, key, node, wrong);
        }
        old.value = Value::Map(merged);
    } else if node.value != Value::Empty {
        let line = known.position.line;
        let message = format!("`{}` is there already, as `{}` in line {line}", key.name, known.name);
        wrong.problems.add(ConfigError::syntax(key.position, message));
    }
}

/// Returns true if two values can be merged. Two lists cannot, because each is complete.
const fn is_open(one: &Value, other: &Value) -> bool {
    !matches!((one, other), (Value::List(_), Value::List(_)))
}

const fn is_group(value: &Value) -> bool {
    matches!(value, Value::Map(_) | Value::List(_))
}

/// Returns the entries of a mapping, or the indexed items of a list.
fn indexed(value: Value) -> Vec<(Key, Node)> {
    match value {
        Value::Map(entries) => entries,
        Value::List(nodes) => {
            let entry = |(index, node): (usize, Node)| (Key::new(node.position, format!("[{index}]")), node);
            nodes.into_iter().enumerate().map(entry).collect()
        }
        Value::Empty | Value::Scalar(_) => Vec::new(),
    }
}

/// Turns mappings of indices into lists.
fn make_lists(node: &mut Node, problems: &mut Problems) {
    match &mut node.value {
        Value::List(nodes) => {
            for node in nodes {
                make_lists(node, problems);
            }
        }
        Value::Map(entries) => {
            for (_, node) in entries.iter_mut() {
                make_lists(node, problems);
            }
            if entries.iter().any(|(key, _)| index(&key.name).is_some()) {
                node.value = list(std::mem::take(entries), problems);
            }
        }
        Value::Empty | Value::Scalar(_) => {}
    }
}

/// Returns the items in the order of their indices, without what is not an item.
fn list(entries: Vec<(Key, Node)>, problems: &mut Problems) -> Value {
    let mut items = Vec::new();
    for (key, node) in entries {
        let Some(index) = index(&key.name) else {
            let message =
                format!("`{}` stands beside indices such as `[0]`: it is a list or a mapping", key.name);
            problems.add(ConfigError::syntax(key.position, message));
            continue;
        };
        items.push((index, key, node));
    }
    items.sort_by_key(|(index, ..)| *index);
    let gap = items.iter().enumerate().find(|(place, (index, ..))| place != index);
    if let Some((place, (index, key, _))) = gap {
        let message =
            format!("the item `[{index}]` has no `[{place}]` before it: count from 0 without a gap");
        problems.add(ConfigError::syntax(key.position, message));
    }
    Value::List(items.into_iter().map(|(.., node)| node).collect())
}
