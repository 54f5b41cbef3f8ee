//! A file's bytes, in order.

use js_sys::{ArrayBuffer, Function, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReadableStreamByobReader, ReadableStreamGetReaderOptions, ReadableStreamReaderMode};

/// The one buffer that the browser fills again and again.
const BUFFER: u32 = 1 << 20;

/// A slice, where the browser cannot fill a buffer.
const SLICE: f64 = (16 << 20) as f64;

/// Where bytes come from.
pub(super) enum Source {
    /// The browser writes them into the buffer that it is given: no memory but that.
    Byob { reader: ReadableStreamByobReader, buffer: ArrayBuffer },
    /// A new buffer for each slice.
    Slices { file: Blob, at: f64 },
}

impl Source {
    /// The bytes of a file. Where the browser has no streams that fill a buffer, it is asked for slices.
    pub(super) fn open(file: Blob, byob: bool) -> Self {
        match byob.then(|| byob_reader(&file)).flatten() {
            Some(reader) => Self::Byob { reader, buffer: ArrayBuffer::new(BUFFER) },
            None => Self::Slices { file, at: 0.0 },
        }
    }

    /// The next bytes, to be used before the next call; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Uint8Array>, JsValue> {
        match self {
            Self::Byob { reader, buffer } => {
                let step = JsFuture::from(reader.read_with_array_buffer_view(&Uint8Array::new(buffer))).await?;
                let view = Reflect::get(&step, &"value".into())?.dyn_into::<Uint8Array>().ok();
                let Some(view) = view.filter(|view| view.length() > 0) else { return Ok(None) };
                // The former buffer was taken away; this is the same memory.
                *buffer = view.buffer();
                Ok(Some(view))
            }
            Self::Slices { file, at } => {
                let end = (*at + SLICE).min(file.size());
                if *at >= end {
                    return Ok(None);
                }
                let slice = file.slice_with_f64_and_f64(*at, end)?;
                let bytes = JsFuture::from(slice.array_buffer()).await?;
                *at = end;
                Ok(Some(Uint8Array::new(&bytes)))
            }
        }
    }
}

/// A reader that fills buffers, where the browser has one.
fn byob_reader(file: &Blob) -> Option<ReadableStreamByobReader> {
    let options = ReadableStreamGetReaderOptions::new();
    options.set_mode(ReadableStreamReaderMode::Byob);
    // By name, since both are functions that a browser may not have, or that throw there.
    let stream = method(file, "stream")?.call0(file).ok()?;
    method(&stream, "getReader")?.call1(&stream, &options).ok().map(JsCast::unchecked_into)
}

fn method(object: &JsValue, name: &str) -> Option<Function> {
    Reflect::get(object, &name.into()).ok()?.dyn_into().ok()
}
