//! Protection: what unbalances a realm, measured and reported.
//!
//! None of it decides: anomalies raise alerts, of which the node's breaker counts the critical ones;
//! concentration, caps, votes and calibrated parameters are proposals to people.

pub mod anomaly;
pub mod anti_calcification;
pub mod calibration;
pub mod concentration;
pub mod quadratic;
