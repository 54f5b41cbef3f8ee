//! The limit strings of a thresholds file: `+20%`, `-15%`, `+0.5pp`, `+10ms`, `800ms`.

use serde::{Serialize, Serializer};

use super::error::{one_of, quote};

/// Unit of a limit. Mandatory, so that `+0.5%` is unambiguous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// `%`: percent of the baseline.
    Percent,
    /// `pp`: percentage points.
    Pp,
    /// `ms`, and `s` converted to milliseconds.
    Ms,
    /// `rps`: requests (or other events) per second.
    Rps,
    /// `req`: a number of requests or other counts.
    Req,
}

/// Quantity of a metric, from its name: decides which units are valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Quantity {
    /// `…_pct`: a share, in percent.
    Share,
    /// `…_ms`: a time, in milliseconds.
    Time,
    /// `rps` or `…_per_s`: a rate, per second.
    Rate,
    /// Any other name: a plain number.
    Plain,
}

impl Quantity {
    /// The quantity of a metric by its name.
    pub fn of(metric: &str) -> Self {
        if metric.ends_with("_pct") {
            Self::Share
        } else if metric.ends_with("_ms") {
            Self::Time
        } else if metric == "rps" || metric.ends_with("_per_s") {
            Self::Rate
        } else {
            Self::Plain
        }
    }

    /// The valid units of an absolute change, as written.
    fn units(self) -> &'static [&'static str] {
        match self {
            Self::Share => &["pp"],
            Self::Time => &["ms", "s"],
            Self::Rate => &["rps"],
            Self::Plain => &["req"],
        }
    }
}

/// The largest allowed change: `+20%`, `-15%`, `+0.5pp`, `+10ms`.
///
/// A positive amount limits growth, a negative one a fall.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// The signed amount: percent of the baseline, percentage points, milliseconds, per second, or a count. `-0%` is
    /// -0.0 and limits a fall.
    pub amount: f64,
    /// Unit of the amount.
    pub unit: Unit,
    /// The original text.
    pub text: String,
}

/// An absolute limit on the run's value (`max`, `min`), without a baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// The value, in the metric's own unit (milliseconds, percent, per second, or a plain number).
    pub value: f64,
    /// The unit in the text; `None` for a bare number.
    pub unit: Option<Unit>,
    /// The original text.
    pub text: String,
}

/// An invalid limit: the problem, and the correction.
pub(super) type Refusal = (String, Option<String>);

fn refuse<T>(message: impl Into<String>, hint: impl Into<String>) -> Result<T, Refusal> {
    Err((message.into(), Some(hint.into())))
}

impl Limit {
    /// Parses `+20%` for a metric, whose name decides which units are valid.
    pub(super) fn parse(text: &str, metric: &str) -> Result<Self, Refusal> {
        let quoted = quote(text);
        let trimmed = text.trim();
        let (negative, rest) = if let Some(rest) = trimmed.strip_prefix('+') {
            (false, rest)
        } else if let Some(rest) = trimmed.strip_prefix(['-', '−']) {
            (true, rest)
        } else if trimmed.starts_with(|c: char| c.is_ascii_digit()) {
            let short = quote(trimmed);
            let short = short.trim_matches('"');
            return refuse(
                format!("{quoted} has no sign"),
                format!("write \"+{short}\" (the highest increase) or \"-{short}\" (the largest decrease)"),
            );
        } else {
            return refuse(format!("{quoted} is no limit"), shape(metric));
        };
        let (magnitude, number, unit) = number_and_unit(rest, &quoted, || shape(metric))?;
        let signed = |unit: &str| {
            let sign = if negative { '-' } else { '+' };
            format!("\"{sign}{number}{unit}\"")
        };
        let quantity = Quantity::of(metric);
        if unit.is_empty() {
            let relative = signed("%");
            let hint = match quantity {
                Quantity::Share => format!("write {relative} (relative) or {} (percentage points)", signed("pp")),
                Quantity::Time => format!("write {relative} or {}", signed("ms")),
                Quantity::Rate => format!("write {relative} or {}", signed("rps")),
                Quantity::Plain => format!("write {relative} or {}", signed("req")),
            };
            return refuse(format!("{quoted} has no unit"), hint);
        }
        let (unit, scale) = unit_of(unit, &quoted, metric, true)?;
        let amount = if negative { -magnitude } else { magnitude } * scale;
        if !amount.is_finite() {
            return refuse(format!("{quoted} is too large"), "write a number that a run could reach");
        }
        if unit == Unit::Percent && amount <= -100.0 {
            return refuse(
                format!("{quoted} can never be exceeded"),
                "a fall is at most 100 %: write a limit between \"-0%\" and \"-99%\"",
            );
        }
        Ok(Self { amount, unit, text: trimmed.to_owned() })
    }

    /// Whether the limit is on a fall (written with `-`).
    pub fn limits_fall(&self) -> bool {
        self.amount.is_sign_negative()
    }

    /// The value of the run at which the limit is reached: `baseline·(1 + L)` for `%`, else `baseline + amount`. There
    /// is no division, so a baseline of 0 is not a special case.
    pub fn target(&self, baseline: f64) -> f64 {
        match self.unit {
            Unit::Percent => baseline * (1.0 + self.amount / 100.0),
            _ => baseline + self.amount,
        }
    }

    /// The same limit with its amount times `factor`.
    pub(super) fn scaled(&self, factor: f64) -> Self {
        let amount = self.amount * factor;
        let unit = match self.unit {
            Unit::Percent => "%",
            Unit::Pp => "pp",
            Unit::Ms => "ms",
            Unit::Rps => "rps",
            Unit::Req => "req",
        };
        let digits = format!("{amount:+.9}");
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        Self { amount, unit: self.unit, text: format!("{digits}{unit}") }
    }

    /// A relative limit converted to percentage points: `+0.5%` → `+0.5pp`.
    pub(super) fn in_points(&self) -> Self {
        Self { amount: self.amount, unit: Unit::Pp, text: self.text.replace('%', "pp") }
    }
}

impl Bound {
    /// Parses `800ms` for a metric, whose name decides which units are valid.
    pub(super) fn parse(text: &str, metric: &str) -> Result<Self, Refusal> {
        let quoted = quote(text);
        let trimmed = text.trim();
        let quantity = Quantity::of(metric);
        let example = || match quantity {
            Quantity::Share => "write the value itself, such as \"1pp\"".to_owned(),
            Quantity::Time => "write the value itself, such as \"800ms\"".to_owned(),
            Quantity::Rate => "write the value itself, such as \"50rps\"".to_owned(),
            Quantity::Plain => "write the value itself, such as \"0\"".to_owned(),
        };
        if trimmed.starts_with(['+', '-']) {
            return refuse(
                format!("{quoted} has a sign, but max and min are values of the run, not changes"),
                example(),
            );
        }
        let (value, number, unit) = number_and_unit(trimmed, &quoted, example)?;
        let (unit, scale) = match (unit, quantity) {
            ("", Quantity::Plain) => (None, 1.0),
            ("", _) => {
                let units = quantity.units().iter();
                let choices: Vec<String> = units.map(|unit| format!("{number}{unit}")).collect();
                return refuse(
                    format!("{quoted} has no unit"),
                    format!("write {}", one_of(choices.iter().map(String::as_str))),
                );
            }
            ("%", Quantity::Share) => (Some(Unit::Pp), 1.0),
            ("%", _) => {
                return refuse(
                    format!("{quoted} is relative, but max and min are values of the run, not changes"),
                    example(),
                );
            }
            (unit, _) => {
                let (unit, scale) = unit_of(unit, &quoted, metric, false)?;
                (Some(unit), scale)
            }
        };
        let value = value * scale;
        if !value.is_finite() {
            return refuse(format!("{quoted} is too large"), "write a number that a run could reach");
        }
        Ok(Self { value, unit, text: trimmed.to_owned() })
    }
}

/// Parses a time without a sign, `10s` or `500ms`, in milliseconds.
pub(super) fn duration_ms(text: &str) -> Result<f64, Refusal> {
    let hint = "write a time such as \"10s\" or \"500ms\"";
    let quoted = quote(text);
    let (value, _, unit) = number_and_unit(text.trim(), &quoted, || hint.to_owned())?;
    let scale = match unit {
        "ms" => 1.0,
        "s" => 1000.0,
        _ => return refuse(format!("{quoted} is no time"), hint),
    };
    match value * scale {
        ms if ms.is_finite() => Ok(ms),
        _ => refuse(format!("{quoted} is too long"), hint),
    }
}

/// Parses a share without a sign, `8%`.
pub(super) fn percent(text: &str) -> Result<f64, Refusal> {
    let hint = "write a share such as \"8%\"";
    let quoted = quote(text);
    match number_and_unit(text.trim(), &quoted, || hint.to_owned())? {
        (value, _, "%") if value.is_finite() => Ok(value),
        _ => refuse(format!("{quoted} is no share"), hint),
    }
}

/// Parses percentage points without a sign, `5pp`.
pub(super) fn points(text: &str) -> Result<f64, Refusal> {
    let hint = "write percentage points such as \"5pp\"";
    let quoted = quote(text);
    match number_and_unit(text.trim(), &quoted, || hint.to_owned())? {
        (value, _, "pp") if value.is_finite() => Ok(value),
        _ => refuse(format!("{quoted} has no unit pp"), hint),
    }
}

fn shape(metric: &str) -> String {
    let absolute = match Quantity::of(metric) {
        Quantity::Share => "+0.5pp",
        Quantity::Time => "+10ms",
        Quantity::Rate => "+5rps",
        Quantity::Plain => "+5req",
    };
    format!("write a sign, a number and a unit, such as \"+20%\" or \"{absolute}\"")
}

/// `1.5ms` → (1.5, "1.5", "ms"): digits, at most one point with digits on both sides, then the rest.
fn number_and_unit<'a>(
    text: &'a str,
    quoted: &str,
    hint: impl Fn() -> String,
) -> Result<(f64, &'a str, &'a str), Refusal> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let plain = number.split('.').all(|digits| !digits.is_empty())
        && number.matches('.').count() <= 1
        && !rest.starts_with([',', 'e', 'E', '_']);
    match number.parse() {
        Ok(value) if plain => Ok((value, number, rest.trim_start())),
        _ => refuse(format!("{quoted} holds no plain number"), hint()),
    }
}

fn unit_of(unit: &str, quoted: &str, metric: &str, relative: bool) -> Result<(Unit, f64), Refusal> {
    let quantity = Quantity::of(metric);
    let (read, scale, fits) = match unit {
        "%" => (Unit::Percent, 1.0, relative),
        "pp" => (Unit::Pp, 1.0, quantity == Quantity::Share),
        "ms" => (Unit::Ms, 1.0, quantity == Quantity::Time),
        "s" => (Unit::Ms, 1000.0, quantity == Quantity::Time),
        "rps" => (Unit::Rps, 1.0, quantity == Quantity::Rate),
        "req" => (Unit::Req, 1.0, quantity == Quantity::Plain),
        other => {
            return refuse(
                format!("{quoted} has the unknown unit {}", quote(other)),
                "the units are %, pp, ms, s, rps and req",
            );
        }
    };
    if fits {
        return Ok((read, scale));
    }
    let wanted = relative.then_some("%").into_iter();
    let wanted: Vec<&str> = wanted.chain(quantity.units().iter().copied()).collect();
    refuse(
        format!("{quoted} does not fit the metric {}", quote(metric)),
        format!("its unit is {}", wanted.join(" or ")),
    )
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl Serialize for Bound {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}
