//! The face under load: a node on a real directory behind its gate, and clients that keep connections.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use pluto_api::auth::{Authenticator, Gate, LocalIssuer, Tokens, Wish};
use pluto_api::browsers::Browsers;
use pluto_api::front::guarded;
use pluto_api::http::{Bounds, need, router};
use pluto_api::limits::{Limits, Rate, Rates};
use pluto_api::principal::Role;
use pluto_core::payload::RecordPut;
use pluto_core::traits::Clock;
use pluto_core::{Canonical, Did, EventId, Kind, RealmId};
use pluto_eclvm::ExecutionMode;
use pluto_error::Result;
use pluto_nervous_system::Composer;
use pluto_nervous_system::event_bus::Source;
use pluto_node::commands::NodeDoor;
use pluto_node::node::gate::{DOOR, DoorPolicy};
use pluto_node::node::{Node, SystemClock};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::office::{Office, Staff, grant, request};
use crate::people::person;
use crate::web::Web;

/// No client of a measurement is slowed down.
const NO_LIMIT: Rate = Rate { burst: u32::MAX, per_s: u32::MAX };
const CONSTANT: &str = "{\"constant\":\"an answer of a few bytes that nobody had to look up\"}";

/// A node behind its face.
pub struct Yard {
    /// The face.
    pub web: Web,
    /// The node.
    pub node: Arc<Node>,
    /// The realm.
    pub realm: RealmId,
    /// Its name.
    pub name: String,
    /// An agent with a grant.
    pub agent: Did,
    /// The key of an entry.
    pub key: String,
    /// A decision of the agent's.
    pub decision: EventId,
    token: String,
    _dir: TempDir,
}

/// What one client sends over its connection: these requests in turn, so many.
pub struct Sends {
    /// The requests.
    pub requests: Vec<Vec<u8>>,
    /// How many.
    pub count: usize,
}

/// How long requests took.
#[derive(Debug, Default)]
pub struct Measured {
    /// Each, in order of length.
    pub times: Vec<Duration>,
    /// All of them together.
    pub took: Duration,
    /// Those that were not answered with success, and the first that was not.
    pub failed: usize,
    /// What the first of these was told.
    pub first: Option<String>,
}

impl Measured {
    /// Answers in a second.
    #[must_use]
    pub fn per_s(&self) -> f64 {
        self.times.len() as f64 / self.took.as_secs_f64().max(f64::EPSILON)
    }

    /// What was measured, if nothing of it failed.
    ///
    /// # Errors
    /// How many failed, and what the first of them was told.
    pub fn whole(self) -> std::result::Result<Self, String> {
        match self.failed {
            0 => Ok(self),
            failed => Err(format!("{failed} failed: {}", self.first.unwrap_or_default())),
        }
    }

    /// The time that this share of requests took at most.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        let at = (self.times.len() * percent / 100).min(self.times.len().saturating_sub(1));
        self.times.get(at).copied().unwrap_or_default()
    }
}

impl Yard {
    /// A realm with a policy, grants and a decision.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open() -> Result<Self> {
        let staff = Staff::from(1);
        let mut office = Office::open(&staff)?;
        let given = office.give(&staff.owner, &grant(None, staff.agent.did()))?;
        let (decision, _) = office.act(&staff.agent, Some(given), None, &request("read", 5))?;
        let realm = office.realm();
        let Office { node, dir, .. } = office;
        let (name, node) = (node.realm_name(realm), Arc::new(node));
        let issuer = LocalIssuer::new(&[7; 32])?;
        let mut tokens = Tokens::default();
        issuer.allow(&mut tokens.keys)?;
        let wish = Wish {
            subject: "load".to_owned(),
            role: Role::Admin,
            scopes: Vec::new(),
            life_s: 86_400,
            id: "load".to_owned(),
        };
        let token = issuer.mint(&wish, SystemClock.now_ms() / 1000)?;
        let gate = Arc::new(Gate {
            authenticator: Arc::new(Authenticator::new(Arc::new(()), tokens)),
            authoriser: Arc::new(DoorPolicy::compile(DOOR)?),
            needs: Box::new(need),
            rates: Rates { address: NO_LIMIT, read: NO_LIMIT, write: NO_LIMIT },
            limits: Limits::default(),
            now_ms: Box::new(|| SystemClock.now_ms()),
        });
        let door = Arc::new(NodeDoor::new(&node, dir.path(), ExecutionMode::Legacy, None));
        let web = Web::serve(|stop| {
            guarded(router(door, Bounds::default(), stop), gate, Arc::new(Browsers::default()))
        });
        let key = format!("hex:67{given}");
        Ok(Self {
            web,
            node,
            realm,
            name,
            agent: staff.agent.did(),
            key,
            decision,
            token,
            _dir: dir,
        })
    }

    /// A request of somebody who may do everything.
    #[must_use]
    pub fn request(&self, head: &str, media: &str, body: &[u8]) -> Vec<u8> {
        let (address, token) = (self.web.address, &self.token);
        let mut text =
            format!("{head} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n");
        if !head.starts_with("GET") {
            text.push_str(&format!("Content-Type: {media}\r\nContent-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        [text.as_bytes(), body].concat()
    }

    /// What one client sends that submits these runs.
    #[must_use]
    pub fn submits(&self, runs: &[Vec<u8>]) -> Sends {
        let submit = |run| self.request("POST /v1/events", "application/octet-stream", run);
        Sends { requests: runs.iter().map(|run| submit(run)).collect(), count: runs.len() }
    }

    /// Lets these people into the realm.
    ///
    /// # Errors
    /// When they cannot join.
    pub fn join(&self, people: Range<u8>) -> Result<()> {
        let system = self.node.system();
        for author in people.map(person) {
            let did = author.did();
            let mut composer = Composer::resume(self.realm, did, system.draft(self.realm, did)?);
            let joined = composer.inception(author.secret.inception(), 1);
            system.submit(Source::Local, author.sign(vec![joined]).encode())?.wait()?;
        }
        Ok(())
    }

    /// Signed runs of one record each, for each of these people, on what is there now.
    ///
    /// # Errors
    /// When the realm cannot be read.
    pub fn runs(&self, people: Range<u8>, each: usize) -> Result<Vec<Vec<Vec<u8>>>> {
        let of = |number| {
            let (author, did) = (person(number), person(number).did());
            let draft = self.node.system().draft(self.realm, did)?;
            let mut composer = Composer::resume(self.realm, did, draft);
            let run = |index: usize| {
                let put = RecordPut {
                    collection: "load".into(),
                    key: vec![number, u8::try_from(index % 16).unwrap_or(0)],
                    value: index.to_be_bytes().to_vec(),
                };
                let event = composer.compose(did, Kind::RecordPut, &put.encode(), 1);
                author.sign(vec![event]).encode()
            };
            Ok((0..each).map(run).collect())
        };
        people.map(of).collect()
    }
}

/// The same server, answering a constant.
#[must_use]
pub fn constant() -> Web {
    let kind = [("content-type", "application/json")];
    Web::serve(|_| Router::new().route("/constant", get(async move || (kind, CONSTANT))))
}

/// Has every client send what it has, each over a connection of its own, and waits for all answers.
///
/// # Errors
/// When there are no threads.
pub fn drive(address: SocketAddr, clients: Vec<Sends>) -> std::io::Result<Measured> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let begun = Instant::now();
    let mut all = runtime.block_on(async {
        let tasks: Vec<_> =
            clients.into_iter().map(|sends| tokio::spawn(client(address, sends))).collect();
        let mut all = Measured::default();
        for task in tasks {
            let one = task.await.unwrap_or_default();
            all.times.extend(one.times);
            all.failed += one.failed;
            all.first = all.first.or(one.first);
        }
        all
    });
    all.took = begun.elapsed();
    all.times.sort_unstable();
    Ok(all)
}

async fn client(address: SocketAddr, sends: Sends) -> Measured {
    let mut measured = Measured::default();
    let told = match TcpStream::connect(address).await {
        Ok(stream) => talk(stream, &sends, &mut measured).await,
        Err(error) => Err(error),
    };
    if let Err(error) = told {
        measured.failed += sends.count - measured.times.len() - measured.failed;
        measured.first = measured.first.or(Some(error.to_string()));
    }
    measured
}

async fn talk(stream: TcpStream, sends: &Sends, measured: &mut Measured) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    for request in sends.requests.iter().cycle().take(sends.count) {
        let begun = Instant::now();
        stream.write_all(request).await?;
        let (status, body) = answer(&mut stream).await?;
        if status == 200 {
            measured.times.push(begun.elapsed());
        } else {
            measured.failed += 1;
            let said = || Some(format!("{status} {}", String::from_utf8_lossy(&body)));
            measured.first = measured.first.take().or_else(said);
        }
    }
    Ok(())
}

/// The next answer on a connection; such that say how long they are.
async fn answer(stream: &mut BufReader<TcpStream>) -> std::io::Result<(u16, Vec<u8>)> {
    let (mut line, mut status, mut length) = (String::new(), 0, 0);
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        if status == 0 {
            status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(1);
        } else if let Some(value) = text.strip_prefix("content-length: ") {
            length = value.parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok((status, body))
}
