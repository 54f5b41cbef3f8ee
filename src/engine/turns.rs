//! One gesture after the other: files that are given while others are read wait for their turn.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::{JsFuture, spawn_local};

thread_local! {
    static TAKEN: Cell<bool> = const { Cell::new(false) };
    static WAITING: RefCell<VecDeque<Function>> = const { RefCell::new(VecDeque::new()) };
}

/// The turn of one gesture; the next one has it when this is dropped.
pub(super) struct Turn(());

/// Waits for a turn.
pub(super) async fn turn() -> Turn {
    if TAKEN.replace(true) {
        let called = Promise::new(&mut |resolve, _| WAITING.with_borrow_mut(|waiting| waiting.push_back(resolve)));
        // It is never rejected.
        let _ = JsFuture::from(called).await;
    }
    Turn(())
}

impl Drop for Turn {
    fn drop(&mut self) {
        match WAITING.with_borrow_mut(VecDeque::pop_front) {
            Some(next) => drop(next.call0(&JsValue::UNDEFINED)),
            None => TAKEN.set(false),
        }
    }
}

/// Does jobs 0 to `jobs`, up to `most` at a time, and returns when all are done.
pub(super) async fn all(jobs: usize, most: usize, job: impl AsyncFn(usize) + 'static) {
    let lanes = most.min(jobs);
    if lanes == 0 {
        return;
    }
    let (job, next, going) = (Rc::new(job), Rc::new(Cell::new(0)), Rc::new(Cell::new(lanes)));
    let done = Promise::new(&mut |resolve, _| {
        for _ in 0..lanes {
            let (job, next, going, resolve) = (Rc::clone(&job), Rc::clone(&next), Rc::clone(&going), resolve.clone());
            spawn_local(async move {
                while next.get() < jobs {
                    job(next.replace(next.get() + 1)).await;
                }
                going.set(going.get() - 1);
                if going.get() == 0 {
                    let _ = resolve.call0(&JsValue::UNDEFINED);
                }
            });
        }
    });
    // It is never rejected.
    let _ = JsFuture::from(done).await;
}
