//! How the numbers are made, in short.

use leptos::prelude::*;

use super::empty::Promise;
use super::state;

#[component]
pub(super) fn Method() -> impl IntoView {
    let state = state();
    view! {
        <section class="panel method" aria-labelledby="method-title">
            <h2 id="method-title">"Method"</h2>
            <dl>
                <div>
                    <dt>"Change"</dt>
                    <dd>
                        "(run − baseline) ÷ baseline, always in this direction. Error rates change in percentage points \
                         (pp). From a baseline of 0 the change in percent is ∞."
                    </dd>
                </div>
                <div>
                    <dt>"Percentiles"</dt>
                    <dd>
                        "p95 is the response time that 95 % of the requests do not exceed, as the load-test tool \
                         reports it: no percentile is computed from others, averaged, or filled in. Where rows are \
                         merged it is shown as bounds."
                    </dd>
                </div>
                <div>
                    <dt>"Error rate"</dt>
                    <dd>"Failed requests ÷ all requests, from the counts."</dd>
                </div>
                <div>
                    <dt>"Verdict"</dt>
                    <dd>
                        "Each figure is judged by the most specific rule about it. Regressed: beyond its limit, and that \
                         is confirmed. Probably regressed: that is likely. Unclear: the interval spans the limit. Within \
                         limit: the whole interval ends below the limit and what equal runs may differ by. "
                        <button type="button" class="link" on:click=move |_| state.settings_open.set(true)>"The rules in force"</button>
                    </dd>
                </div>
                <div>
                    <dt>"Missing"</dt>
                    <dd>"A figure that no file holds is shown as – and never counts as 0. An endpoint of one side only is New or Missing."</dd>
                </div>
                <div>
                    <dt>"Version"</dt>
                    <dd>"loaddiff " {env!("CARGO_PKG_VERSION")} ". The command line gives the same answer for the same files."</dd>
                </div>
            </dl>
            <Promise/>
        </section>
    }
}
