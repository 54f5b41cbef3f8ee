//! The panel of limits: what a person moves judges every endpoint again, and the copied file says the same.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs)]

mod support;

use std::collections::BTreeMap;
use std::process::Command;

use loaddiff::ingest;
use loaddiff::session::{self, Content, Failure, Session, Target, Update};

/// A page that remembers the parts it was shown.
struct Page {
    session: Session,
    parts: BTreeMap<String, String>,
}

impl Page {
    /// Two Locust runs are compared, and the panel is open.
    fn compared(base: &str, run: &str) -> Self {
        let mut page = Self { session: Session::new(), parts: BTreeMap::new() };
        for (side, name) in [(base, "base"), (run, "run")] {
            let read = |kind: &str| -> Result<Content, Failure> {
                let bytes = std::fs::read(support::fixture(&format!("locust/2.47.0/{side}_{kind}.csv"))).unwrap();
                let part = ingest::read(&format!("{name}_{kind}.csv"), &bytes).map_err(Failure::Results)?;
                Ok(Content::Parts(vec![part]))
            };
            let contents = ["stats", "stats_history", "failures", "exceptions"].map(read).into();
            page.apply(session::Command::Read { contents, target: Target::Anywhere });
        }
        page.act("settings true", "");
        page
    }

    fn apply(&mut self, command: session::Command) {
        for update in self.session.apply(command) {
            if let Update::Part { id, html } = update {
                self.parts.insert(id, html);
            }
        }
    }

    fn act(&mut self, action: &str, value: &str) {
        self.apply(session::Command::Do { action: action.parse().unwrap(), value: value.into(), at_ms: 0 });
    }

    fn panel(&self) -> &str {
        &self.parts["settings"]
    }

    /// Names of the limits, and the actions that move them.
    fn limits(&self) -> Vec<(String, String)> {
        let fields = self.panel().split("<input ").skip(1);
        let attribute = |field: &str, name: &str| {
            let value = field.split(&format!("{name}=\"")).nth(1)?;
            Some(value.split('"').next()?.to_owned())
        };
        let limit = |field: &str| {
            let action = attribute(field, "data-set").filter(|action| action.starts_with("limit "))?;
            Some((attribute(field, "aria-label")?, action))
        };
        fields.filter_map(limit).collect()
    }

    fn verdict(&self) -> (&'static str, &'static str) {
        self.session.verdict().unwrap()
    }

    /// The text of the button that copies.
    fn file(&self) -> String {
        let quoted = self.panel().split("data-copy=\"").nth(1).unwrap().split('"').next().unwrap();
        let plain = quoted.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
        plain.replace("&#39;", "'").replace("&amp;", "&")
    }
}

/// Word and gate of the command line, judging by this file.
fn command_line(thresholds: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("limits.json");
    std::fs::write(&path, thresholds).unwrap();
    let side = |side: &str| {
        ["stats", "stats_history", "failures", "exceptions"]
            .map(|kind| support::fixture(&format!("locust/2.47.0/{side}_{kind}.csv")))
    };
    let output = Command::new(env!("CARGO_BIN_EXE_loaddiff"))
        .args(["compare", "--format", "json", "--policy"])
        .arg(&path)
        .arg("--baseline")
        .args(side("base"))
        .arg("--run")
        .args(side("slow"))
        .output()
        .unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
    let word = |name: &str| report[name].as_str().unwrap_or_else(|| panic!("{report:#}")).to_owned();
    (word("word"), word("gate"))
}

#[test]
fn what_is_copied_judges_on_the_command_line_as_the_page_does() {
    let mut page = Page::compared("base", "slow");
    let same = |page: &Page, what: &str| {
        let (word, gate) = page.verdict();
        let (there, gate_there) = command_line(&page.file());
        let code = word.to_lowercase().replace("can't", "cannot").replace(' ', "_");
        assert_eq!((there, gate_there), (code, gate.to_owned()), "{what}");
        word
    };
    let first = same(&page, "as it was");
    let limits = page.limits();
    assert!(limits.len() >= 8, "{limits:?}");
    for (name, action) in &limits {
        page.act(action, "3.5");
        same(&page, name);
    }
    for (action, value) in [("gate", "any"), ("confidence", "99"), ("judge-percentile", "90"), ("noise", "0")] {
        page.act(action, value);
        same(&page, action);
    }
    for (name, action) in &limits {
        page.act(action, "");
        same(&page, name);
    }
    assert_ne!(page.verdict().0, first);
    page.act("limits-reset", "");
    assert_eq!(page.verdict().0, first);
}

#[test]
fn an_emptied_limit_is_no_limit() {
    let mut page = Page::compared("base", "slow");
    let (_, p50) = page.limits().into_iter().find(|(name, _)| name == "p50 limit").unwrap();
    let facts = page.parts["method"].clone();
    page.act(&p50, "");
    assert!(page.panel().contains("was +5 %"), "{}", page.panel());
    // The rule stands in the file without limits.
    let file: serde_json::Value = serde_json::from_str(&page.file()).unwrap();
    let rules = file["rule"].as_array().unwrap();
    let rule = rules.iter().find(|r| r["metric"] == "p50_latency_ms" && r.get("name").is_none()).unwrap();
    assert!(rule.get("fail").is_none() && rule.get("warn").is_none(), "{rule}");
    // A number puts it back.
    page.act(&p50, "5");
    assert_eq!(page.parts["method"], facts);
}

#[test]
fn a_value_that_is_not_used_says_so() {
    let mut page = Page::compared("base", "slow");
    let before = page.verdict();
    let limits = page.limits();
    let of = |name: &str| limits.iter().find(|(n, _)| n == name).unwrap().1.clone();
    for (action, value, said) in [
        (of("p95 limit"), "0", "Not used: write more than 0 and at most 1,000,000."),
        (of("p95 limit"), "-3", "Not used: write more than 0 and at most 1,000,000."),
        (of("throughput limit"), "100", "Not used: write more than 0 and at most 99."),
        ("confidence".to_owned(), "100", "Not used: write 50 to 99.999."),
        ("noise".to_owned(), "100", "Not used: write 0 to 99."),
    ] {
        page.act("limits-reset", "");
        page.act(&action, value);
        assert!(page.panel().contains(said), "{action} {value}");
        assert!(page.panel().contains("aria-invalid"), "{action} {value}");
        assert_eq!(page.verdict(), before, "{action} {value}");
    }
}

/// The page fills a field once: what is typed in is never written to.
#[test]
fn a_field_that_is_typed_in_keeps_its_markup() {
    let mut page = Page::compared("base", "slow");
    let (_, p95) = page.limits().into_iter().find(|(name, _)| name == "p95 limit").unwrap();
    let field = |page: &Page| {
        let all = page.panel().to_owned();
        let field = all.split("<input ").find(|field| field.contains(&format!("data-set=\"{p95}\""))).unwrap();
        field.split('>').next().unwrap().to_owned()
    };
    let before = field(&page);
    page.act(&p95, "900");
    assert_eq!(field(&page), before);
}

/// The panel says in words what a thresholds file says in keys, and what Reset goes back to.
#[test]
fn the_panel_speaks_plainly() {
    let mut page = Page::compared("base", "slow");
    let panel = page.panel().to_owned();
    for plain in [
        "title=\"confirmed\" selected>confirmed regressions only</option>",
        "title=\"bh\">Benjamini-Hochberg</option>",
        "<td title=\"mean_latency_ms\"><bdi>mean</bdi></td>",
        ">Reset</button>",
    ] {
        assert!(panel.contains(plain), "{plain} in {panel}");
    }
    assert!(!panel.contains("gate: no_verdict") && !panel.contains(">inconclusive<"), "{panel}");
    page.act("profile", "seed-v1");
    assert!(page.panel().contains("fixed thresholds on figures, per service, no statistics"));
    assert!(page.panel().contains(">Reset to profile seed-v1</button>"));
}
