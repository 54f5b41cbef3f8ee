//! ghz, the load generator for gRPC. A call failed if its status is not `OK`.

pub(super) mod csv;
pub(super) mod json;
