//! YAML as a tree of texts with their positions, and Spring's `args` in it.

use std::time::Duration;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::bind::bind;
use super::error::ConfigError;
use super::lint::Form;
use super::setting::{Item, Setting};
use crate::filter::RetryFilter;
use crate::position::Position;

/// A node of a YAML document. Scalars stay texts: what they mean is up to the setting that they belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Node {
    /// Where it begins; behind the quote, if it is a quoted scalar.
    pub position: Position,
    /// What it is.
    pub value: Value,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing, `~` or `null`.
    Empty,
    /// A scalar.
    Scalar(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order written.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Key {
    /// The key itself.
    pub name: String,
    /// Where it begins.
    pub position: Position,
}

/// Nesting beyond this is refused: nobody writes it by hand.
const DEEPEST: usize = 64;

impl Node {
    /// Reads the only document of `text`.
    ///
    /// Anchors and aliases are refused, since a few lines of them can stand for gigabytes; so are duplicate
    /// keys.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with the place of what cannot be read.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut reader = Reader { parser: Parser::new_from_str(text) };
        let mut document = None;
        loop {
            match reader.next()? {
                (Event::StreamEnd, _) => break,
                (Event::DocumentStart(_), span) if document.is_some() => {
                    return Err(ConfigError::syntax(position(span), "only one document is expected"));
                }
                (Event::DocumentStart(_), _) => document = Some(reader.node(DEEPEST)?),
                _ => {}
            }
        }
        Ok(document.unwrap_or(Self { position: Position::START, value: Value::Empty }))
    }

    /// The value of the key, in any of Spring's spellings: `firstBackoff`, `first-backoff`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else { return None };
        let wanted = super::setting::plain(name);
        entries.iter().find(|(key, _)| super::setting::plain(&key.name) == wanted).map(|(_, node)| node)
    }

    /// A duration as Spring writes it, if the node is one: `500` (milliseconds), `2s`, `PT1.5S`; not negative.
    #[must_use]
    pub fn duration(&self) -> Option<Duration> {
        super::duration::parse(self.scalar()?)?.non_negative()
    }

    /// A size in bytes as Spring writes it, if the node is one: `1024`, `5MB`, `64KiB`; a thousand is 1024 here.
    #[must_use]
    pub fn size(&self) -> Option<usize> {
        super::size::parse(self.scalar()?)
    }

    /// The text of a scalar.
    #[must_use]
    pub fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }
}

impl RetryFilter {
    /// Reads the `args` of a Spring filter from YAML.
    ///
    /// ```
    /// use persevere_http::RetryFilter;
    ///
    /// let filter = RetryFilter::from_yaml("
    /// retries: 3
    /// statuses: BAD_GATEWAY
    /// methods: GET,POST
    /// backoff:
    ///   first-backoff: 10ms
    /// ")?;
    /// assert!(filter.may_retry(&http::Method::POST) && !filter.may_retry(&http::Method::PUT));
    ///
    /// let error = RetryFilter::from_yaml("retries: 3\nmethods: GTE").unwrap_err();
    /// assert!(error.to_string().starts_with("line 2, column 10: `methods` is GTE: must be GET, HEAD"));
    /// # Ok::<(), persevere_http::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with the place of what is wrong.
    pub fn from_yaml(args: &str) -> Result<Self, ConfigError> {
        Self::from_node(&Node::parse(args)?)
    }

    /// As [`from_yaml`](Self::from_yaml), for a part of a larger document.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with the place of what is wrong.
    pub fn from_node(args: &Node) -> Result<Self, ConfigError> {
        let mut settings = Vec::new();
        match &args.value {
            Value::Empty => {}
            Value::Map(_) => flatten("", args.position, args, &mut settings)?,
            Value::Scalar(_) | Value::List(_) => {
                let message = "the args of `Retry` are a mapping, such as `retries: 3`";
                return Err(ConfigError::syntax(args.position, message));
            }
        }
        bind(&settings, Form::Args, args.position)
    }
}

/// Nested mappings become dotted names; lists become the items of one setting.
fn flatten(
    name: &str,
    position: Position,
    node: &Node,
    settings: &mut Vec<Setting>,
) -> Result<(), ConfigError> {
    let items = match &node.value {
        Value::Map(entries) if !entries.is_empty() || name.is_empty() => {
            for (key, node) in entries {
                let nested = if name.is_empty() { key.name.clone() } else { format!("{name}.{}", key.name) };
                flatten(&nested, key.position, node, settings)?;
            }
            return Ok(());
        }
        Value::Map(_) | Value::Empty => Vec::new(),
        Value::Scalar(text) if text.trim().is_empty() => Vec::new(),
        Value::Scalar(_) => vec![item(node)?],
        Value::List(nodes) => nodes.iter().map(item).collect::<Result<_, _>>()?,
    };
    settings.push(Setting { name: name.to_owned(), position, items });
    Ok(())
}

fn item(node: &Node) -> Result<Item, ConfigError> {
    match &node.value {
        Value::Scalar(text) => Ok(Item { text: text.clone(), position: node.position }),
        _ => Err(ConfigError::syntax(node.position, "an item of a list must be a single value")),
    }
}

/// Reads events and makes nodes of them.
struct Reader<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), ConfigError> {
        let failed = |error: ScanError| {
            let place = Position::new(error.marker().line(), error.marker().col().saturating_add(1));
            ConfigError::syntax(place, error.info())
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
        let value = match event {
            Event::Scalar(_, _, 1.., _) | Event::SequenceStart(1.., _) | Event::MappingStart(1.., _) => {
                return Err(ConfigError::syntax(position, "anchors are not supported"));
            }
            Event::Scalar(text, ScalarStyle::Plain, ..)
                if matches!(&*text, "" | "~" | "null" | "Null" | "NULL") =>
            {
                Value::Empty
            }
            Event::Scalar(text, style, ..) => {
                let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
                let position = if quoted { position.right(1) } else { position };
                return Ok(Node { position, value: Value::Scalar(text.into_owned()) });
            }
            Event::SequenceStart(..) => Value::List(self.list(deeper)?),
            Event::MappingStart(..) => Value::Map(self.map(deeper)?),
            _ => return Err(ConfigError::syntax(position, "a value is missing")),
        };
        Ok(Node { position, value })
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
        loop {
            let (name, position) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(entries),
                (Event::Scalar(_, _, 1.., _), span) => {
                    return Err(ConfigError::syntax(position(span), "anchors are not supported"));
                }
                (Event::Scalar(text, ..), span) => (text.into_owned(), position(span)),
                (_, span) => return Err(ConfigError::syntax(position(span), "a key must be a single word")),
            };
            if entries.iter().any(|(key, _)| key.name == name) {
                return Err(ConfigError::syntax(position, format!("`{name}` is there twice")));
            }
            entries.push((Key { name, position }, self.node(depth)?));
        }
    }
}

fn position(span: Span) -> Position {
    Position::new(span.start.line(), span.start.col().saturating_add(1))
}
