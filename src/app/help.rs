//! The keys.

use leptos::prelude::*;

use super::ask::Dialog;
use super::{keys, state};

#[component]
pub(super) fn Help() -> impl IntoView {
    let open = state().help_open;
    view! {
        <Dialog open close=move || open.set(false) title="Keys">
            <dl class="keys">
                {keys::KEYS
                    .iter()
                    .map(|(key, what)| {
                        view! {
                            <div>
                                <dt><kbd>{*key}</kbd></dt>
                                <dd>{*what}</dd>
                            </div>
                        }
                    })
                    .collect_view()}
            </dl>
            <p class="muted">"They do nothing while you type."</p>
        </Dialog>
    }
}
