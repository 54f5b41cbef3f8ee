//! hey, and boom before it: its rows and its report. hey has no rule for failures: every response is a normal one to it.

pub(super) mod csv;
pub(super) mod text;

use crate::run::{NoteLevel, Words};

const BY_STATUS: Words = Words {
    code: "failures-by-status",
    level: NoteLevel::Info,
    text: "hey does not judge responses. Here a status of 400 or more is a failure.",
};
