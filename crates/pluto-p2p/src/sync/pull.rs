//! One exchange with one peer about one realm, seen by the side that asks.

use pluto_core::EventId;

use super::fetch::Fetch;
use super::{Outcome, RunOutcome, Stop, Turn};
use crate::head::{ChainEnd, HeadTuple, Nonce, SessionKey, TUPLE_BYTES};
use crate::message::{
    Exchange, Message, RANGES_MAX, RANGES_TOTAL_MAX, Range, SYMBOLS_PER_MESSAGE_MAX, SessionId,
    TUPLES_PER_MESSAGE_MAX,
};
use crate::peer::Millis;
use crate::riblt::{Decoder, Encoder, SYMBOL_BYTES, SYMBOLS_MAX, Symbol, expected_count};
use crate::score::Deed;
use crate::store::Summary;

/// How long an answer may take.
pub const REPLY_MS_MAX: u64 = 10_000;
/// Over how long it is measured whether a peer is too slow.
pub const SLOW_WINDOW_MS: u64 = 30_000;
/// What a peer that answers must send in that time at least.
pub const SLOW_BYTES_MIN: u64 = 4_096;
/// Most chain ends that a peer may claim.
pub const ENDS_MAX: u32 = 1 << 20;
/// Symbols asked for first.
const FIRST_SYMBOLS: usize = 16;

/// An exchange under way.
#[derive(Debug)]
pub(super) struct Pull {
    session: Exchange,
    nonce: Nonce,
    stage: Stage,
    /// The chain ends here under the key of the exchange, ascending.
    own: Vec<(HeadTuple, ChainEnd)>,
    /// What was here when the round began, as the other side was told.
    told: Summary,
    theirs: Summary,
    /// Until when the answer must be here, while one is awaited.
    deadline: Option<Millis>,
    window: (Millis, u64),
    events: u64,
    /// Events whose payloads are wanted, once the sets are equal.
    hollow: Vec<EventId>,
}

#[derive(Debug)]
enum Stage {
    Opening,
    Sketch { decoder: Box<Decoder>, asked: usize, key: SessionKey },
    Vector { key: SessionKey, seen: u32, last: Option<HeadTuple>, remote: Vec<HeadTuple> },
    Fetch(Box<Fetch>),
}

type Step = Result<Option<Outcome>, Stop>;

impl Pull {
    /// Begins an exchange.
    pub(super) fn open(turn: &mut Turn<'_>, hollow: Vec<EventId>) -> Self {
        let mut pull = Self {
            session: Exchange::default(),
            nonce: Nonce::default(),
            stage: Stage::Opening,
            own: Vec::new(),
            told: Summary::default(),
            theirs: Summary::default(),
            deadline: None,
            window: (turn.now, 0),
            events: 0,
            hollow,
        };
        pull.round(turn);
        pull
    }

    /// Begins a round, under a new key.
    fn round(&mut self, turn: &mut Turn<'_>) {
        let [session, low, high] = [0; 3].map(|_| turn.random.next());
        // 0 stands for announcements.
        let id = SessionId::try_from(session >> 33).unwrap_or(0) + 1;
        self.session = Exchange { id, number: 0 };
        let nonce = low.to_be_bytes().into_iter().chain(high.to_be_bytes());
        self.nonce.iter_mut().zip(nonce).for_each(|(to, from)| *to = from);
        self.stage = Stage::Opening;
        self.told = turn.summary();
        let Self { session, nonce, told: summary, .. } = *self;
        self.ask(Message::Open { session, realm: turn.realm, nonce, summary }, turn);
    }

    /// Whether it is the exchange of that number.
    pub(super) const fn is(&self, session: SessionId) -> bool {
        self.session.id == session
    }

    /// Events that were new.
    pub(super) const fn events(&self) -> u64 {
        self.events
    }

    fn ask(&mut self, mut message: Message, turn: &mut Turn<'_>) {
        self.session.number = self.session.number.wrapping_add(1);
        message.set_number(self.session.number);
        self.deadline = Some(turn.now.saturating_add(REPLY_MS_MAX));
        turn.send(&message);
    }

    pub(super) fn on_tick(&mut self, turn: &mut Turn<'_>) -> Step {
        let Some(deadline) = self.deadline else { return Ok(None) };
        if turn.now > deadline {
            return Err(Stop::Deed(Deed::Silent));
        }
        let (since, bytes) = self.window;
        if turn.now.saturating_sub(since) < SLOW_WINDOW_MS {
            return Ok(None);
        }
        self.window = (turn.now, 0);
        if bytes < SLOW_BYTES_MIN { Err(Stop::Deed(Deed::Slow)) } else { Ok(None) }
    }

    pub(super) fn on_message(
        &mut self,
        message: Message,
        bytes: usize,
        turn: &mut Turn<'_>,
    ) -> Step {
        // An answer that comes late, or twice, is no misdeed.
        if self.deadline.is_none() || message.session() != Some(self.session) {
            return Ok(None);
        }
        self.deadline = None;
        self.window.1 = self.window.1.saturating_add(bytes as u64);
        match (message, &mut self.stage) {
            (Message::Opened { nonce, summary, .. }, Stage::Opening) => {
                self.opened(&nonce, summary, turn)
            }
            (Message::Symbols { from, symbols, .. }, Stage::Sketch { .. }) => {
                self.symbols(from, &symbols, turn)
            }
            (Message::Vector { from, last, tuples, .. }, Stage::Vector { .. }) => {
                self.vector(from, last, &tuples, turn)
            }
            (Message::Page { more, gone, runs, .. }, Stage::Fetch(fetch)) => {
                fetch.receive(more, gone, runs, turn)?;
                self.go_on(turn)
            }
            (Message::Refused { .. }, _) => Ok(Some(Outcome::Refused)),
            _ => Err(Stop::Deed(Deed::Unexpected)),
        }
    }

    pub(super) fn on_applied(
        &mut self,
        number: u32,
        outcomes: &[RunOutcome],
        turn: &mut Turn<'_>,
    ) -> Step {
        let Stage::Fetch(fetch) = &mut self.stage else { return Ok(None) };
        self.events = self.events.saturating_add(fetch.applied(number, outcomes, turn)?);
        self.go_on(turn)
    }

    fn opened(&mut self, nonce: &Nonce, theirs: Summary, turn: &mut Turn<'_>) -> Step {
        let ours = turn.summary();
        let is_sound = theirs.ends <= ENDS_MAX && u64::from(theirs.ends) <= theirs.events;
        if !is_sound || (theirs.events > 0 && theirs.ends == 0) {
            return Err(Stop::Deed(Deed::Garbage));
        }
        self.theirs = theirs;
        let key = SessionKey::new(turn.realm, &self.nonce, nonce);
        // The other side has compared with what it was told, and prepared nothing if that was equal.
        if theirs.heads_root == self.told.heads_root {
            return self.equal(key, turn);
        }
        if theirs.heads_root == ours.heads_root {
            return Ok(Some(Outcome::Equal));
        }
        if theirs.events == 0 {
            return Ok(Some(Outcome::Ahead));
        }
        let ends = turn.store.ends(turn.realm)?;
        self.own = ends.into_iter().map(|end| (key.tuple(&end), end)).collect();
        self.own.sort_unstable();
        let apart = theirs.ends.abs_diff(ours.ends);
        // Where a quarter is missing for sure, a sketch would cost more than it saves.
        if self.symbols_max() < FIRST_SYMBOLS || apart > theirs.ends / 4 {
            self.ask_vector(key, turn);
        } else {
            let own = Encoder::new(&key, self.own.iter().map(|(tuple, _)| *tuple));
            let decoder = Box::new(Decoder::new(key, own));
            self.stage = Stage::Sketch { decoder, asked: 0, key };
            self.ask_symbols(turn);
        }
        Ok(None)
    }

    /// The sets are equal: so are the states, or something is wrong or absent.
    fn equal(&mut self, key: SessionKey, turn: &mut Turn<'_>) -> Step {
        let (ours, theirs) = (self.told, self.theirs);
        turn.compare(&ours, &theirs);
        let fillable = ours.absent > theirs.absent && !self.hollow.is_empty();
        if !fillable {
            return Ok(Some(Outcome::Equal));
        }
        let mut ids = std::mem::take(&mut self.hollow);
        ids.sort_unstable();
        ids.dedup();
        let fetch = Fetch::of_events(self.session.id, key, ids.iter().copied());
        self.stage = Stage::Fetch(Box::new(fetch));
        self.ask(Message::AskEvents { session: self.session, ids }, turn);
        Ok(None)
    }

    /// Half of what the plain list costs, in symbols.
    fn symbols_max(&self) -> usize {
        (self.theirs.ends as usize * TUPLE_BYTES / 2 / SYMBOL_BYTES).min(SYMBOLS_MAX)
    }

    fn ask_symbols(&mut self, turn: &mut Turn<'_>) {
        let max = self.symbols_max();
        let session = self.session;
        let Stage::Sketch { decoder, asked, .. } = &mut self.stage else { return };
        let have = decoder.len();
        // A quarter more each time: few round trips, and little that is not needed.
        let count = FIRST_SYMBOLS.max(have / 4).min(max - have).min(SYMBOLS_PER_MESSAGE_MAX);
        *asked = count;
        let [from, count] = [have, count].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        let count = u16::try_from(count).unwrap_or(u16::MAX);
        self.ask(Message::AskSymbols { session, from, count }, turn);
    }

    fn symbols(
        &mut self,
        from: u32,
        symbols: &[(HeadTuple, u64, i16)],
        turn: &mut Turn<'_>,
    ) -> Step {
        let (max, total) = (self.symbols_max(), u64::from(self.theirs.ends));
        let Stage::Sketch { decoder, asked, key } = &mut self.stage else { return Ok(None) };
        let key = *key;
        if from as usize != decoder.len() || symbols.len() != *asked {
            return Err(Stop::Deed(Deed::Unexpected));
        }
        let numbered = (u64::from(from)..).zip(symbols);
        let batch: Vec<Symbol> = numbered
            .map(|(index, (sum, check, count))| {
                let count = expected_count(total, index) + i64::from(*count);
                Symbol { sum: *sum, check: *check, count }
            })
            .collect();
        match decoder.push(&batch)? {
            Some(found) => {
                let is_same = found.local.is_empty() && found.remote.is_empty();
                self.fetch(key, found.remote, is_same, turn)
            }
            None if decoder.len() >= max => {
                self.ask_vector(key, turn);
                Ok(None)
            }
            None => {
                self.ask_symbols(turn);
                Ok(None)
            }
        }
    }

    fn ask_vector(&mut self, key: SessionKey, turn: &mut Turn<'_>) {
        self.stage = Stage::Vector { key, seen: 0, last: None, remote: Vec::new() };
        self.ask(Message::AskVector { session: self.session, from: 0 }, turn);
    }

    fn vector(
        &mut self,
        from: u32,
        is_last: bool,
        tuples: &[HeadTuple],
        turn: &mut Turn<'_>,
    ) -> Step {
        let session = self.session;
        let Stage::Vector { key, seen, last, remote } = &mut self.stage else { return Ok(None) };
        let follows = tuples.first().is_none_or(|first| last.is_none_or(|last| last < *first));
        let count = u32::try_from(tuples.len()).unwrap_or(u32::MAX);
        let total = seen.saturating_add(count);
        if from != *seen || !follows {
            return Err(Stop::Deed(Deed::Unexpected));
        }
        // All pages but the last are full, and there are as many tuples as were said.
        let is_whole = total == self.theirs.ends;
        if is_last != is_whole || (!is_last && tuples.len() != TUPLES_PER_MESSAGE_MAX) {
            return Err(Stop::Deed(Deed::Garbage));
        }
        *seen = total;
        *last = tuples.last().copied().or(*last);
        let own = &self.own;
        let is_new =
            |tuple: &&HeadTuple| own.binary_search_by_key(*tuple, |(own, _)| *own).is_err();
        let room = RANGES_TOTAL_MAX.saturating_sub(remote.len());
        remote.extend(tuples.iter().filter(is_new).take(room));
        if !is_last {
            let from = *seen;
            self.ask(Message::AskVector { session, from }, turn);
            return Ok(None);
        }
        let (key, remote) = (*key, std::mem::take(remote));
        let is_same = remote.is_empty() && self.own.len() == self.theirs.ends as usize;
        self.fetch(key, remote, is_same, turn)
    }

    /// Asks for what is missing here, or ends. `is_same`: the lists are equal although the roots were not.
    fn fetch(
        &mut self,
        key: SessionKey,
        remote: Vec<HeadTuple>,
        is_same: bool,
        turn: &mut Turn<'_>,
    ) -> Step {
        if is_same {
            return Err(Stop::Deed(Deed::Stale));
        }
        let mut ranges = Vec::with_capacity(remote.len());
        for tuple in remote.into_iter().take(RANGES_TOTAL_MAX) {
            ranges.extend(self.range(&key, tuple, turn)?);
        }
        if ranges.is_empty() {
            return Ok(Some(Outcome::Ahead));
        }
        self.own = Vec::new();
        let session = self.session;
        let fetch = Fetch::of_ranges(session.id, key, &ranges);
        self.stage = Stage::Fetch(Box::new(fetch));
        let mut parts = ranges.chunks(RANGES_MAX).peekable();
        while let Some(part) = parts.next() {
            let (more, ranges) = (parts.peek().is_some(), part.to_vec());
            self.ask(Message::AskRanges { session, more, ranges }, turn);
        }
        Ok(None)
    }

    /// What is missing here of the chain that ends in `tuple`; none when that event is here.
    fn range(
        &self,
        key: &SessionKey,
        end: HeadTuple,
        turn: &Turn<'_>,
    ) -> Result<Option<Range>, Stop> {
        let start = self.own.partition_point(|(own, _)| own.author < end.author);
        let same = self.own.iter().skip(start).take_while(|(own, _)| own.author == end.author);
        let mut from = 0;
        let mut is_beside = false;
        for (own, chain) in same {
            if own.seq < end.seq {
                from = from.max(own.seq + 1);
                continue;
            }
            is_beside = true;
            let ids = turn.store.at(turn.realm, &chain.author, end.seq)?;
            if ids.iter().any(|(id, _)| key.head(id) == end.head) {
                return Ok(None);
            }
        }
        // Beside a chain that is longer here: it parts from that one at its end or before.
        Ok(Some(Range { end, from: if is_beside { end.seq } else { from } }))
    }

    /// Asks for more, looks up what is missing, or ends the round.
    fn go_on(&mut self, turn: &mut Turn<'_>) -> Step {
        let Stage::Fetch(fetch) = &mut self.stage else { return Ok(None) };
        if let Some(message) = fetch.next_request(turn)? {
            self.ask(message, turn);
            return Ok(None);
        }
        if fetch.is_busy() {
            return Ok(None);
        }
        match fetch.ended() {
            Ok(None) => {
                self.round(turn);
                Ok(None)
            }
            ended => ended,
        }
    }
}
