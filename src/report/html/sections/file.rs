//! The body of the file: its sections in their order, and what is in the file alone.

use std::fmt::{Result, Write};

use super::super::escape::{Name, Text};
use super::super::made_by;
use super::details::{PLOTTED, folded};
use super::judged::judged;
use super::parts::{BASELINE_DOT, RUN_DOT};
use super::{changes, endpoints, facts, forest, method, percentile, stages, tiles, verdict};
use crate::compare::Comparison;
use crate::number;
use crate::report::summaries::CHARTED;
use crate::report::table::{Filters, window};
use crate::report::view;

pub(in super::super) fn body(out: &mut String, c: &Comparison, made_at: &str, sha256: &str) -> Result {
    let when = made_at.trim_end_matches('Z').replace('T', " ");
    let (baseline, run) = view::labels(c);
    writeln!(
        out,
        "<header class=\"top\">\n<p class=\"brand\">load<b>diff</b></p>\n\
         <p class=\"sides\"><span class=\"side\">{BASELINE_DOT}Baseline <b>{}</b></span> \
         <span class=\"side\">{RUN_DOT}Run <b>{}</b></span></p>\n\
         <p class=\"when\">made <time datetime=\"{}\">{}{}</time></p>\n</header>\n<main>",
        Name(&baseline),
        Name(&run),
        Text(made_at),
        Text(&when),
        if made_at.ends_with('Z') { " UTC" } else { "" },
    )?;
    let rows = window(c, &Filters { all: true, ..Filters::none() }, percentile(c, None));
    for section in [verdict(c, None), tiles(c, None), changes(c, None), stages(c, None)] {
        out.push_str(&section);
    }
    out.push_str(&endpoints(c, None, &rows, forest(c, None).as_ref()));
    judged(out, c)?;
    folded(out, c)?;
    out.push_str(&facts(c, None));
    out.push_str(&method(c, None, None));
    about(out, c, sha256)?;
    writeln!(out, "</main>\n<footer class=\"foot\"><p>Made by {}, which asks no server.</p></footer>", made_by())
}

/// What the file holds, and how it can be checked.
fn about(out: &mut String, c: &Comparison, sha256: &str) -> Result {
    let charts = format!(
        "Percentiles are drawn for the total and the {PLOTTED} most severe endpoints, the course over time for the \
         total and the {CHARTED} most severe. Long time series are held in coarser steps, which their charts name."
    );
    writeln!(
        out,
        "<section class=\"panel about\" id=\"file\" aria-labelledby=\"file-title\">\n<h2 id=\"file-title\">This file</h2>\n\
         <p>It holds what it was made from: the summaries of both runs ({} and {} endpoints) and the rules, as JSON. \
         Dropped into loaddiff it is judged again, and loaddiff says whether its verdicts verify. It has no script and \
         loads nothing.</p>\n<p>{charts}</p>\n\
         <dl class=\"terms\"><div><dt>SHA-256 of the summaries</dt><dd class=\"mono hash\">{sha256}</dd></div>\
         <div><dt>To check it</dt><dd class=\"mono\">sed -n &#39;s/.*id=&quot;loaddiff-summaries&quot;[^&gt;]*&gt;\\(.*\\)&lt;\\/script&gt;.*/\\1/p&#39; \
         report.html | tr -d &#39;\\n&#39; | sha256sum</dd></div>\
         <div><dt>Made by</dt><dd>{}</dd></div></dl>\n</section>",
        number::count(c.baseline.endpoints.len() as u64),
        number::count(c.run.endpoints.len() as u64),
        made_by()
    )
}
