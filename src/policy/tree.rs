//! Parses TOML or JSON text into one tree with the position of every key and value.
//!
//! Each language has its own parser crate; this module keeps the byte offsets, so that semantic errors have a line and
//! column, like syntax errors.

use toml::de::{DeTable, DeValue};

use super::error::{Fault, quote};

/// A value and its byte offset.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub at: usize,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Text(String),
    Number(Number),
    Bool,
    Null,
    /// A TOML date or time, as written.
    Date(String),
    List(Vec<Node>),
    /// Unordered. JSON keys may still be duplicated here.
    Table(Vec<Entry>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Number {
    /// As written.
    pub text: String,
    /// Infinite if the file states so or on overflow.
    pub value: f64,
    /// The value, if it was written as an integer and fits.
    pub integer: Option<i64>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub key: String,
    pub key_at: usize,
    pub node: Node,
}

impl Value {
    /// For messages: "a string", "a number", …
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Number(_) => "a number",
            Self::Bool => "true or false",
            Self::Null => "null",
            Self::Date(_) => "a date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// Reads TOML, or JSON if the first non-blank character is `{`.
pub(super) fn read(text: &str) -> Result<Node, Fault> {
    if text.trim_start().starts_with('{') { json(text) } else { toml(text) }
}

pub(super) fn twice(at: usize, key: &str) -> Fault {
    Fault::new(at, format!("the key {} appears twice", quote(key)))
}

fn toml(text: &str) -> Result<Node, Fault> {
    let document = DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        match (error.message(), text.get(span.clone())) {
            ("duplicate key", Some(key)) => twice(span.start, key.trim_matches(['"', '\''])),
            (message, _) => Fault::new(span.start, format!("this is not TOML: {message}")),
        }
    })?;
    Ok(Node { at: 0, value: toml_table(document.into_inner()) })
}

fn toml_table(table: DeTable<'_>) -> Value {
    let entries = table
        .into_iter()
        .map(|(key, value)| Entry {
            key_at: key.span().start,
            key: key.into_inner().into_owned(),
            node: toml_node(value.span().start, value.into_inner()),
        })
        .collect();
    Value::Table(entries)
}

fn toml_node(at: usize, value: DeValue<'_>) -> Node {
    let value = match value {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            let digits = number.as_str();
            let integer = i64::from_str_radix(digits, number.radix()).ok();
            let value = match integer {
                Some(integer) => integer as f64,
                None if number.radix() == 10 => digits.parse().unwrap_or(f64::INFINITY),
                None => f64::INFINITY,
            };
            Value::Number(Number { text: number.to_string(), value, integer })
        }
        DeValue::Float(number) => Value::Number(Number {
            text: number.as_str().to_owned(),
            value: number.as_str().parse().unwrap_or(f64::NAN),
            integer: None,
        }),
        DeValue::Boolean(_) => Value::Bool,
        DeValue::Datetime(date) => Value::Date(date.to_string()),
        DeValue::Array(items) => {
            Value::List(items.into_iter().map(|item| toml_node(item.span().start, item.into_inner())).collect())
        }
        DeValue::Table(table) => toml_table(table),
    };
    Node { at, value }
}

fn json(text: &str) -> Result<Node, Fault> {
    // serde_json checks the syntax and limits the depth; the walk below only finds positions.
    serde_json::from_slice::<serde_json::Value>(text.as_bytes()).map_err(|error| json_fault(text, &error))?;
    let mut walk = Walk { text, at: 0 };
    walk.node()
}

fn json_fault(text: &str, error: &serde_json::Error) -> Fault {
    let line_start = match error.line() {
        0 | 1 => 0,
        line => text.match_indices('\n').nth(line - 2).map_or(0, |(at, _)| at + 1),
    };
    let mut at = line_start + error.column().saturating_sub(1);
    let whole = error.to_string();
    let end = whole.find(" at line ").unwrap_or(whole.len());
    let message = whole.get(..end).unwrap_or_default();
    if message.contains("out of range") {
        let number = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
        while at > 0 && text.as_bytes().get(at - 1).copied().is_some_and(number) {
            at -= 1;
        }
    }
    Fault::new(at, format!("this is not JSON: {message}"))
}

/// Walks over well-formed JSON.
struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl Walk<'_> {
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.get(self.at..)?;
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn lost(&self) -> Fault {
        Fault::new(self.at, "this is not JSON")
    }

    fn node(&mut self) -> Result<Node, Fault> {
        let first = self.peek().ok_or_else(|| self.lost())?;
        let at = self.at;
        let value = match first {
            b'{' => {
                self.at += 1;
                self.table()?
            }
            b'[' => {
                self.at += 1;
                self.list()?
            }
            b'"' => Value::Text(self.string()?),
            _ => self.scalar()?,
        };
        Ok(Node { at, value })
    }

    fn table(&mut self) -> Result<Value, Fault> {
        let mut entries = Vec::new();
        while !self.skip(b'}') {
            self.skip(b',');
            self.peek();
            let key_at = self.at;
            let key = self.string()?;
            if !self.skip(b':') {
                return Err(self.lost());
            }
            let node = self.node()?;
            entries.push(Entry { key, key_at, node });
        }
        Ok(Value::Table(entries))
    }

    fn list(&mut self) -> Result<Value, Fault> {
        let mut items = Vec::new();
        while !self.skip(b']') {
            self.skip(b',');
            items.push(self.node()?);
        }
        Ok(Value::List(items))
    }

    fn string(&mut self) -> Result<String, Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut escaped = false;
        let end = rest.bytes().skip(1).position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        });
        let raw = end.and_then(|end| rest.get(..end + 2));
        let text = raw.and_then(|raw| serde_json::from_slice(raw.as_bytes()).ok());
        let (Some(raw), Some(text)) = (raw, text) else {
            return Err(self.lost());
        };
        self.at += raw.len();
        Ok(text)
    }

    fn scalar(&mut self) -> Result<Value, Fault> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        let value = match word {
            "true" | "false" => Value::Bool,
            "null" => Value::Null,
            _ => Value::Number(Number {
                text: word.to_owned(),
                value: word.parse().map_err(|_| self.lost())?,
                integer: word.parse().ok(),
            }),
        };
        self.at += end;
        Ok(value)
    }
}
