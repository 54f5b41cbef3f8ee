//! Shows updates: changes the document as little as is needed, so that focus, scroll position, selection and open
//! details stay where they are.

use std::cell::{Cell, RefCell};

use js_sys::Set;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlInputElement, HtmlSelectElement, HtmlTemplateElement, Node, ScrollLogicalPosition};

use super::{browser, rows};
use crate::session::Update;

/// Parts whose content decides whether a dialog is open.
const ASK: &str = "ask";

thread_local! {
    /// The parts as index.html has them.
    static AT_START: RefCell<Vec<(Element, String)>> = const { RefCell::new(Vec::new()) };
    /// Whether there is a report, and any run.
    static SHOWN: RefCell<(bool, bool)> = const { RefCell::new((false, false)) };
    /// Whether the rows of the table have changed since their heights were set.
    static UNFIT: Cell<bool> = const { Cell::new(false) };
}

/// Sets the heights of the table where its rows have changed: once for several updates, since the browser has to lay out the
/// page for it.
pub(super) fn fit() {
    if UNFIT.take() {
        rows::fit();
    }
}

/// Whether there is a report.
pub(super) fn has_report() -> bool {
    SHOWN.with_borrow(|shown| shown.0)
}

/// Whether at least one side is filled.
pub(super) fn has_any() -> bool {
    SHOWN.with_borrow(|shown| shown.1)
}

fn part(id: &str) -> Option<Element> {
    browser::by_id(&format!("p-{id}"))
}

/// Remembers a part as it was before the engine changed it.
fn remember(part: &Element) {
    AT_START.with_borrow_mut(|all| {
        if !all.iter().any(|(known, _)| known == part) {
            let html = browser::replaced_early(&part.id()).unwrap_or_else(|| part.inner_html());
            all.push((part.clone(), html));
        }
    });
}

/// The page as it was at the start, for a fresh engine.
pub(super) fn reset() {
    let all = AT_START.with_borrow_mut(std::mem::take);
    for (part, html) in all {
        part.set_inner_html(&html);
    }
    SHOWN.set((false, false));
    browser::show_dialog("dialog-ask", false);
}

/// Shows one update; [`fit`] follows the last one.
pub(super) fn show(update: Update) {
    match update {
        Update::Part { id, html } => {
            if let Some(part) = part(&id) {
                remember(&part);
                let was_empty = !part.has_child_nodes();
                patch(&part, &html);
                if id == "share" && was_empty {
                    // What a dialog is opened for, and not its ✕, which the browser takes while it is empty.
                    browser::focus_primary(&part);
                }
                if id == "endpoints" {
                    UNFIT.set(true);
                }
                if id == ASK {
                    browser::show_question("dialog-ask", !html.is_empty());
                }
                if id == "export" {
                    fill_in_repository();
                }
            }
        }
        Update::Order(order) => {
            arrange(&order);
            UNFIT.set(true);
        }
        Update::Rows(changed) => {
            changed_rows(&changed);
            UNFIT.set(true);
        }
        Update::Shown { report, any } => SHOWN.set((report, any)),
        Update::Said(what) => browser::say(&what),
        Update::Save { name, media_type, text } => browser::download(&name, &media_type, &text),
        Update::Visit(address) => {
            let _ = window().open_with_url_and_target_and_features(&address, "_blank", "noopener,noreferrer");
        }
        Update::Repository(name) => browser::remember(REPOSITORY, &name),
        Update::Reveal { id, nearest } => {
            fit();
            let to = if nearest { ScrollLogicalPosition::Nearest } else { ScrollLogicalPosition::Start };
            browser::focus(&id);
            browser::reveal(&id, to);
        }
        Update::Address { fragment, push } => browser::set_fragment(&fragment, push),
        // Shown by the page itself.
        Update::Comparing(_) => {}
    }
}

/// The key under which the repository of issues is remembered on this device.
const REPOSITORY: &str = "loaddiff.repository";

fn fill_in_repository() {
    let field = browser::by_id("repository").and_then(|e| e.dyn_into::<HtmlInputElement>().ok());
    if let Some(field) = field.filter(|field| field.value().is_empty())
        && let Some(name) = browser::remembered(REPOSITORY)
    {
        field.set_value(&name);
    }
}

/// The nodes of some HTML.
fn parsed(html: &str) -> Option<Node> {
    let template = document().create_element("template").ok()?.dyn_into::<HtmlTemplateElement>().ok()?;
    template.set_inner_html(html);
    Some(template.content().into())
}

/// Makes the content of an element equal to some HTML.
fn patch(element: &Element, html: &str) {
    if !element.has_child_nodes() {
        return element.set_inner_html(html);
    }
    if let Some(new) = parsed(html) {
        children(element, &new);
    }
}

/// Puts the rows of the endpoint table into this order, and removes others. The row that has the focus stays where it is
/// and the others move around it: a drag in it goes on, as of the warm-up.
fn arrange(order: &[String]) {
    let Some(body) = browser::by_id("endpoint-rows") else { return };
    // First, so that rows that stay are not moved: a row that moves is laid out again.
    let stay = Set::new(&JsValue::UNDEFINED);
    for id in order {
        stay.add(&id.into());
    }
    let mut next = body.first_child();
    while let Some(row) = next {
        next = row.next_sibling();
        if !row.dyn_ref::<Element>().is_some_and(|row| stay.has(&row.id().into())) {
            let _ = body.remove_child(&row);
        }
    }
    let active = document().active_element();
    let held: Option<Node> = active.and_then(|active| active.closest("#endpoint-rows > tr").ok()?).map(Into::into);
    let mut at = body.first_child();
    for row in order.iter().filter_map(|id| browser::by_id(id)) {
        let row: Node = row.into();
        if held.as_ref() == Some(&row) {
            while let Some(before) = at.take().filter(|before| *before != row) {
                at = before.next_sibling();
                let _ = body.append_child(&before);
            }
            at = row.next_sibling();
        } else if at.as_ref() == Some(&row) {
            at = row.next_sibling();
        } else {
            let _ = body.insert_before(&row, at.as_ref());
        }
    }
}

/// Rows of the endpoint table that are new or changed, each with the id of the row above it.
fn changed_rows(changed: &[(String, String)]) {
    let Some(body) = browser::by_id("endpoint-rows") else { return };
    let html: String = changed.iter().map(|(_, html)| html.as_str()).collect();
    let parsed = parsed(&format!("<table><tbody>{html}</tbody></table>"));
    let mut next = parsed.and_then(|parsed| parsed.first_child()?.first_child()?.first_child());
    let mut above = changed.iter().map(|(above, _)| above);
    while let Some(row) = next {
        next = row.next_sibling();
        let Some(row) = row.dyn_ref::<Element>() else { continue };
        let above = above.next().and_then(|id| browser::by_id(id));
        match (browser::by_id(&row.id()), above) {
            (Some(old), _) => node(&old, row),
            (None, Some(above)) => drop(above.after_with_node_1(row)),
            (None, None) => drop(body.prepend_with_node_1(row)),
        }
    }
}

/// Makes the children of one node equal to those of another. Elements with an id are found again wherever they stand.
fn children(old: &Node, new: &Node) {
    let mut at = old.first_child();
    let mut next = new.first_child();
    while let Some(wanted) = next {
        next = wanted.next_sibling();
        // index.html has comments and line breaks between elements, and what the engine sends has none.
        while let Some(text) = at.clone().filter(|at| is_blank(at) && !is_blank(&wanted)) {
            at = text.next_sibling();
            let _ = old.remove_child(&text);
        }
        match found(old, at.as_ref(), &wanted) {
            Some(existing) => {
                if at.as_ref() != Some(&existing) {
                    let _ = old.insert_before(&existing, at.as_ref());
                }
                node(&existing, &wanted);
                at = existing.next_sibling();
            }
            None => drop(old.insert_before(&wanted, at.as_ref())),
        }
    }
    while let Some(node) = at {
        at = node.next_sibling();
        let _ = old.remove_child(&node);
    }
}

/// Whether a node shows nothing: white space or a comment.
fn is_blank(node: &Node) -> bool {
    match node.node_type() {
        Node::COMMENT_NODE => true,
        Node::TEXT_NODE => node.node_value().is_none_or(|text| text.trim().is_empty()),
        _ => false,
    }
}

/// The node that takes the place of `wanted`: the one with its id, else the next of its kind without an id.
fn found(parent: &Node, at: Option<&Node>, wanted: &Node) -> Option<Node> {
    let id = |node: &Node| node.dyn_ref::<Element>().map(Element::id).filter(|id| !id.is_empty());
    match id(wanted) {
        Some(wanted) => {
            let mut next = at.cloned();
            while let Some(node) = next {
                if id(&node).as_ref() == Some(&wanted) {
                    return Some(node);
                }
                next = node.next_sibling();
            }
            None
        }
        None => at
            .filter(|at| {
                at.node_name() == wanted.node_name() && id(at).is_none() && at.parent_node().as_ref() == Some(parent)
            })
            .cloned(),
    }
}

/// Makes one node equal to another of the same kind.
fn node(old: &Node, new: &Node) {
    if old.is_equal_node(Some(new)) {
        return;
    }
    let (Some(element), Some(wanted)) = (old.dyn_ref::<Element>(), new.dyn_ref::<Element>()) else {
        return old.set_node_value(new.node_value().as_deref());
    };
    // Drawings are replaced whole: nothing in them has the focus.
    if element.tag_name() == "svg" {
        return drop(element.replace_with_with_node_1(new));
    }
    let choice = choice(element, wanted);
    field(element, wanted);
    attributes(element, wanted);
    // Rows have an update of their own.
    if element.id() != "endpoint-rows" {
        children(old, new);
    }
    if let Some((select, value)) = choice {
        select.set_value(&value);
    }
}

fn attributes(old: &Element, new: &Element) {
    for name in new.get_attribute_names().iter().filter_map(|name| name.as_string()) {
        let value = new.get_attribute(&name).unwrap_or_default();
        if old.get_attribute(&name).as_ref() != Some(&value) {
            let _ = old.set_attribute(&name, &value);
        }
    }
    for name in old.get_attribute_names().iter().filter_map(|name| name.as_string()) {
        // A person opens details; the page alone sets styles.
        if !new.has_attribute(&name) && name != "open" && name != "style" {
            let _ = old.remove_attribute(&name);
        }
    }
}

/// Sets the state of a field where its markup changes: once a person has touched it, its attributes no longer do. A field
/// that is being typed in is left alone.
fn field(old: &Element, new: &Element) {
    let (Some(field), Some(wanted)) = (old.dyn_ref::<HtmlInputElement>(), new.dyn_ref::<HtmlInputElement>()) else {
        return;
    };
    if wanted.type_() == "checkbox" {
        return field.set_checked(wanted.checked());
    }
    let is_typed_in = document().active_element().as_ref() == Some(old);
    let (before, now) = (old.get_attribute("value"), new.get_attribute("value"));
    if let Some(value) = now.filter(|now| !is_typed_in && before.as_ref() != Some(now)) {
        field.set_value(&value);
    }
}

/// The choice of a list where its markup changes.
fn choice(old: &Element, new: &Element) -> Option<(HtmlSelectElement, String)> {
    let select = old.dyn_ref::<HtmlSelectElement>()?;
    let marked = |list: &Element| list.query_selector("option[selected]").ok().flatten()?.get_attribute("value");
    let now = marked(new)?;
    (marked(old).as_ref() != Some(&now)).then(|| (select.clone(), now))
}
