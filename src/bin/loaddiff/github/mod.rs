//! GitHub's REST API, as far as `issue` and `comment` need it.
//!
//! [`settings`] reads the arguments and the environment; [`client`] sends requests, waits and repeats; [`refusal`] says
//! what an answer means and what to do; [`api`] has the calls; [`source`] the comparison that they are about.

pub mod api;
pub mod client;
pub mod refusal;
pub mod settings;
pub mod source;
