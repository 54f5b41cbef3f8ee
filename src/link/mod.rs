//! A comparison as the fragment of an address: `#r1.<payload>.<length>.<check>`.
//!
//! The link carries what was read from the files and the thresholds, and no verdict: whoever opens it judges again with
//! the same library and comes to the same result. A browser sends no fragment to any server. `docs/link-format.md`
//! describes every byte.
//!
//! * [`encode`] rounds what may be rounded, reads its own link back, judges it, and sends exactly whatever would be
//!   judged or shown otherwise: **a link never changes a verdict**.
//! * [`decode`] finds every change of a character, and is made for hostile input: nothing in it panics, and memory and
//!   work are bounded whatever the text says.
//!
//! The other kind of link says where the files are, and is fetched by whoever opens it: [`sources`], [`refusal`].
//!
//! ```
//! use loaddiff::{compare, link, policy, run::Run};
//!
//! let comparison = compare::compare(Run::default(), Run::default(), policy::Policy::default());
//! let link = link::encode(&comparison, &link::Options::default())?;
//! let shared = link::decode(&format!("https://example.org/{}", link.text))?;
//! assert_eq!(shared.judge().word, comparison.word);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod body;
mod coder;
mod decode;
mod encode;
mod frame;
mod hide;
mod model;
mod notes;
mod packed;
mod places;
mod prime;
pub mod refusal;
mod rows;
mod runs;
mod simplify;
pub mod sources;
mod sure;
mod thresholds;
mod value;

pub use decode::decode;
pub use encode::encode;
pub use model::{Link, LinkError, Options, Piece, Shared, Unshareable, caps};
pub use places::Fit;
