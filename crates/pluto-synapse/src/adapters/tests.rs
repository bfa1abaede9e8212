//! What the adapters count, and what they leave alone.

use std::sync::Arc;

use pluto_core::{Verdict, VoidReason};

use super::*;
use crate::fixture::event;
use crate::{SynapseHub, Topology};

#[test]
fn metrics_count_touched_components_and_not_triggered_ones() {
    let mut topology = Topology::FLAT;
    topology.triggers[Component::Realm.index()] = Component::Trust.bit();
    let (hub, _queue) = SynapseHub::new(topology);
    let metrics = Arc::new(MetricsObserver::default());
    let _handle = hub.register(metrics.clone()).unwrap();
    let mut void = event(1, &[Component::Realm]);
    void.verdict = Verdict::Void(VoidReason::NotMember);
    hub.dispatch(&[event(0, &[Component::Realm, Component::Gateway]), void]);
    assert_eq!(metrics.of(Component::Realm), VerdictCounts { effective: 1, void: 1 });
    assert_eq!(metrics.of(Component::Gateway), VerdictCounts { effective: 1, void: 0 });
    assert_eq!(metrics.of(Component::Trust), VerdictCounts::default());
}

#[test]
fn anomalies_reach_the_callback_once_and_only_with_effect() {
    let (hub, _queue) = SynapseHub::new(Topology::FLAT);
    let count = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&count);
    let observer = AnomalyObserver::new(move |_: &Committed| {
        counter.fetch_add(1, Relaxed);
    });
    let _handle = hub.register(Arc::new(observer)).unwrap();
    let mut anomaly = event(0, &[Component::Anomaly, Component::Identity]);
    anomaly.kind = Kind::AnomalyDetected.number();
    let mut void = anomaly.clone();
    void.verdict = Verdict::Void(VoidReason::InvalidProof);
    let mut other = event(2, &[Component::Identity]);
    other.kind = Kind::IdentityBootstrapped.number();
    let mut of_identity = event(3, &[Component::Identity]);
    of_identity.kind = Kind::IdentityAnomalyDetected.number();
    hub.dispatch(&[anomaly, void, other, of_identity]);
    assert_eq!(count.load(Relaxed), 2);
}
