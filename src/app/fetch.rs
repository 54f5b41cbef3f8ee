//! Fetching one file from its address, as a stream: how much has come is told, and what is too much is given up.
//! Nothing that says who asks goes along: no cookies, no credentials, no referrer.

use js_sys::{Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, ReadableStreamDefaultReader, ReferrerPolicy, RequestCredentials, RequestInit, Response, ResponseType,
};

use super::{browser, privacy};
use crate::link::refusal::Refusal;
use crate::link::sources::Address;

/// Fetches a file of at most `limit` bytes. `progress` learns of the bytes that have come, and of how many there will
/// be, where that is known. The error is `None` where a person has cancelled.
pub(super) async fn fetch(
    address: &Address,
    page: Option<&Address>,
    limit: u64,
    signal: &AbortSignal,
    progress: impl Fn(u64, Option<u64>),
) -> Result<Vec<u8>, Option<Refusal>> {
    let ended = |refusal: Refusal| if signal.aborted() { None } else { Some(refusal) };
    let init = RequestInit::new();
    init.set_credentials(RequestCredentials::Omit);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    init.set_signal(Some(signal));
    let origin = || address.origin().to_owned();
    let answer = JsFuture::from(window().fetch_with_str_and_init(&address.to_string(), &init)).await;
    let response: Response = answer
        .map_err(|_| {
            ended(if !window().navigator().on_line() {
                Refusal::Offline
            } else if !address.may_be_fetched(page, &privacy::allowed()) {
                Refusal::NotAllowed { origins: vec![origin()] }
            } else {
                Refusal::NoAnswer { origin: origin() }
            })
        })?
        .unchecked_into();

    let header = |name: &str| response.headers().get(name).ok().flatten();
    let (retry, reset) = (header("Retry-After"), header("X-RateLimit-Reset"));
    let refused = Refusal::of_status(response.status(), retry.as_deref(), reset.as_deref(), browser::now_ms());
    let length = header("Content-Length").and_then(|text| text.parse::<u64>().ok());
    let too_large = length.filter(|length| *length > limit).map(|_| Refusal::TooLarge { bytes: length, limit });
    let Some(body) = response.body() else { return refused.map_or(Ok(Vec::new()), |refusal| Err(Some(refusal))) };
    if let Some(refusal) = refused.or(too_large) {
        drop(body.cancel());
        return Err(Some(refusal));
    }
    // The length is that of what was sent; compressed, it says nothing about what comes out. Another origin's answer
    // does not tell whether it was compressed.
    let is_plain = response.type_() == ResponseType::Basic && header("Content-Encoding").is_none();
    let total = length.filter(|_| is_plain);

    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let so_far = bytes.len() as u64;
        progress(so_far, total);
        let step = JsFuture::from(reader.read()).await.map_err(|_| ended(Refusal::Broken { bytes: so_far }))?;
        let Some(chunk) = Reflect::get(&step, &"value".into()).ok().and_then(|v| v.dyn_into::<Uint8Array>().ok())
        else {
            return Ok(bytes);
        };
        if so_far + u64::from(chunk.length()) > limit {
            drop(reader.cancel());
            return Err(Some(Refusal::TooLarge { bytes: None, limit }));
        }
        bytes.extend(chunk.to_vec());
    }
}
