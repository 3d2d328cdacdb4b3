//! From the events of a YAML parser to a tree.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::node::{DEEPEST, Key, Node, Value, WIDEST};
use super::slips;
use crate::spring::error::{ConfigError, Problems};
use crate::spring::position::Position;

/// Nodes that aliases may add to a text. A few lines of aliases could stand for gigabytes.
const ALIASED: usize = 20_000;

impl Node {
    /// Reads the only document of `text`.
    ///
    /// An alias is a copy of what its anchor names, and a merge key (`<<`) adds entries of other mappings. Aliases that would
    /// add more than 20,000 nodes are refused. So are duplicate keys, and tags that YAML itself does not define.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] with the place of what cannot be read.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut documents = Self::documents(text)?;
        if let Some(second) = documents.get(1) {
            return Err(ConfigError::syntax(second.position, "only one document is expected"));
        }
        Ok(documents.pop().unwrap_or(Self::new(Position::START, Value::Empty)))
    }

    /// Reads all documents of `text`, which lines of `---` separate.
    ///
    /// ```
    /// use persevere_http::spring::yaml::Node;
    ///
    /// let documents = Node::documents("base: &base { retries: 3 }\n---\nretries: 4")?;
    /// assert_eq!(documents.len(), 2);
    /// assert_eq!(documents[1].get("retries").and_then(Node::scalar), Some("4"));
    /// # Ok::<(), persevere_http::spring::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] with the place of what cannot be read.
    pub fn documents(text: &str) -> Result<Vec<Self>, ConfigError> {
        match Self::documents_and_problems(text)? {
            (documents, None) => Ok(documents),
            (_, Some(problems)) => Err(problems),
        }
    }

    /// Reads all documents of `text`, and returns errors such as duplicate keys separately.
    ///
    /// A reader of settings can thus report all other errors in the same run.
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] if the text cannot be read to its end, or if it is not clear what its braces were meant to be.
    pub fn documents_and_problems(text: &str) -> Result<(Vec<Self>, Option<ConfigError>), ConfigError> {
        let mut reader = Reader::new(text);
        let mut documents = Vec::new();
        let read = loop {
            match reader.next() {
                Ok((Event::StreamEnd, _)) => break Ok(()),
                Ok((Event::DocumentStart(_), _)) => match reader.node(DEEPEST) {
                    Ok(node) => documents.push(node),
                    Err(error) => break Err(error),
                },
                Ok(_) => {}
                Err(error) => break Err(error),
            }
        };
        let is_read = read.is_ok() && reader.is_readable;
        reader.problems.take(read);
        match reader.problems.end(()) {
            Err(problems) if is_read => Ok((documents, Some(problems))),
            ended => ended.map(|()| (documents, None)),
        }
    }
}

/// The beginning of the names of all tags that YAML defines.
const TAGS: &str = "tag:yaml.org,2002:";

/// The tags of YAML whose values are texts, lists and mappings as they are written.
const KNOWN_TAGS: [&str; 7] = ["str", "int", "float", "bool", "null", "seq", "map"];

/// Reads events and makes nodes of them.
struct Reader<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    lines: Vec<&'t str>,
    anchors: HashMap<usize, Anchored>,
    /// Nodes that aliases have added.
    aliased: usize,
    /// Errors after which the rest can still be read.
    problems: Problems,
    /// The meaning of the rest is clear in spite of the errors so far.
    is_readable: bool,
}

/// The node of an anchor, with the number of its nodes and their depth.
struct Anchored {
    node: Node,
    nodes: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            parser: Parser::new_from_str(text),
            lines: text.split('\n').collect(),
            anchors: HashMap::new(),
            aliased: 0,
            problems: Problems::default(),
            is_readable: true,
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), ConfigError> {
        let lines = &self.lines;
        let failed = |error: ScanError| {
            let place = Position::new(error.marker().line(), error.marker().col().saturating_add(1));
            ConfigError::syntax(place, format!("{}{}", error.info(), slips::advice(lines, place)))
        };
        self.parser.next_event().unwrap_or(Ok((Event::StreamEnd, Span::default()))).map_err(failed)
    }

    fn node(&mut self, depth: usize) -> Result<Node, ConfigError> {
        let (event, span) = self.next()?;
        self.node_of(event, span, depth)
    }

    fn node_of(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, ConfigError> {
        let position = position(span);
        let Some(deeper) = depth.checked_sub(1) else {
            return Err(ConfigError::syntax(position, format!("nested deeper than {DEEPEST}")));
        };
        self.refuse_tag(&event, position);
        let (anchor, node) = match event {
            Event::Alias(anchor) => return self.alias(anchor, position, depth),
            Event::Scalar(text, style, anchor, _) => (anchor, scalar(&text, style, position)),
            Event::SequenceStart(anchor, _) => (anchor, Node::new(position, Value::List(self.list(deeper)?))),
            Event::MappingStart(anchor, _) => (anchor, Node::new(position, Value::Map(self.map(deeper)?))),
            _ => return Err(ConfigError::syntax(position, "a value is missing")),
        };
        if anchor > 0 {
            let (nodes, depth) = measured(&node);
            self.anchors.insert(anchor, Anchored { node: node.clone(), nodes, depth });
        }
        Ok(node)
    }

    /// Refuses a tag that changes what its value is: the value would be read without it.
    fn refuse_tag(&mut self, event: &Event<'t>, position: Position) {
        let (Event::Scalar(.., tag) | Event::SequenceStart(_, tag) | Event::MappingStart(_, tag)) = event
        else {
            return;
        };
        let Some(name) = tag.as_ref().map(|tag| format!("{}{}", tag.handle, tag.suffix)) else { return };
        let core = name.trim_start_matches('!').strip_prefix(TAGS);
        if core.is_none_or(|core| !KNOWN_TAGS.contains(&core)) {
            let shown =
                core.map_or_else(|| format!("!{}", name.trim_start_matches('!')), |core| format!("!!{core}"));
            let message = format!("the tag `{shown}` is not known{}", slips::TAG);
            self.problems.add(ConfigError::syntax(position, message));
        }
    }

    /// A copy of what an anchor names, which keeps the places where it was written.
    fn alias(&mut self, anchor: usize, position: Position, depth: usize) -> Result<Node, ConfigError> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(ConfigError::syntax(position, "an alias cannot stand inside of what it names"));
        };
        self.aliased = self.aliased.saturating_add(anchored.nodes);
        if self.aliased > ALIASED || anchored.depth > depth {
            let message = format!(
                "the aliases up to here stand for more than {ALIASED} values, or nest deeper than {DEEPEST}"
            );
            return Err(ConfigError::syntax(position, message));
        }
        Ok(anchored.node.clone())
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, ConfigError> {
        let mut nodes = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(nodes),
                (event, span) => nodes.push(self.node_of(event, span, depth)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(Key, Node)>, ConfigError> {
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let (mut merged, mut bare) = (Vec::new(), Vec::new());
        loop {
            let (name, style, span) = match self.next()? {
                (Event::MappingEnd, _) => break,
                (Event::Scalar(text, style, ..), span) => (text.into_owned(), style, span),
                (_, span) => return Err(ConfigError::syntax(position(span), "a key must be a single word")),
            };
            let key = Key::new(position(span), name);
            if entries.len() >= WIDEST {
                return Err(ConfigError::syntax(key.position, too_wide()));
            }
            let node = self.node(depth)?;
            if key.name == "<<" && style == ScalarStyle::Plain {
                merged.push(node);
            } else if node.value == Value::Empty && slips::has_no_colon(&self.lines, end(span)) {
                bare.push(key);
            } else if entries.iter().any(|(known, _)| known.name == key.name) {
                let message = format!("`{}` is there twice", key.name);
                self.problems.add(ConfigError::syntax(key.position, message));
            } else {
                entries.push((key, node));
            }
        }
        if let Some(error) = slips::braces(&entries, &bare) {
            self.problems.add(error);
            self.is_readable &= slips::mend(&mut entries, bare);
        }
        for node in merged {
            self.merge(&mut entries, node);
        }
        Ok(entries)
    }

    /// Adds the entries of other mappings whose keys are not there.
    fn merge(&mut self, entries: &mut Vec<(Key, Node)>, node: Node) {
        match node.value {
            Value::Map(others) => {
                for (key, node) in others {
                    if !entries.iter().any(|(known, _)| known.name == key.name) {
                        entries.push((key, node));
                    }
                }
            }
            Value::List(nodes) => nodes.into_iter().for_each(|node| self.merge(entries, node)),
            _ => {
                let message = "`<<` takes an alias of a mapping, such as `<<: *defaults`";
                self.problems.add(ConfigError::syntax(node.position, message));
            }
        }
    }
}

fn scalar(text: &str, style: ScalarStyle, position: Position) -> Node {
    if style == ScalarStyle::Plain && matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Node::new(position, Value::Empty);
    }
    let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
    let position = if quoted { position.right(1) } else { position };
    Node::new(position, Value::Scalar(text.to_owned()))
}

/// The number of nodes, and how deep they are nested.
fn measured(node: &Node) -> (usize, usize) {
    let children: Vec<_> = match &node.value {
        Value::List(nodes) => nodes.iter().map(measured).collect(),
        Value::Map(entries) => entries.iter().map(|(_, node)| measured(node)).collect(),
        Value::Empty | Value::Scalar(_) => Vec::new(),
    };
    let sum = |(nodes, deepest): (usize, usize), (more, depth): (usize, usize)| {
        (nodes.saturating_add(more), deepest.max(depth))
    };
    let (nodes, deepest) = children.into_iter().fold((0, 0), sum);
    (nodes.saturating_add(1), deepest.saturating_add(1))
}

/// What is wrong with a mapping of too many entries.
pub(crate) fn too_wide() -> String {
    format!("a mapping has more than {WIDEST} entries")
}

fn position(span: Span) -> Position {
    Position::new(span.start.line(), span.start.col().saturating_add(1))
}

fn end(span: Span) -> Position {
    Position::new(span.end.line(), span.end.col().saturating_add(1))
}
