//! ghz, the load generator for gRPC. A failed call is one whose status is not `OK`.

pub(super) mod csv;
pub(super) mod json;
