//! Throw-away profile.
#![allow(missing_docs)]
use pluto_core::payload::*;
use pluto_core::traits::*;
use pluto_core::*;
use pluto_tests::*;
use std::time::Instant;
fn main() {
    let mode = std::env::args().nth(1).unwrap_or("runs".into());
    let n: usize = std::env::args().nth(2).and_then(|s| s.parse().ok()).unwrap_or(100_000);
    let per = if mode == "runs" { 64 } else { 1 };
    let people: Vec<_> = (1..=100).map(person).collect();
    let (mut w, g) = Writer::open(&people[0]);
    let mut runs = vec![g];
    for p in &people[1..] {
        runs.push(w.join(p));
    }
    let t = Instant::now();
    let mut k = 0u64;
    for i in 0..n / per {
        let p = &people[i % 100];
        let ev: Vec<_> = (0..per)
            .map(|_| {
                k += 1;
                let put = RecordPut {
                    collection: "notes".into(),
                    key: (k % 10_000).to_be_bytes().to_vec(),
                    value: vec![(k % 251) as u8; 50],
                };
                w.event(p, Kind::RecordPut, &put.encode())
            })
            .collect();
        runs.push(p.sign(ev));
    }
    println!(
        "compose+sign {:?} per event {:.0} ns",
        t.elapsed(),
        t.elapsed().as_nanos() as f64 / n as f64
    );
    let bytes: Vec<Vec<u8>> = runs.iter().map(|r| r.encode()).collect();
    println!("bytes per event {}", bytes.iter().map(|b| b.len()).sum::<usize>() / n);
    let t = Instant::now();
    let decoded: Vec<Run> = bytes.iter().map(|b| Run::decode(b).unwrap()).collect();
    println!("decode+hash per event {:.0} ns", t.elapsed().as_nanos() as f64 / n as f64);
    let keys: std::collections::HashMap<Did, [u8; 32]> =
        people.iter().map(|p| (p.did(), p.secret.inception().key)).collect();
    let msgs: Vec<SignedMessage> = decoded
        .iter()
        .map(|r| SignedMessage {
            key: keys[&r.author().unwrap()],
            message: Run::signing_message(&r.events).unwrap(),
            signature: r.signature,
        })
        .collect();
    let t = Instant::now();
    let m = msgs.len().min(2000);
    let ok = msgs[..m]
        .chunks(64)
        .all(|c| pluto_identity::Zip215Verifier.verify(c).into_iter().all(|b| b));
    println!("verify {} per sig {:.0} ns ok {ok}", m, t.elapsed().as_nanos() as f64 / m as f64);
    drop(decoded);
    let store = Store::default();
    let node = MemoryNode::open(&store, 5000).unwrap();
    let t = Instant::now();
    let mut tickets = std::collections::VecDeque::new();
    for b in bytes {
        let a: std::sync::Arc<[u8]> = b.into();
        tickets.push_back(
            node.system.submit(pluto_nervous_system::event_bus::Source::Local, a).unwrap(),
        );
        if tickets.len() > 900 {
            tickets.pop_front().unwrap().wait().unwrap();
        }
    }
    for x in tickets {
        x.wait().unwrap();
    }
    println!(
        "ingest {:?} per event {:.0} ns",
        t.elapsed(),
        t.elapsed().as_nanos() as f64 / n as f64
    );
    let roots = node.roots(w.realm());
    let t = Instant::now();
    node.system.stop().unwrap();
    println!("stop {:?}", t.elapsed());
    let t = Instant::now();
    let node = MemoryNode::open(&store, 5000).unwrap();
    println!("open {:?} {:?}", t.elapsed(), node.recovery);
    assert_eq!(node.roots(w.realm()), roots);
    drop(node);
    let bare = Store { log: store.log.clone(), ..Store::default() };
    let t = Instant::now();
    let node = MemoryNode::open(&bare, 5000).unwrap();
    println!(
        "replay {:?} per event {:.0} ns",
        t.elapsed(),
        t.elapsed().as_nanos() as f64 / n as f64
    );
    assert_eq!(node.roots(w.realm()), roots);
    println!(
        "{}",
        std::fs::read_to_string("/proc/self/status")
            .unwrap()
            .lines()
            .find(|l| l.starts_with("VmHWM"))
            .unwrap()
    );
}
