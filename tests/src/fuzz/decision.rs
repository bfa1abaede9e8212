//! Files of decisions: as they are, and under a seal that fits, so that the checks behind it are met.

use std::sync::LazyLock;

use pluto_core::hash::Domain;
use pluto_core::{Canonical, RealmId};
use pluto_decision::audit::{self, Audit};
use pluto_decision::bundle::{self, Bundle, Check};
use pluto_decision::epoch::{self, Epoch};
use pluto_decision::realm_footing::RealmFooting;
use pluto_decision::realm_proof::{RealmProof, RealmProofs};
use pluto_identity::Zip215Verifier;
use pluto_nervous_system::event_sourcing::Footing;
use pluto_realm::final_state::{Claim, FinalState};

const SEAL_BYTES: usize = 32;

static BUNDLE: LazyLock<Domain> = LazyLock::new(|| Domain::new("pluto decision bundle v1"));
static AUDIT: LazyLock<Domain> = LazyLock::new(|| Domain::new("pluto audit v1"));
static HANDED: LazyLock<Domain> = LazyLock::new(|| Domain::new("pluto realm footing v1"));
static EPOCH: LazyLock<Domain> = LazyLock::new(|| Domain::new("pluto archive epoch v1"));

fn sealed(bytes: &[u8], seal: &Domain) -> Vec<u8> {
    let content = bytes.len().checked_sub(SEAL_BYTES).and_then(|at| bytes.get(..at));
    let content = content.unwrap_or_default();
    [content, &seal.hash(content).0].concat()
}

/// A bundle has one encoding and ends with a shown decision or with the check that fails.
pub(super) fn bundle(bytes: &[u8]) {
    for bytes in [bytes.to_vec(), sealed(bytes, &BUNDLE)] {
        let report = bundle::verify(&bytes, &Zip215Verifier);
        assert_eq!(report.holds(), report.failure().is_none());
        assert!(!report.holds() || report.steps.len() == Check::ALL.len());
        if let Ok(bundle) = Bundle::from_bytes(&bytes) {
            assert_eq!(bundle.encode(), bytes, "a second encoding");
        }
    }
}

/// An audit file has one encoding and is verified or refused.
pub(super) fn audit(bytes: &[u8]) {
    for bytes in [bytes.to_vec(), sealed(bytes, &AUDIT)] {
        let found = audit::verify(&bytes, &Zip215Verifier);
        let Ok(file) = Audit::from_bytes(&bytes) else {
            assert!(found.is_err());
            continue;
        };
        assert_eq!(file.encode(), bytes, "a second encoding");
        if let Ok(shown) = found {
            assert_eq!(shown.decisions.len(), file.bundles.len());
        }
    }
}

/// The manifest of an epoch has one encoding and is verified or refused.
pub(super) fn epoch(bytes: &[u8]) {
    for bytes in [bytes.to_vec(), sealed(bytes, &EPOCH)] {
        let found = epoch::verify(&bytes, &Zip215Verifier);
        let Ok(file) = Epoch::from_bytes(&bytes) else {
            assert!(found.is_err());
            continue;
        };
        assert_eq!(file.encode(), bytes, "a second encoding");
        if let Ok(shown) = found {
            assert_eq!(shown.end - shown.first, file.leaves.len() as u64);
        }
    }
}

/// A footing that is handed over has one encoding; who signed it is shown or refused.
pub(super) fn realm_footing(bytes: &[u8]) {
    for bytes in [bytes.to_vec(), sealed(bytes, &HANDED)] {
        let Ok(file) = RealmFooting::from_bytes(&bytes) else { continue };
        assert_eq!(file.encode(), bytes, "a second encoding");
        let _ = epoch::verify(&file.manifest, &Zip215Verifier);
        if let Ok(footing) = Footing::decode(&file.footing) {
            assert_eq!(footing.encode(), file.footing, "a second encoding");
        }
    }
}

/// A proof for another realm has one encoding, and shows nothing about a realm it is not of.
pub(super) fn realm_proof(bytes: &[u8]) {
    let Ok(proof) = RealmProof::decode(bytes) else { return };
    assert_eq!(proof.encode(), bytes, "a second encoding");
    let Some(creator) = proof.parties.first() else { return };
    let realm = RealmId(creator.inception.id.0);
    let entries = proof.state.entries.iter().filter_map(|entry| {
        let value = entry.value.as_deref()?;
        Some(Claim { component: entry.component, key: &entry.key, value })
    });
    let claims: Vec<Claim<'_>> = entries.collect();
    let shown = RealmProofs.prove(realm, &claims, bytes);
    assert!(shown.is_none() || RealmProofs.prove(RealmId::ZERO, &claims, bytes).is_none());
}
