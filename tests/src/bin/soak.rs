//! The HTTP face for some minutes: `soak [--seconds N] [--clients N]`.
//!
//! Clients read, ask and submit without a pause, one follows the stream, and one stream is opened and
//! never read. Prints the resident set at the start, in the middle and at the end, and how long answers
//! took; any answer but success, or a follower that missed an event, ends it with an error.

use std::error::Error;
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use pluto_tests::load::{Measured, Sends, Yard, drive};
use pluto_tests::web::{read_event, read_head};
use serde_json::json;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Runs that each client submits in a round.
const RUNS: usize = 20;
/// Rounds that are played at most: so many people can join.
const ROUNDS_MAX: u8 = 200;

/// How many answers took how long, in steps of 10 us up to a second: it grows with nothing.
struct Lengths(Vec<usize>);

impl Lengths {
    const STEP_US: usize = 10;
    const STEPS: usize = 100_000;

    fn add(&mut self, found: Measured) {
        for took in found.times {
            let us = usize::try_from(took.as_micros()).unwrap_or(usize::MAX);
            if let Some(count) = self.0.get_mut((us / Self::STEP_US).min(Self::STEPS - 1)) {
                *count += 1;
            }
        }
    }

    fn all(&self) -> usize {
        self.0.iter().sum()
    }

    /// Microseconds that this share of answers took at most.
    fn percentile(&self, percent: usize) -> usize {
        let (wanted, mut seen) = (self.all() * percent / 100, 0);
        let at = self.0.iter().position(|count| {
            seen += count;
            seen > wanted
        });
        (at.unwrap_or(Self::STEPS) + 1) * Self::STEP_US
    }
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str, default: u64| {
        let at = arguments.iter().position(|argument| argument == name);
        let text = at.and_then(|at| arguments.get(at + 1));
        text.map_or(Ok(default), |text| text.parse())
    };
    let (seconds, clients) = (value("--seconds", 240)?, usize::try_from(value("--clients", 16)?)?);
    let yard = Yard::open()?;
    let mut out = std::io::stdout();
    let _stalled = stream(&yard)?;
    let follower = stream(&yard)?;
    let following = std::thread::spawn(move || follow(follower));
    let reads = reads(&yard);
    writeln!(out, "resident at the start      {}", resident())?;
    let (begun, end) = (Instant::now(), Duration::from_secs(seconds));
    let mut all = Lengths(vec![0; Lengths::STEPS]);
    let (mut written, mut middle) = (0_usize, None);
    for round in 0..ROUNDS_MAX {
        if begun.elapsed() >= end {
            break;
        }
        if middle.is_none() && begun.elapsed() * 2 >= end {
            middle = Some(resident());
        }
        let writer = 10 + round..11 + round;
        yard.join(writer.clone())?;
        let runs = yard.runs(writer, RUNS)?.remove(0);
        // The joining is an event, too.
        written += 1 + runs.len();
        let mut sends = vec![yard.submits(&runs)];
        let until = end.min(Duration::from_secs(seconds / u64::from(ROUNDS_MAX) + 1));
        let round = Instant::now();
        while sends.len() < clients {
            sends.push(Sends { requests: reads.clone(), count: reads.len() * 20 });
        }
        all.add(drive(yard.web.address, sends)?.whole()?);
        while round.elapsed() < until {
            let sends = (0..clients).map(|_| Sends { requests: reads.clone(), count: reads.len() });
            all.add(drive(yard.web.address, sends.collect())?.whole()?);
        }
    }
    writeln!(out, "resident in the middle     {}", middle.unwrap_or_default())?;
    writeln!(out, "resident at the end        {}", resident())?;
    writeln!(out, "answers, all with success  {}", all.all())?;
    writeln!(out, "p50 and p99, us            {}, {}", all.percentile(50), all.percentile(99))?;
    writeln!(out, "seconds                    {}", begun.elapsed().as_secs())?;
    let Yard { web, node, .. } = yard;
    drop(web);
    let seen = following.join().map_err(|_| "the follower ended")??;
    writeln!(out, "events written, followed   {written}, {seen}")?;
    node.stop()?;
    if seen < written {
        return Err("the follower missed events".into());
    }
    Ok(())
}

/// One request of each kind that reads.
fn reads(yard: &Yard) -> Vec<Vec<u8>> {
    let Yard { name, key, agent, decision, .. } = yard;
    let get = |path: String| yard.request(&format!("GET {path}"), "", &[]);
    let question = json!({ "actor": agent.to_string(), "action": "read", "resource": "prod/x" });
    let check = format!("POST /v1/realms/{name}/check");
    vec![
        get("/v1/status".to_owned()),
        get("/v1/metrics".to_owned()),
        get(format!("/v1/realms/{name}/events?order=newest&limit=20")),
        get(format!("/v1/realms/{name}/state/Controller/{key}?proof=true")),
        get(format!("/v1/realms/{name}/trust/{agent}")),
        get(format!("/v1/events/{decision}/proof")),
        get(format!("/v1/realms/{name}/decisions?limit=5")),
        yard.request(&check, "application/json", question.to_string().as_bytes()),
    ]
}

/// A stream from now on.
fn stream(yard: &Yard) -> std::io::Result<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(yard.web.address)?;
    // Without chunks between the lines.
    let request = yard.request("GET /v1/stream", "", &[]);
    let request = String::from_utf8_lossy(&request).replace("HTTP/1.1", "HTTP/1.0");
    stream.write_all(request.as_bytes())?;
    let mut reader = BufReader::new(stream);
    read_head(&mut reader)?;
    Ok(reader)
}

/// Reads a stream to its end; the events it was sent.
fn follow(mut reader: BufReader<TcpStream>) -> std::io::Result<usize> {
    let mut seen = 0;
    while let Some(sent) = read_event(&mut reader)? {
        seen += usize::from(sent.name == "event");
    }
    Ok(seen)
}

fn resident() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.map_or_else(|| "not told here".to_owned(), |text| text.trim().to_owned())
}
