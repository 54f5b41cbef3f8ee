//! Comparisons that are kept on this device, so that a reload, Back or a click destroys none: what is written, what comes
//! back, and *Undo*. Where it is stored is the engine's business.
//!
//! A comparison is kept as the parts its files were read to, or as the text of the link or report that brought it. It has
//! the name of its bytes, so that the same files are kept once.

use std::sync::Arc;

use super::address::Fragment;
use super::content::{self, Content};
use super::failure::{LARGEST, Unkept};
use super::opened::{Bringer, Opened};
use super::side::{Files, Origin, Side};
use super::state::State;
use super::state::keep::{Recent, Undo};
use super::state::thresholds::Thresholds;
use crate::fnv::fnv1a;
use crate::ingest::{Group, Part, Parts, Role};
use crate::link;
use crate::policy::Policy;
use crate::report::{summaries, words};
use crate::wire::{Wire, from_bytes, to_bytes};

/// The version of what is written. Raise it with every change to the wire form of a part (a test holds it): what older
/// pages kept is then passed over.
const SHAPE: u64 = 1;

/// A comparison to be kept on this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keep {
    /// The name it is kept under.
    pub id: String,
    /// What a list of them shows, and the thresholds.
    pub about: Vec<u8>,
    /// Both sides; `None` where they are kept already.
    pub data: Option<Vec<u8>>,
}

/// What `about` holds: word and tone of the verdict, labels, thresholds, labels given by hand.
type About = ((u64, String, String), (String, String), (String, Option<String>, Option<String>));

/// Sides as they are written, one after the other: kind, whether chosen, content.
const FILES: u8 = 0;
const OPENED: u8 = 1;

impl State {
    /// Whether the address holds all of what is shown.
    fn is_in_address(&self) -> bool {
        self.opened().is_some_and(|opened| matches!(opened.by, Bringer::Link)) && self.changed_since().is_none()
    }

    /// What is to be kept now, if it is not what was kept last.
    ///
    /// # Errors
    ///
    /// Why it is not kept.
    pub fn next_to_keep(&mut self) -> Result<Option<Keep>, Unkept> {
        if self.pending {
            return Ok(None);
        }
        let Some((comparison, of)) = self.comparison.clone().zip(self.compared.clone()) else {
            self.keeping.id = None;
            return Ok(None);
        };
        if self.keeping.made == self.made {
            return Ok(None);
        }
        self.keeping.made = self.made;
        if self.embedded || self.is_in_address() {
            self.keeping.id = None;
            return Ok(None);
        }
        if self.history.is_some() {
            (self.keeping.id, self.keeping.of) = (None, None);
            return Err(Unkept::History);
        }
        let same = self.keeping.id.is_some() && self.keeping.of.as_ref().is_some_and(|last| last.is(&of));
        let mut data = None;
        if !same {
            let packed = self.packed();
            if packed.len() as u64 > LARGEST {
                (self.keeping.id, self.keeping.of) = (None, None);
                return Err(Unkept::Large(packed.len() as u64));
            }
            let id = name_of(&packed);
            let is_new = std::mem::take(&mut self.keeping.rewrite) || self.keeping.id.as_ref() != Some(&id);
            data = is_new.then_some(packed);
            (self.keeping.id, self.keeping.of) = (Some(id), Some(of));
        }
        let by_hand = |side: &Option<Side>| side.as_ref().and_then(|side| side.label.clone());
        let about: About = (
            (SHAPE, words::word_title(comparison.word).to_owned(), words::word_tone(comparison.word).to_owned()),
            (comparison.baseline.label.clone(), comparison.run.label.clone()),
            (summaries::policy_to_json(&comparison.policy), by_hand(&self.baseline), by_hand(&self.run)),
        );
        Ok(self.keeping.id.clone().map(|id| Keep { id, about: to_bytes(&about), data }))
    }

    /// Both sides as bytes.
    fn packed(&self) -> Vec<u8> {
        let mut out = to_bytes(&SHAPE);
        let opened = [&self.baseline, &self.run].into_iter().flatten().find_map(Side::came_with);
        opened.map(|(opened, _)| (opened.file().to_owned(), opened.text.clone())).put(&mut out);
        for side in [&self.baseline, &self.run].into_iter().flatten() {
            match &side.origin {
                Origin::Files(files) => {
                    (FILES, side.chosen).put(&mut out);
                    files.key.put(&mut out);
                    files.parts.put(&mut out);
                    (files.several == Parts::Merge, files.all_parts).put(&mut out);
                    files.more.put(&mut out);
                }
                Origin::Opened(_, role) => (OPENED, *role == Role::Run).put(&mut out),
            }
        }
        self.earlier.put(&mut out);
        out
    }

    /// Shows a comparison that was kept; whether it could be read.
    pub fn restore(&mut self, id: &str, about: &[u8], data: &[u8]) -> bool {
        let about = from_bytes::<About>(about).filter(|((shape, ..), ..)| *shape == SHAPE);
        let policy = about.as_ref().and_then(|(_, _, (policy, ..))| summaries::policy_of_json(policy));
        let read = if name_of(data) == id { read(data) } else { None };
        let (Some((_, _, (_, baseline_label, run_label))), Some(policy), Some(kept)) = (about, policy, read) else {
            return false;
        };
        self.set_sides(kept.baseline, kept.run, None);
        self.earlier = kept.earlier;
        self.set_thresholds(thresholds(policy, self.opened().is_some()));
        self.set_label(Role::Baseline, baseline_label);
        self.set_label(Role::Run, run_label);
        self.keeping.id = Some(id.to_owned());
        true
    }

    /// Lists what is kept. What cannot be read, of another version say, is passed over.
    pub fn set_recents(&mut self, listed: Vec<(String, i64, Vec<u8>)>, now_ms: i64) {
        let recent = |(id, at_ms, about): (String, i64, Vec<u8>)| {
            let ((shape, word, tone), labels, _) = from_bytes::<About>(&about)?;
            (shape == SHAPE).then_some(Recent { id, at_ms, word, tone, labels })
        };
        self.keeping.recents = listed.into_iter().filter_map(recent).collect();
        crate::order::sort_by_key(&mut self.keeping.recents, |recent| -recent.at_ms);
        self.keeping.now_ms = now_ms;
    }

    /// Back to the start, from where *Undo* leads back.
    pub fn put_away(&mut self, main: Fragment) {
        if self.comparison.is_some() {
            self.keeping.undo = Some(Box::new(Undo {
                baseline: self.baseline.clone(),
                run: self.run.clone(),
                earlier: self.earlier.clone(),
                thresholds: self.thresholds.clone(),
                adjustments: self.adjustments.clone(),
                selected: self.selected.clone(),
                filters: self.filters.clone(),
                percentile: self.percentile,
                id: self.keeping.id.take(),
                main,
            }));
        }
        (self.keeping.id, self.keeping.of, self.keeping.wanted) = (None, None, None);
        self.keeping.list = true;
        self.start_over();
    }

    /// Shows again what was put away; the link that it came by.
    pub fn undo(&mut self) -> Option<Fragment> {
        let undo = *self.keeping.undo.take()?;
        self.start_over();
        (self.baseline, self.run, self.earlier) = (undo.baseline, undo.run, undo.earlier);
        self.set_thresholds(undo.thresholds);
        self.set_adjustments(undo.adjustments);
        (self.selected, self.filters, self.percentile) = (undo.selected, undo.filters, undo.percentile);
        (self.keeping.id, self.keeping.of, self.keeping.rewrite) = (undo.id, None, true);
        Some(undo.main)
    }
}

/// What was kept of both sides.
struct Kept {
    baseline: Side,
    run: Side,
    earlier: Vec<Group>,
}

/// The name of these bytes.
fn name_of(bytes: &[u8]) -> String {
    format!("{:016x}", fnv1a(bytes.iter().copied()))
}

fn read(mut data: &[u8]) -> Option<Kept> {
    let from = &mut data;
    (u64::take(from)? == SHAPE).then_some(())?;
    let opened = match <Option<(String, String)> as Wire>::take(from)? {
        Some((file, text)) => Some(Arc::new(open(&file, text)?)),
        None => None,
    };
    let mut side = || {
        let (kind, flag) = <(u8, bool)>::take(from)?;
        if kind == OPENED {
            return opened.as_ref().map(|o| Side::opened(o, if flag { Role::Run } else { Role::Baseline }));
        }
        let (key, parts) = (String::take(from)?, <Vec<Part>>::take(from)?);
        let (merged, all_parts) = <(bool, bool)>::take(from)?;
        let several = if merged { Parts::Merge } else { Parts::Refuse };
        let files = Files { key, parts, several, more: Wire::take(from)?, all_parts };
        Some(Side::made_of(files, flag))
    };
    let (baseline, run) = (side()?, side()?);
    let earlier = <Vec<Group>>::take(from)?;
    from.is_empty().then_some(Kept { baseline, run, earlier })
}

/// The link, or the report of this file.
fn open(file: &str, text: String) -> Option<Opened> {
    if file.is_empty() {
        return Some(Opened::link(link::decode(&text).ok()?, text));
    }
    match content::report(file, text.as_bytes())? {
        Ok(Content::Report { name, restored, text }) => Some(Opened::report(name, *restored, text)),
        _ => None,
    }
}

/// The thresholds that a comparison was judged by.
fn thresholds(policy: Policy, opened: bool) -> Thresholds {
    match Thresholds::brought(&Arc::new(policy)) {
        Thresholds::Opened(policy) if !opened => Thresholds::File(policy),
        other => other,
    }
}
