//! A panic ends the program, and must not end in a page that stands still and says nothing.

use leptos::prelude::document;

/// From now on a panic is written to the console and shown on the page.
pub(super) fn watch() {
    std::panic::set_hook(Box::new(|info| {
        web_sys::console::error_1(&info.to_string().into());
        let place = info.location().map(|l| format!("{}:{}", l.file(), l.line())).unwrap_or_default();
        // Whatever can fail here is passed over: there is nothing left to tell it to.
        let show = || {
            let body = document().body()?;
            let card = document().create_element("div").ok()?;
            card.set_attribute("class", "crash card-error").ok()?;
            card.set_attribute("role", "alert").ok()?;
            let say = |tag: &str, text: &str| {
                let element = document().create_element(tag).ok()?;
                element.set_text_content(Some(text));
                card.append_child(&element).ok()
            };
            say("h2", "Something in this page went wrong")?;
            say(
                "p",
                "This is a fault of loaddiff, not of your files, which have not left this device. Load the page again to \
                 go on; if it happens again with the same files, please report it with this line:",
            )?;
            say("code", &format!("loaddiff {} {place}", env!("CARGO_PKG_VERSION")))?;
            let given = super::engine::given_names();
            if !given.is_empty() {
                say("p", &format!("You gave: {}.", given.join(", ")))?;
            }
            let link = document().create_element("a").ok()?;
            link.set_attribute("href", "./").ok()?;
            link.set_text_content(Some("Load the page again"));
            card.append_child(&link).ok()?;
            body.prepend_with_node_1(&card).ok()
        };
        let _ = show();
    }));
}
