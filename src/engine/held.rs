//! The session that this worker holds, and what it shows the page.

use std::cell::{Cell, RefCell};

use super::browser;
use super::message::{ToPage, to_bytes};
use crate::session::{Command, Session, Update};

/// The page draws one message without a pause: maximum bytes of HTML in one, unless a single update has more.
const AT_ONCE: usize = 16_000;

thread_local! {
    static SESSION: RefCell<Session> = RefCell::default();
    /// Called after each command.
    static AFTER: Cell<Option<fn()>> = const { Cell::new(None) };
}

/// From now on, `follow` is called after each command.
pub(super) fn after(follow: fn()) {
    AFTER.set(Some(follow));
}

/// Has the session do something that is no command, and shows what follows.
pub(super) fn ask<T>(ask: impl FnOnce(&mut Session) -> (T, Vec<Update>)) -> T {
    let (answer, updates) = SESSION.with_borrow_mut(ask);
    show(updates);
    answer
}

/// Sends a message to the page.
pub(super) fn tell(message: &ToPage) {
    browser::post(&to_bytes(message));
}

/// Asks the session.
pub(super) fn with<T>(ask: impl FnOnce(&Session) -> T) -> T {
    SESSION.with_borrow(ask)
}

/// Applies a command and shows what follows.
pub(super) fn apply(command: Command) {
    change(command);
    follow();
}

fn follow() {
    if let Some(follow) = AFTER.get() {
        follow();
    }
}

fn change(command: Command) {
    let updates = SESSION.with_borrow_mut(|session| session.apply(command));
    let comparing = updates.iter().any(|update| matches!(update, Update::Comparing(_)));
    show(updates);
    if comparing {
        let updates = SESSION.with_borrow_mut(|session| session.apply(Command::Compare));
        show(updates);
        tell(&ToPage::Idle);
    }
}

/// As [`apply`], but what a person looks at while typing is shown first; the rest follows once no other message waits.
pub(super) fn apply_first(command: Command) {
    SESSION.with_borrow_mut(|session| session.hold_back(true));
    change(command);
    SESSION.with_borrow_mut(|session| session.hold_back(false));
    browser::soon(|| {
        let updates = SESSION.with_borrow_mut(Session::rest);
        show(updates);
        follow();
    });
}

fn show(updates: Vec<Update>) {
    let mut batch = Vec::new();
    let mut bytes = 0;
    for update in updates {
        let more = match &update {
            Update::Part { html, .. } => html.len(),
            Update::Rows(rows) => rows.iter().map(|(_, html)| html.len()).sum(),
            _ => 0,
        };
        // With the order that names them: the page would ask for rows that are on their way.
        let completes = matches!((batch.last(), &update), (Some(Update::Order(_)), Update::Rows(_)));
        if bytes > 0 && bytes + more > AT_ONCE && !completes {
            tell(&ToPage::Show(std::mem::take(&mut batch)));
            bytes = 0;
        }
        bytes += more;
        batch.push(update);
    }
    if !batch.is_empty() {
        tell(&ToPage::Show(batch));
    }
}
