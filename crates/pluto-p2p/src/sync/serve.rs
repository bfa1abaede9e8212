//! Answers the requests of peers. Each exchange keeps the chain ends as they were when it was opened,
//! with the state of their sketch, and a plan of the ranges asked for: 160 bytes for each end, and 180 for
//! each range.

use std::collections::BTreeMap;
use std::sync::Arc;

use pluto_core::{EventId, RealmId};
use pluto_error::Result;

use super::{Stop, Turn};
use crate::head::{ChainEnd, HeadTuple, Nonce, SessionKey};
use crate::message::{
    Exchange, IDS_MAX, Message, Refusal, SYMBOLS_PER_MESSAGE_MAX, SessionId, TUPLES_PER_MESSAGE_MAX,
};
use crate::page::{PAGE_BYTES, Plan};
use crate::peer::{Millis, PeerId, Random};
use crate::riblt::{Encoder, SYMBOLS_MAX, expected_count};
use crate::score::Deed;

/// Exchanges served at once.
pub const SERVED_MAX: usize = 64;
/// Exchanges of one peer served at once; the oldest makes room.
pub const SERVED_PER_PEER_MAX: usize = 4;
/// How long an exchange is kept that nobody uses.
const IDLE_MS_MAX: u64 = 60_000;

/// The exchanges that are served.
#[derive(Debug, Default)]
pub(super) struct Server {
    served: BTreeMap<(PeerId, SessionId), Served>,
}

#[derive(Debug)]
struct Served {
    realm: RealmId,
    /// The last request answered.
    last: u16,
    used: Millis,
    /// Ascending by tuple.
    ends: Vec<(HeadTuple, ChainEnd)>,
    encoder: Encoder,
    /// Ranges of a request that is not complete; at most one for each end.
    asked: BTreeMap<HeadTuple, u64>,
    plan: Option<Plan>,
}

impl Server {
    pub(super) fn len(&self) -> usize {
        self.served.len()
    }

    pub(super) fn forget(&mut self, peer: PeerId) {
        self.served.retain(|(other, _), _| *other != peer);
    }

    pub(super) fn expire(&mut self, now: Millis) {
        self.served.retain(|_, served| now.saturating_sub(served.used) <= IDLE_MS_MAX);
    }

    /// Answers the beginning of an exchange; the chain ends are read only when the roots differ.
    pub(super) fn open(&mut self, message: &Message, is_shared: bool, turn: &mut Turn<'_>) {
        let Message::Open { session, nonce: asking, summary: theirs, .. } = message else { return };
        let session = *session;
        if self.served.contains_key(&(turn.peer, session.id)) {
            return;
        }
        let ours = turn.store.summary(turn.realm).filter(|_| is_shared);
        let Some(summary) = ours else {
            turn.send(&Message::Refused { session, why: Refusal::NoRealm });
            return;
        };
        self.make_room(turn.peer);
        let nonce = draw(turn.random);
        let key = SessionKey::new(turn.realm, asking, &nonce);
        let is_equal = theirs.heads_root == summary.heads_root;
        if is_equal {
            turn.compare(&summary, theirs);
        }
        let ends = if is_equal { Ok(Vec::new()) } else { turn.store.ends(turn.realm) };
        let Ok(ends) = ends else {
            turn.send(&Message::Refused { session, why: Refusal::Busy });
            return;
        };
        let mut ends: Vec<_> = ends.into_iter().map(|end| (key.tuple(&end), end)).collect();
        ends.sort_unstable();
        let encoder = Encoder::new(&key, ends.iter().map(|(tuple, _)| *tuple));
        let Turn { realm, now: used, .. } = *turn;
        let (last, asked) = (session.number, BTreeMap::new());
        let served = Served { realm, last, used, ends, encoder, asked, plan: None };
        self.served.insert((turn.peer, session.id), served);
        turn.send(&Message::Opened { session, nonce, summary });
    }

    fn make_room(&mut self, peer: PeerId) {
        let oldest = |of: &dyn Fn(PeerId) -> bool| {
            let all = self.served.iter().filter(|((other, _), _)| of(*other));
            all.min_by_key(|(key, served)| (served.used, **key)).map(|(key, _)| *key)
        };
        let own = self.served.keys().filter(|(other, _)| *other == peer).count();
        let goes = if own >= SERVED_PER_PEER_MAX {
            oldest(&|other| other == peer)
        } else if self.served.len() >= SERVED_MAX {
            oldest(&|_| true)
        } else {
            None
        };
        if let Some(key) = goes {
            self.served.remove(&key);
        }
    }

    /// Answers a request within an exchange.
    pub(super) fn answer(&mut self, message: Message, turn: &mut Turn<'_>) {
        let Some(session) = message.session() else { return };
        let Some(served) = self.served.get_mut(&(turn.peer, session.id)) else {
            turn.send(&Message::Refused { session, why: Refusal::NoSession });
            return;
        };
        // What was answered is not answered again.
        if session.number <= served.last {
            return;
        }
        served.last = session.number;
        served.used = turn.now;
        turn.realm = served.realm;
        match served.answer(session, message, turn) {
            Ok(answer) => answer.iter().for_each(|answer| turn.send(answer)),
            Err(Stop::Deed(deed)) => {
                turn.did(deed);
                self.served.remove(&(turn.peer, session.id));
            }
            Err(Stop::Store) => turn.send(&Message::Refused { session, why: Refusal::Busy }),
        }
    }
}

impl Served {
    fn answer(
        &mut self,
        session: Exchange,
        message: Message,
        turn: &Turn<'_>,
    ) -> Result<Option<Message>, Stop> {
        let misplaced = Err(Stop::Deed(Deed::Unexpected));
        match message {
            Message::AskSymbols { from, count, .. } => {
                let end = (from as usize).saturating_add(usize::from(count));
                let within = usize::from(count) <= SYMBOLS_PER_MESSAGE_MAX && end <= SYMBOLS_MAX;
                // The stream goes forward only: nobody needs a symbol twice.
                if !within || u64::from(from) != self.encoder.made() {
                    return misplaced;
                }
                Ok(Some(self.symbols(session, from, usize::from(count))))
            }
            Message::AskVector { from, .. } => {
                let rest = self.ends.get(from as usize..).unwrap_or_default();
                let tuples: Vec<HeadTuple> =
                    rest.iter().take(TUPLES_PER_MESSAGE_MAX).map(|(tuple, _)| *tuple).collect();
                let last = tuples.len() == rest.len();
                Ok(Some(Message::Vector { session, from, last, tuples }))
            }
            Message::AskRanges { more, ranges, .. } => {
                for range in ranges {
                    if self.end(&range.end).is_some() {
                        self.asked.insert(range.end, range.from);
                    }
                }
                if more {
                    return Ok(None);
                }
                let asked = std::mem::take(&mut self.asked);
                let known = asked.iter().filter_map(|(end, from)| Some((self.end(end)?, *from)));
                self.plan = Some(Plan::new(turn.store, turn.realm, known)?);
                self.page(session, turn).map(Some)
            }
            Message::AskMore { .. } => self.page(session, turn).map(Some),
            Message::AskEvents { ids, .. } if ids.len() <= IDS_MAX => {
                events(session, &ids, turn).map(Some)
            }
            _ => misplaced,
        }
    }

    fn symbols(&mut self, session: Exchange, from: u32, count: usize) -> Message {
        let total = self.ends.len() as u64;
        let symbols = self.encoder.symbols(count).into_iter().zip(u64::from(from)..);
        let symbols = symbols.map(|(symbol, index)| {
            // 32,767 is more than 60 standard deviations away for the largest set there may be.
            let count = symbol.count - expected_count(total, index);
            (symbol.sum, symbol.check, i16::try_from(count).unwrap_or(i16::MAX))
        });
        Message::Symbols { session, from, symbols: symbols.collect() }
    }

    /// The chain end that a tuple names.
    fn end(&self, end: &HeadTuple) -> Option<ChainEnd> {
        let at = self.ends.binary_search_by_key(end, |(tuple, _)| *tuple).ok()?;
        self.ends.get(at).map(|(_, end)| *end)
    }

    fn page(&mut self, session: Exchange, turn: &Turn<'_>) -> Result<Message, Stop> {
        let Some(plan) = &mut self.plan else { return Err(Stop::Deed(Deed::Unexpected)) };
        let page = plan.page(turn.store)?;
        if !page.more {
            self.plan = None;
        }
        Ok(Message::Page { session, more: page.more, gone: page.gone, runs: page.runs })
    }
}

/// The runs of single events, as many as fit into a page.
fn events(session: Exchange, ids: &[EventId], turn: &Turn<'_>) -> Result<Message, Stop> {
    let mut runs: Vec<Arc<[u8]>> = Vec::new();
    let (mut bytes, mut gone) = (0, 0);
    for id in ids {
        let Some(run) = turn.store.run_of(turn.realm, id)? else {
            gone += 1;
            continue;
        };
        if bytes + run.len() > PAGE_BYTES && !runs.is_empty() {
            break;
        }
        bytes += run.len();
        if !runs.contains(&run) {
            runs.push(run);
        }
    }
    Ok(Message::Page { session, more: false, gone, runs })
}

fn draw(random: &mut dyn Random) -> Nonce {
    let mut nonce = Nonce::default();
    let drawn = [random.next(), random.next()].map(u64::to_be_bytes);
    nonce.iter_mut().zip(drawn.iter().flatten()).for_each(|(to, from)| *to = *from);
    nonce
}
