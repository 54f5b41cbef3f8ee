//! What this page may contact, and the sentence that says so. The page reads its own content security policy: what it
//! says of itself and what the browser holds it to are one thing.

use leptos::prelude::document;

use crate::link::refusal::listed;
use crate::link::sources::{allowed_origins, host_of};

/// The origins, other than its own, that this page may fetch from; `cargo xtask build --allow-host` puts them there.
pub(super) fn allowed() -> Vec<String> {
    let meta = document().query_selector("meta[http-equiv=Content-Security-Policy]").ok().flatten();
    allowed_origins(&meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default())
}

/// The promise, for the foot of the page.
pub(super) fn sentence() -> String {
    let allowed = allowed();
    let hosts: Vec<&str> = allowed.iter().map(|origin| host_of(origin)).collect();
    if hosts.is_empty() {
        return "Your files stay in this tab. This page is not allowed to contact any server. ".to_owned();
    }
    format!(
        "Your files stay in this tab. This page may contact {}, to fetch the files of a link when you say so; it is not \
         allowed to contact any other server. ",
        listed(&hosts)
    )
}
