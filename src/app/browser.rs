//! The few things that are asked of the browser itself.

use js_sys::{Array, Reflect};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, Element, HtmlAnchorElement, HtmlDialogElement, ScrollBehavior, ScrollIntoViewOptions,
    ScrollLogicalPosition, Url,
};

/// The key under which web/boot.js looks for the theme.
const THEME_KEY: &str = "loaddiff.theme";

/// The media query of a page as narrow as a phone.
pub(super) const NARROW: &str = "(max-width: 640px)";

/// The page's whole address.
pub(super) fn address() -> String {
    window().location().href().unwrap_or_default()
}

/// The page's address without its fragment.
pub(super) fn page() -> String {
    let address = address();
    address.split_once('#').map_or(address.as_str(), |(page, _)| page).to_owned()
}

/// Sets the fragment of the page's address: as a step to go back from, or in place of the last one.
pub(super) fn set_fragment(fragment: &str, push: bool) {
    let Ok(history) = window().history() else { return };
    let address = if fragment.is_empty() { page() } else { format!("{}#{fragment}", page()) };
    // Browsers refuse it where the address changes too often: then it is an old one for a while.
    let _ = if push {
        history.push_state_with_url(&JsValue::NULL, "", Some(&address))
    } else {
        history.replace_state_with_url(&JsValue::NULL, "", Some(&address))
    };
}

/// The origins, other than its own, that this page may fetch from. The page reads its own content security policy;
/// `cargo xtask build --allow-host` puts them there.
pub(super) fn allowed_origins() -> Vec<String> {
    let meta = document().query_selector("meta[http-equiv=Content-Security-Policy]").ok().flatten();
    crate::link::sources::allowed_origins(&meta.and_then(|meta| meta.get_attribute("content")).unwrap_or_default())
}

/// A part of the page as it was before web/boot.js showed the sample's report there.
pub(super) fn replaced_early(id: &str) -> Option<String> {
    let replaced = Reflect::get(&window(), &"loaddiffReplaced".into()).ok()?;
    Reflect::get(&replaced, &id.into()).ok()?.as_string()
}

/// Calls back at each event of the window, as long as the page lives.
pub(super) fn listen(event: &str, heard: impl Fn(web_sys::Event) + 'static) {
    let closure = Closure::<dyn Fn(web_sys::Event)>::new(heard);
    let _ = window().add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// What an exception says.
pub(super) fn message(error: &JsValue) -> String {
    Reflect::get(error, &"message".into()).ok().and_then(|m| m.as_string()).unwrap_or_else(|| "no reason given".into())
}

/// Offers a text as a file. The address is an object in memory: nothing is asked of any server.
pub(super) fn download(name: &str, media_type: &str, text: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = Array::of1(&JsValue::from_str(text));
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) else { return };
    let Ok(address) = Url::create_object_url_with_blob(&blob) else { return };
    if let Ok(link) = document().create_element("a")
        && let Ok(link) = link.dyn_into::<HtmlAnchorElement>()
    {
        link.set_href(&address);
        link.set_download(name);
        link.click();
    }
    // The download has its own hold on the data by then.
    set_timeout(move || drop(Url::revoke_object_url(&address)), std::time::Duration::from_secs(30));
}

/// Copies a text; whether it worked.
pub(super) async fn copy(text: &str) -> bool {
    // Absent where the page is not served securely.
    let clipboard = Reflect::get(&window().navigator(), &"clipboard".into()).unwrap_or(JsValue::UNDEFINED);
    if clipboard.is_undefined() {
        return false;
    }
    JsFuture::from(window().navigator().clipboard().write_text(text)).await.is_ok()
}

/// Whether a media query holds.
pub(super) fn media(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// Calls back with whether a media query holds, whenever that changes.
pub(super) fn watch_media(query: &str, on_change: impl Fn(bool) + 'static) {
    let Ok(Some(list)) = window().match_media(query) else { return };
    let changed = Closure::<dyn Fn(web_sys::MediaQueryListEvent)>::new(move |event: web_sys::MediaQueryListEvent| {
        on_change(event.matches());
    });
    let _ = list.add_event_listener_with_callback("change", changed.as_ref().unchecked_ref());
    // It listens as long as the page lives.
    changed.forget();
}

/// Whether the page is dark, by choice or by the system.
pub(super) fn is_dark() -> bool {
    match document().document_element().and_then(|root| root.get_attribute("data-theme")).as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => media("(prefers-color-scheme: dark)"),
    }
}

/// Changes to the other theme. What the system has anyway is not stored, so that the
/// page goes on following it.
pub(super) fn toggle_theme() {
    let dark = !is_dark();
    let Some(root) = document().document_element() else { return };
    let storage = window().local_storage().ok().flatten();
    if dark == media("(prefers-color-scheme: dark)") {
        let _ = root.remove_attribute("data-theme");
        let _ = storage.map(|s| s.remove_item(THEME_KEY));
    } else {
        let theme = if dark { "dark" } else { "light" };
        let _ = root.set_attribute("data-theme", theme);
        let _ = storage.map(|s| s.set_item(THEME_KEY, theme));
    }
}

/// The element with this id.
pub(super) fn by_id(id: &str) -> Option<Element> {
    document().get_element_by_id(id)
}

/// Gives an element the focus, without a jump of the page.
pub(super) fn focus(id: &str) {
    if let Some(element) = by_id(id).and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = element.focus_with_options(&options);
    }
}

/// Brings an element into view and gives it the focus.
pub(super) fn go_to(id: &str) {
    focus(id);
    reveal(id, ScrollLogicalPosition::Start);
}

/// Brings an element into view: its beginning, or as little as is needed.
pub(super) fn reveal(id: &str, where_to: ScrollLogicalPosition) {
    let Some(element) = by_id(id) else { return };
    let options = ScrollIntoViewOptions::new();
    options.set_block(where_to);
    let calm = media("(prefers-reduced-motion: reduce)");
    options.set_behavior(if calm { ScrollBehavior::Instant } else { ScrollBehavior::Smooth });
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// What is remembered on this device under a key; nothing where storage is switched off.
pub(super) fn remembered(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(key).ok().flatten()
}

/// Remembers a text on this device, where storage allows it.
pub(super) fn remember(key: &str, text: &str) {
    if let Some(storage) = window().local_storage().ok().flatten() {
        let _ = storage.set_item(key, text);
    }
}

/// Says a sentence to those who hear the page.
pub(super) fn say(what: &str) {
    if let Some(log) = by_id("said") {
        log.set_text_content(Some(what));
    }
}

/// The engine can be asked: web/boot.js stops waiting for it.
pub(super) fn mark_ready() {
    if let Ok(ready) = Reflect::get(&window(), &"loaddiffReady".into())
        && let Ok(ready) = ready.dyn_into::<js_sys::Function>()
    {
        let _ = ready.call0(&JsValue::UNDEFINED);
    }
}

/// Mounts a component in the part of the page with this id.
pub(super) fn mount_into<V: IntoView + 'static>(id: &str, component: impl FnOnce() -> V + 'static) {
    if let Some(element) = by_id(id).and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        // It stays as long as the page.
        leptos::mount::mount_to(element, component).forget();
    }
}

/// The dialog with this id.
pub(super) fn dialog(id: &str) -> Option<HtmlDialogElement> {
    by_id(id)?.dyn_into().ok()
}

/// Shows a dialog beside the page, which goes on, or closes it.
pub(super) fn show_question(id: &str, open: bool) {
    let Some(dialog) = dialog(id).filter(|dialog| open && !dialog.open()) else { return show_dialog(id, open) };
    dialog.show();
    focus_primary(&dialog);
}

/// Gives the focus to the first main button in an element, if there is one that can be pressed.
pub(super) fn focus_primary(within: &Element) {
    if let Ok(Some(first)) = within.query_selector("button.primary:enabled")
        && let Some(first) = first.dyn_ref::<web_sys::HtmlElement>()
    {
        let _ = first.focus();
    }
}

/// The fragment of a link that a person pasted.
pub(super) fn follow(fragment: &str) {
    let _ = window().location().set_hash(fragment);
}

/// The text of the clipboard, where the browser and a person allow it.
pub(super) async fn pasted() -> Option<String> {
    let clipboard = Reflect::get(&window().navigator(), &"clipboard".into()).ok()?;
    let read: js_sys::Function = Reflect::get(&clipboard, &"readText".into()).ok()?.dyn_into().ok()?;
    JsFuture::from(read.call0(&clipboard).ok()?.dyn_into::<js_sys::Promise>().ok()?).await.ok()?.as_string()
}

/// Shows a dialog, or closes it.
pub(super) fn show_dialog(id: &str, open: bool) {
    if let Some(dialog) = dialog(id).filter(|dialog| dialog.open() != open) {
        if open {
            let _ = dialog.show_modal();
        } else {
            dialog.close();
        }
    }
}
