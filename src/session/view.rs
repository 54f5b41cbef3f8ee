//! How the comparison is looked at, as pairs of the address's fragment: the endpoint that is opened, filter, order.

use super::state::State;
use crate::compare::Verdict;
use crate::link::sources::encoded_value;
use crate::report::table::{Column, Filters, Grouping};
use crate::report::{band, view};
use crate::run::{Metric, Percentile};

/// The value of `e` where no endpoint is open.
const CLOSED: &str = "none";

impl State {
    /// How the comparison is looked at, as pairs of a fragment. What is as at the start is left out.
    pub fn view(&self) -> String {
        self.view_of(self.selected.clone(), &self.filters.text)
    }

    /// As [`view`](Self::view), with this endpoint and this text of the filter.
    pub fn view_of(&self, selected: Option<String>, text: &str) -> String {
        let f = &self.filters;
        let by = std::iter::once((f.column, f.descending)).chain(f.then.iter().copied());
        let by = by.map(|(column, descending)| format!("{}{column}", if descending { "-" } else { "" }));
        let by = by.collect::<Vec<_>>().join(",");
        let first = self.comparison.as_ref().map(|comparison| band::first_percentile(comparison));
        let said = |text: String, at_start: &str| Some(text).filter(|text| text != at_start);
        let pairs = [
            ("e", selected.map(|key| if key.is_empty() { CLOSED.to_owned() } else { key })),
            ("q", said(text.to_owned(), "")),
            ("v", f.verdict.map(|verdict| verdict.code().to_owned())),
            ("sort", said(by, Column::Severity.code())),
            ("same", f.hide_unchanged.map(|hide| if hide { "hide" } else { "show" }.to_owned())),
            ("g", said(f.grouping.code().to_owned(), Grouping::None.code())),
            ("hide", said(f.hidden.join(","), "")),
            ("p", self.percentile.filter(|percentile| first.as_ref() != Some(percentile)).map(|p| p.to_string())),
        ];
        // A metric of one's own may be a name that is hidden.
        let usual =
            |metric: &Option<Metric>| metric.clone().filter(|m| !matches!(m, Metric::Named(_))).map(|m| m.to_string());
        let charts = [
            ("m", usual(&self.changes_of)),
            ("i", usual(&self.forest_of)),
            ("o", self.over.map(|percentile| percentile.to_string())),
        ];
        let mut out = String::new();
        for (key, value) in pairs.into_iter().chain(charts) {
            if let Some(value) = value {
                out += &format!("&{key}={}", encoded_value(&value).replace('=', "%3D"));
            }
        }
        out
    }

    /// Looks at the comparison as a fragment says; what it does not say is as at the start.
    pub fn set_view(&mut self, pairs: &[(&'static str, String)]) {
        let value = |wanted: &str| pairs.iter().rfind(|(key, _)| *key == wanted).map(|(_, value)| value.as_str());
        self.selected = match value("e") {
            Some(CLOSED) => Some(String::new()),
            key => key.filter(|key| view::is_key(key)).map(str::to_owned),
        };
        self.percentile = value("p").and_then(Percentile::parse);
        let metric = |key| value(key).map(Metric::parse).filter(|metric| !matches!(metric, Metric::Named(_)));
        (self.changes_of, self.forest_of) = (metric("m"), metric("i"));
        self.over = value("o").and_then(Percentile::parse);
        let all = self.filters.all;
        let f = &mut self.filters;
        *f = Filters { all, ..Filters::default() };
        f.text = value("q").unwrap_or_default().to_owned();
        f.verdict = value("v").and_then(|code| Verdict::ALL.into_iter().find(|v| v.code() == code));
        let list = |key| value(key).into_iter().flat_map(|list| list.split(',')).take(Column::ALL.len());
        let mut by = list("sort").filter_map(|sort| {
            let (column, descending) = sort.strip_prefix('-').map_or((sort, false), |column| (column, true));
            column.parse::<Column>().ok().map(|column| (column, descending))
        });
        if let Some(first) = by.next() {
            (f.column, f.descending) = first;
            f.then = by.collect();
        }
        f.grouping = value("g").and_then(Grouping::of).unwrap_or_default();
        list("hide").for_each(|code| f.show_column(code, false));
        f.hide_unchanged = match value("same") {
            Some("hide") => Some(true),
            Some("show") => Some(false),
            _ => None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::Asked;
    use super::*;

    #[test]
    fn a_view_reads_back() {
        let mut state = State::new();
        assert_eq!(state.view(), "");
        state.selected = Some("0123456789abcdef".into());
        state.filters.text = "GET /a&b=c -d #é".into();
        state.filters.verdict = Some(Verdict::ALL[0]);
        state.filters.sort(Column::Change);
        state.filters.sort_also(Column::Name);
        state.filters.grouping = Grouping::Service;
        state.filters.show_column("errors", false);
        state.filters.hide_unchanged = Some(false);
        state.percentile = Some(Percentile(99_900));
        (state.changes_of, state.forest_of) = (Some(Metric::ErrorRate), Some(Metric::Rps));
        state.over = Some(Percentile::P99);
        let view = state.view();
        let asked = Asked::of(&format!("http://a/#c=0123456789abcdef{view}"));
        let mut other = State::new();
        other.set_view(&asked.view);
        assert_eq!((other.view(), &other.filters, other.percentile), (view, &state.filters, state.percentile));
        assert_eq!(
            (other.changes_of, other.forest_of, other.over),
            (state.changes_of.clone(), state.forest_of.clone(), state.over)
        );
        // A metric of one's own is in no address, and in none is read.
        state.changes_of = Some(Metric::Named("secret_ms".into()));
        assert!(!state.view().contains("secret"));
        let mut other = State::new();
        other.set_view(&[("m", "secret_ms".into())]);
        assert_eq!(other.changes_of, None);
        other.set_view(&asked.view);
        other.set_view(&[]);
        assert_eq!(other.view(), "");
    }
}
