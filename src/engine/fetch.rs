//! Fetches the files of a link, one after the other, each as a stream: a file that is too large is given up.
//! Nothing that says who asks goes along: no cookies, no credentials, no referrer.

use std::cell::RefCell;

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AbortController, AbortSignal, ReadableStreamDefaultReader, ReferrerPolicy, RequestCredentials, RequestInit,
    Response, ResponseType,
};

use super::held::{apply, with};
use super::{browser, take};
use crate::link::refusal::Refusal;
use crate::link::sources::Address;
use crate::session::{Command, Phase, Session, SourceStage as Stage, Target};

/// Maximum bytes of all files of a link together: the engine holds them twice for a moment.
const LARGEST_TOGETHER: u64 = 100_000_000;

thread_local! {
    /// Ends the fetching that is under way.
    static ABORT: RefCell<Option<AbortController>> = const { RefCell::new(None) };
}

/// Stops the fetching that is under way.
pub(super) fn stop() {
    if let Some(abort) = ABORT.take() {
        abort.abort();
    }
}

/// Fetches all files of the link that the session shows, and compares them.
pub(super) fn start() {
    let Ok(abort) = AbortController::new() else { return };
    let signal = abort.signal();
    stop();
    ABORT.set(Some(abort));
    apply(Command::Fetching(Phase::Fetching));
    spawn_local(async move {
        if let Some(phase) = all(&signal).await.filter(|_| !signal.aborted()) {
            apply(phase);
        }
    });
}

/// Fetches and compares; what to show then. `None` where a person stopped it.
async fn all(signal: &AbortSignal) -> Option<Command> {
    let (page, allowed) = with(|session| {
        let (page, allowed) = session.may_fetch();
        (Address::parse(page).ok(), allowed.to_vec())
    });
    let mut files = Vec::new();
    let mut left = LARGEST_TOGETHER;
    for (index, (source, given)) in with(Session::sources).into_iter().enumerate() {
        let stage = |stage| apply(Command::Source { index, stage, at_ms: browser::now_ms() });
        let progress = |bytes, of| stage(Stage::Coming { bytes, of });
        match fetch(&source.address, page.as_ref(), &allowed, left, signal, progress).await {
            Ok(bytes) => {
                left = left.saturating_sub(bytes.len() as u64);
                stage(Stage::Here { bytes: bytes.len() as u64 });
                match take::in_memory(&source.name(), &bytes) {
                    Ok(file) => files.push((given, file)),
                    Err(failure) => apply(Command::Read { contents: vec![Err(failure)], target: Target::Anywhere }),
                }
            }
            Err(None) => return None,
            Err(Some(refusal)) => {
                // Where no further file can come, none is asked for.
                let pointless = matches!(
                    refusal,
                    Refusal::Limited { status: 429, .. }
                        | Refusal::Limited { until_ms: Some(_), .. }
                        | Refusal::Offline
                );
                stage(Stage::Refused(refusal));
                if pointless {
                    break;
                }
            }
        }
    }
    // A stopped fetch may have ended by itself at the same moment.
    if signal.aborted() {
        return None;
    }
    let all = files.len() == with(Session::sources).len();
    let compared = all && take::given(files).await.is_ok();
    Some(if compared { Command::Fetched } else { Command::Fetching(Phase::Failed) })
}

/// Fetches a file of at most `limit` bytes. `progress` learns of the bytes that have come, and of how many there will
/// be, where that is known. The error is `None` where a person has cancelled.
async fn fetch(
    address: &Address,
    page: Option<&Address>,
    allowed: &[String],
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
    let answer = match browser::scope() {
        Some(scope) => JsFuture::from(scope.fetch_with_str_and_init(&address.to_string(), &init)).await,
        None => Err(JsValue::UNDEFINED),
    };
    let response: Response = answer
        .map_err(|_| {
            ended(if browser::scope().is_some_and(|scope| !scope.navigator().on_line()) {
                Refusal::Offline
            } else if !address.may_be_fetched(page, allowed) {
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
