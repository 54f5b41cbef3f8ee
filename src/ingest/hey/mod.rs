//! hey, formerly boom: its rows and its report. hey does not define failures: any response counts as a success.

pub(super) mod csv;
pub(super) mod text;

use crate::run::{NoteLevel, Words};

const BY_STATUS: Words = Words {
    code: "failures-by-status",
    level: NoteLevel::Info,
    text: "hey does not judge responses. Here a status of 400 or more is a failure.",
};
