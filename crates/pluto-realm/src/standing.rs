//! What the rules of a realm ask about a party and other engines know: handed in as functions, because
//! capabilities never see each other.

use pluto_core::Did;
use pluto_core::traits::StateView;
use pluto_core::trust::TrustVector;

/// How the standing of a party is read from the state.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// The trust in somebody.
    pub trust: fn(&dyn StateView, Did) -> TrustVector,
    /// Whether somebody holds a credential of that schema.
    pub holds: fn(&dyn StateView, &Did, &str) -> bool,
}
