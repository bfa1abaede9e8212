//! The contract of [`KvStore`].

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use pluto_core::traits::{KvBatch, KvStore};

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// Runs the contract on stores that `make` gives, each empty.
///
/// # Panics
/// When the store breaks it.
pub fn kv_contract<K: KvStore>(make: impl Fn() -> K) {
    later_writes_of_a_batch_win(&make());
    it_agrees_with_a_map(&make());
    a_scan_stays_inside_its_prefix(&make());
}

fn scan(store: &impl KvStore, prefix: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut seen = Vec::new();
    store
        .scan(prefix, &mut |key, value| {
            seen.push((key.to_vec(), value.to_vec()));
            ControlFlow::Continue(())
        })
        .expect("the scan ends well");
    seen
}

fn put(store: &impl KvStore, writes: &[(&[u8], Option<&[u8]>)]) {
    let writes =
        writes.iter().map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec))).collect();
    store.apply(&KvBatch { writes }).expect("the batch is stored");
}

fn later_writes_of_a_batch_win(store: &impl KvStore) {
    put(store, &[(b"a", Some(b"1")), (b"a", Some(b"2")), (b"b", Some(b"3")), (b"b", None)]);
    assert_eq!(store.get(b"a").unwrap(), Some(b"2".to_vec()));
    assert_eq!(store.get(b"b").unwrap(), None);
    put(store, &[(b"a", None), (b"c", None)]);
    assert_eq!(scan(store, b""), vec![]);
    put(store, &[(b"empty value", Some(b""))]);
    assert_eq!(store.get(b"empty value").unwrap(), Some(vec![]));
    store.flush().unwrap();
}

fn it_agrees_with_a_map(store: &impl KvStore) {
    let mut model = Model::new();
    let mut dice = 1_u64;
    for _ in 0..200 {
        let mut batch = KvBatch::default();
        for _ in 0..8 {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let key = vec![(dice >> 60) as u8, (dice >> 56) as u8 & 15];
            let value = (dice >> 40 & 3 != 0).then(|| dice.to_be_bytes().to_vec());
            match &value {
                Some(value) => model.insert(key.clone(), value.clone()),
                None => model.remove(&key),
            };
            batch.writes.push((key, value));
        }
        store.apply(&batch).unwrap();
    }
    for first in 0..16_u8 {
        let under = model.iter().filter(|(key, _)| key[0] == first);
        let expected: Vec<_> = under.map(|(key, value)| (key.clone(), value.clone())).collect();
        assert_eq!(scan(store, &[first]), expected);
    }
    assert_eq!(scan(store, b"").len(), model.len());
    assert!(model.iter().all(|(key, value)| store.get(key).unwrap().as_ref() == Some(value)));
}

fn a_scan_stays_inside_its_prefix(store: &impl KvStore) {
    let keys: [&[u8]; 6] = [b"post", b"post\0a", b"posts", b"\xff", b"\xff\xff", b"\xff\xff\x01"];
    for key in keys {
        put(store, &[(key, Some(key))]);
    }
    let under = |prefix: &[u8]| -> Vec<Vec<u8>> {
        scan(store, prefix).into_iter().map(|(key, _)| key).collect()
    };
    assert_eq!(under(b"post\0"), vec![b"post\0a".to_vec()]);
    assert_eq!(under(b"posts"), vec![b"posts".to_vec()]);
    assert_eq!(under(b"\xff\xff"), vec![b"\xff\xff".to_vec(), b"\xff\xff\x01".to_vec()]);
    let mut seen = 0;
    let visit = &mut |_: &[u8], _: &[u8]| {
        seen += 1;
        ControlFlow::Break(())
    };
    store.scan(b"", visit).unwrap();
    assert_eq!(seen, 1);
}
