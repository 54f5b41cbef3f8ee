//! What a person does to the elements of the page, heard at the document: the elements come and go, this stays.

use js_sys::{Array, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, FileList, HtmlElement, HtmlInputElement, HtmlSelectElement, KeyboardEvent, MouseEvent};

use super::{browser, dialogs, drop, engine};
use crate::ingest::Role;
use crate::session::{Target, link_in};

/// The element of an event, or one around it, with this attribute; and the attribute.
fn marked(event: &Event, attribute: &str) -> Option<(Element, String)> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let element = target.closest(&format!("[{attribute}]")).ok()??;
    let value = element.get_attribute(attribute)?;
    Some((element, value))
}

/// Listens as long as the page lives.
pub(super) fn listen() {
    browser::listen("click", |event| clicked(&event));
    browser::listen("input", |event| changed(&event, true));
    browser::listen("change", |event| changed(&event, false));
    browser::listen("keydown", |event| {
        if let Ok(event) = event.dyn_into::<KeyboardEvent>() {
            pressed(&event);
        }
    });
}

fn clicked(event: &Event) {
    if let Some((input, _)) = marked(event, "data-files") {
        return hear_choice(&input);
    }
    if let Some((_, id)) = marked(event, "popovertarget") {
        // `autofocus` would do it, and the browser warns of that in the console.
        return set_timeout(move || focus_field(&id), std::time::Duration::ZERO);
    }
    if let Some((element, text)) = marked(event, "data-copy") {
        return copy(element, text);
    }
    if let Some((_, what)) = marked(event, "data-page") {
        event.prevent_default();
        return on_page(&what);
    }
    if let Some((element, mut action)) = marked(event, "data-do") {
        event.prevent_default();
        let shift = event.dyn_ref::<MouseEvent>().is_some_and(MouseEvent::shift_key);
        if let Some(column) = action.strip_prefix("sort ").filter(|_| shift) {
            action = format!("sort-also {column}");
        }
        let field = element.get_attribute("data-value").and_then(|id| browser::by_id(&id));
        engine::act(&action, &field.map(|field| value(&field)).unwrap_or_default());
        reveal(&element);
        if action == "start-over" {
            window().scroll_to_with_x_and_y(0.0, 0.0);
        }
    }
}

/// Brings into view what a pressed button changes further down. The focus stays: the same button undoes it.
fn reveal(button: &Element) {
    let was_pressed = button.get_attribute("aria-pressed").is_some_and(|pressed| pressed == "true");
    if let Some(id) = button.get_attribute("data-reveal").filter(|_| !was_pressed) {
        browser::reveal(&id, web_sys::ScrollLogicalPosition::Start);
    }
}

/// Gives the focus to the field of a part of the page.
fn focus_field(within: &str) {
    let field = browser::by_id(within).and_then(|part| part.query_selector("input").ok().flatten());
    if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
        let _ = field.focus();
        field.select();
    }
}

/// What the page does itself: `theme`, `open ID`, `close`, `go ID`.
pub(super) fn on_page(what: &str) {
    match what.split_once(' ') {
        Some(("open", dialog)) => dialogs::open(&format!("dialog-{dialog}")),
        Some(("close", dialog)) => browser::show_dialog(&format!("dialog-{dialog}"), false),
        Some(("go", id)) => browser::go_to(id),
        None if what == "paste" => paste(),
        None if what == "from-url" => from_url(),
        _ => browser::toggle_theme(),
    }
}

/// Says beside the button why nothing was pasted, to be seen and heard.
fn say_beside_paste(what: &str) {
    if let Some(said) = browser::by_id("paste-said") {
        said.set_text_content(Some(what));
    }
}

/// Takes what the clipboard holds, or says which key does.
fn paste() {
    spawn_local(async {
        match browser::pasted().await {
            Some(text) if text.trim().is_empty() => {
                say_beside_paste("The clipboard holds no text. Copy a result first: the text, or a link of loaddiff.");
            }
            Some(text) => {
                say_beside_paste("");
                drop::paste(&text);
            }
            None => {
                say_beside_paste("The browser did not let the page read the clipboard. Paste with Ctrl+V or ⌘V.");
                if let Ok(Some(button)) = document().query_selector("[data-page=paste]") {
                    button.set_text_content(Some("Press Ctrl+V"));
                }
            }
        }
    });
}

/// Shows where the files at the addresses of the start page are, or opens a link given there.
fn from_url() {
    let given = |id: &str| browser::by_id(id).map(|field| value(&field).trim().to_owned()).unwrap_or_default();
    let pairs = [("base", given("from-baseline")), ("run", given("from-run"))];
    if let Some(fragment) = pairs.iter().find_map(|(_, value)| link_in(value)) {
        return browser::follow(fragment);
    }
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    let pairs: Vec<String> =
        pairs.map(|(key, value)| format!("{key}={}", String::from(js_sys::encode_uri_component(value)))).collect();
    if pairs.is_empty() {
        return browser::go_to("from-baseline");
    }
    browser::follow(&pairs.join("&"));
}

/// Hears of files at the field itself: while a person chooses, the field may leave the document, and what is chosen then
/// does not reach the window.
fn hear_choice(input: &Element) {
    let Some(input) = input.dyn_ref::<HtmlInputElement>().filter(|input| input.onchange().is_none()).cloned() else {
        return;
    };
    let own = input.clone();
    let chosen = Closure::<dyn Fn()>::new(move || take_chosen(&own));
    input.set_onchange(Some(chosen.as_ref().unchecked_ref()));
    chosen.forget();
}

/// Sends the files of a field, and empties it, so that the same file, changed, can be chosen again.
fn take_chosen(input: &HtmlInputElement) {
    let files = input.files().map(|list| listed(&list)).unwrap_or_default();
    drop::send(files, target_of(&input.get_attribute("data-files").unwrap_or_default()));
    input.set_value("");
}

/// The value of a field.
fn value(field: &Element) -> String {
    if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
        return if input.type_() == "checkbox" { input.checked().to_string() } else { input.value() };
    }
    field.dyn_ref::<HtmlSelectElement>().map(HtmlSelectElement::value).unwrap_or_default()
}

/// Whether a field for a number holds what is none yet, such as `-`. Its value is then empty, which means something else.
fn is_unfinished(field: &Element) -> bool {
    let validity = Reflect::get(field, &"validity".into()).unwrap_or(JsValue::UNDEFINED);
    Reflect::get(&validity, &"badInput".into()).is_ok_and(|bad| bad.is_truthy())
}

/// A field has changed: texts and numbers at each key, choices when they are made.
fn changed(event: &Event, typing: bool) {
    if !typing && let Some((input, _)) = marked(event, "data-files") {
        return input.dyn_ref::<HtmlInputElement>().map_or((), take_chosen);
    }
    let Some((field, action)) = marked(event, "data-set") else { return };
    let is_text = field
        .dyn_ref::<HtmlInputElement>()
        .is_some_and(|input| input.type_() != "checkbox" && !input.has_attribute("data-late"));
    if is_text == typing && !is_unfinished(&field) {
        engine::act(&action, &value(&field));
    }
}

/// Enter and blank do what a click does, where the browser does not see to it; Enter in a field does what it is for.
fn pressed(event: &KeyboardEvent) {
    if let Some((field, action)) = marked(event, "data-enter").filter(|_| event.key() == "Enter") {
        return engine::act(&action, &value(&field));
    }
    if event.key() == "Enter" && marked(event, "data-from").is_some() {
        return from_url();
    }
    let is_press = event.key() == "Enter" || event.key() == " ";
    let Some(target) = event.target().and_then(|t| t.dyn_into::<Element>().ok()).filter(|_| is_press) else { return };
    if target.tag_name() == "TR"
        && let Some(action) = target.get_attribute("data-do")
    {
        event.prevent_default();
        engine::act(&action, "");
    }
}

/// Where files are put by a field.
fn target_of(word: &str) -> Target {
    match word {
        "baseline" => Target::Side(Role::Baseline),
        "run" => Target::Side(Role::Run),
        _ => Target::Anywhere,
    }
}

/// The files of a list, with the folders that the browser tells.
fn listed(list: &FileList) -> Vec<(web_sys::File, String)> {
    let file = |index| {
        let file = list.get(index)?;
        let folder = Reflect::get(&file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
        let path = folder.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name());
        Some((file, path))
    };
    (0..list.length()).filter_map(file).collect()
}

/// Copies a text, and says so on the button or beside it.
fn copy(element: Element, text: String) {
    spawn_local(async move {
        let copied = browser::copy(&text).await;
        let label = element.text_content().unwrap_or_default();
        let Some(what) = element.get_attribute("data-what") else {
            browser::say(if copied { "Copied." } else { "The browser did not allow copying." });
            element.set_text_content(Some(if copied { "Copied" } else { "Not allowed" }));
            set_timeout(move || element.set_text_content(Some(&label)), std::time::Duration::from_secs(2));
            return;
        };
        let Some(said) = browser::by_id("share-said") else { return };
        if copied {
            let characters = crate::number::count(text.chars().count() as u64);
            return said.set_text_content(Some(&format!("✓ {what} is copied: {characters} characters.")));
        }
        said.set_text_content(Some(
            "The browser did not allow copying. The text is selected: copy it with Ctrl+C or ⌘C.",
        ));
        by_hand(&said, &text);
    });
}

/// A text that the browser would not copy, selected so that a person can.
fn by_hand(beside: &Element, text: &str) {
    let area = match browser::by_id("share-text") {
        Some(area) => Some(area),
        None => document().create_element("textarea").ok().inspect(|area| {
            for (name, value) in [
                ("id", "share-text"),
                ("class", "share-text mono"),
                ("readonly", ""),
                ("rows", "5"),
                ("aria-label", "The text to copy"),
            ] {
                let _ = area.set_attribute(name, value);
            }
            let _ = beside.after_with_node_1(area);
        }),
    };
    if let Some(area) = area.and_then(|area| area.dyn_into::<web_sys::HtmlTextAreaElement>().ok()) {
        area.set_value(text);
        let _ = area.focus();
        area.select();
    }
}

/// Does what a person did before the page's program had arrived: web/boot.js kept it, in order.
pub(super) fn early() {
    // From now on the page hears for itself.
    let take =
        Reflect::get(&window(), &"loaddiffEarly".into()).ok().and_then(|f| f.dyn_into::<js_sys::Function>().ok());
    let Some(Ok(early)) = take.map(|take| take.call0(&JsValue::UNDEFINED)) else { return };
    let early = Array::from(&early);
    let field = |item: &JsValue, name: &str| Reflect::get(item, &name.into()).unwrap_or(JsValue::UNDEFINED);
    for item in early.iter() {
        if let Ok(element) = field(&item, "clicked").dyn_into::<HtmlElement>() {
            // The sample's report may have taken the place of the button that asked for it.
            match element.get_attribute("data-do").filter(|_| !element.is_connected()) {
                Some(action) => engine::act(&action, ""),
                None => element.click(),
            }
        }
        let target = field(&item, "target").as_string().unwrap_or_default();
        if let Ok(list) = field(&item, "files").dyn_into::<FileList>() {
            drop::send(listed(&list), target_of(&target));
        }
        if Array::is_array(&field(&item, "entries")) {
            let entries = Array::from(&field(&item, "entries"));
            let files = Array::from(&field(&item, "dropped"));
            let over = match target_of(&target) {
                Target::Side(role) => Target::Over(role),
                other => other,
            };
            drop::accept(
                entries.iter().filter_map(|entry| entry.dyn_into().ok()).collect(),
                files.iter().filter_map(|file| file.dyn_into().ok()).collect(),
                over,
            );
        }
    }
}
