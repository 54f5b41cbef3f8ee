//! A comparison as the fragment of a URL: `#r1.<payload>.<length>.<check>`.
//!
//! The link contains the data read from the files and the thresholds, but no verdict: the recipient judges again with
//! the same library and gets the same result. A browser sends no fragment to any server. `docs/link-format.md`
//! describes every byte.
//!
//! * [`encode`] rounds figures, decodes its own link, judges it, and makes every figure exact that would change a
//!   verdict or a display: **a link never changes a verdict**.
//! * [`decode`] detects every changed character, and is safe for hostile input: it never panics, and memory and work
//!   are bounded for any text.
//!
//! The other kind of link has the locations of files, which the recipient fetches: [`sources`], [`refusal`].
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
pub use encode::{encode, encode_leaving};
pub use model::{Link, LinkError, Options, Piece, Shared, Unshareable, caps};
pub use places::Fit;
