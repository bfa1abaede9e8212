//! What the HTTP face takes: `http_load [--requests N] [--clients N] [--runs N] [--rounds N]`.
//!
//! In one run, over the loopback interface and kept connections:
//!
//! 1. the same server answering a constant, which is what everything else is measured against;
//! 2. a state entry with its proof, and a question to the judge, through the whole gate;
//! 3. signed runs submitted over HTTP until they are durable, against the same in this process, in turn
//!    and by the same people; each line is the round with the middle ratio.
//!
//! Client and server share the machine. Anything but success ends it with an error.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use pluto_nervous_system::event_bus::Source;
use pluto_tests::load::{Measured, Sends, Yard, constant, drive};
use serde_json::json;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str, default: usize| {
        let at = arguments.iter().position(|argument| argument == name);
        let text = at.and_then(|at| arguments.get(at + 1));
        text.map_or(Ok(default), |text| text.parse())
    };
    let (requests, runs) = (value("--requests", 40_000)?, value("--runs", 400)?);
    let clients = u8::try_from(value("--clients", 64)?)?.clamp(1, 100);
    let yard = Yard::open()?;
    let plain = constant();
    let count = requests / usize::from(clients);
    let all = |request: &[u8]| -> Vec<Sends> {
        (0..clients).map(|_| Sends { requests: vec![request.to_vec()], count }).collect()
    };
    let mut out = std::io::stdout();
    writeln!(out, "connections                {clients}")?;
    writeln!(out, "{:<26} {:>10} {:>9} {:>9} {:>7}", "", "per s", "p50 us", "p99 us", "ratio")?;

    let get = format!("GET /constant HTTP/1.1\r\nHost: {}\r\n\r\n", plain.address);
    // The first run warms what is measured, once each.
    drive(plain.address, all(get.as_bytes()))?;
    let base = drive(plain.address, all(get.as_bytes()))?.whole()?;
    print(&mut out, "constant", &base, &base)?;

    let Yard { name, key, agent, .. } = &yard;
    let entry =
        yard.request(&format!("GET /v1/realms/{name}/state/Controller/{key}?proof=true"), "", &[]);
    let question = json!({ "actor": agent.to_string(), "action": "read", "resource": "prod/users", "amount": 5 });
    let check = yard.request(
        &format!("POST /v1/realms/{name}/check"),
        "application/json",
        question.to_string().as_bytes(),
    );
    for (what, request) in [("state entry with proof", &entry), ("check", &check)] {
        drive(yard.web.address, all(request))?;
        print(&mut out, what, &drive(yard.web.address, all(request))?.whole()?, &base)?;
    }

    let people = 10..10 + clients;
    yard.join(people.clone())?;
    let mut rounds = Vec::new();
    for _ in 0..value("--rounds", 5)?.max(1) {
        // Signed just before: what is late by all the others has them folded again.
        let inside = submit_within(&yard, yard.runs(people.clone(), runs)?).whole()?;
        let over = yard.runs(people.clone(), runs)?;
        let sends = over.iter().map(|runs| yard.submits(runs)).collect();
        rounds.push((inside, drive(yard.web.address, sends)?.whole()?));
    }
    rounds.sort_by(|a, b| ratio(a).total_cmp(&ratio(b)));
    let ratios: Vec<f64> = rounds.iter().map(ratio).collect();
    let (inside, outside) = rounds.get(rounds.len() / 2).ok_or("no round was played")?;
    print(&mut out, "submit, in process", inside, inside)?;
    print(&mut out, "submit, over HTTP", outside, inside)?;
    writeln!(out, "ratios of all rounds       {ratios:.3?}")?;
    yard.node.stop()?;
    Ok(())
}

fn print(out: &mut impl Write, what: &str, found: &Measured, base: &Measured) -> Outcome<()> {
    let us = |percent| found.percentile(percent).as_micros();
    let (per_s, ratio) = (found.per_s(), found.per_s() / base.per_s());
    writeln!(out, "{what:<26} {per_s:>10.0} {:>9} {:>9} {ratio:>7.3}", us(50), us(99))?;
    Ok(())
}

fn ratio((inside, outside): &(Measured, Measured)) -> f64 {
    outside.per_s() / inside.per_s()
}

/// Each client on a thread of its own, waiting until its run is durable.
fn submit_within(yard: &Yard, clients: Vec<Vec<Vec<u8>>>) -> Measured {
    let begun = Instant::now();
    let mut all = Measured::default();
    std::thread::scope(|scope| {
        let writing: Vec<_> = (clients.into_iter())
            .map(|runs| {
                scope.spawn(move || {
                    let mut times = Vec::new();
                    for run in runs {
                        let begun = Instant::now();
                        let ticket = yard.node.system().submit(Source::Local, run)?;
                        ticket.wait()?;
                        times.push(begun.elapsed());
                    }
                    Ok::<_, pluto_error::Error>(times)
                })
            })
            .collect();
        for one in writing {
            match one.join() {
                Ok(Ok(times)) => all.times.extend(times),
                _ => all.failed += 1,
            }
        }
    });
    all.took = begun.elapsed();
    all.times.sort_unstable();
    all
}
