//! Announcements of open realms, to everybody who subscribes to them.
//!
//! A message goes on to others only after it was judged here: a run that came with it must have been
//! admitted. Realms that admit by invitation are announced to their members one by one instead, because
//! whoever knows a topic can subscribe to it.

use std::collections::BTreeMap;
use std::time::Duration;

use libp2p::PeerId as NodeId;
use libp2p::gossipsub::{
    self, IdentTopic, MessageAcceptance, MessageAuthenticity, MessageId, PeerScoreParams,
    PeerScoreThresholds, TopicHash, ValidationMode,
};
use pluto_core::{Digest, RealmId};

use crate::message::{ANNOUNCED_RUN_BYTES_MAX, Message};
use crate::score::BAN_BELOW;
use crate::sync::{Output, RunOutcome, Ticket};

pluto_core::domains! {
    TOPIC = "pluto gossip topic v1";
    MESSAGE = "pluto gossip message v1";
}

/// Messages whose run is being admitted; more are not passed on.
const JUDGED_MAX: usize = 256;
/// How long a message that was seen is known again.
const SEEN: Duration = Duration::from_secs(120);

type Built = Result<gossipsub::Behaviour, Box<dyn std::error::Error + Send + Sync>>;

pub(super) fn behaviour() -> Built {
    let config = gossipsub::ConfigBuilder::default()
        .max_transmit_size(ANNOUNCED_RUN_BYTES_MAX + 1_024)
        .validate_messages()
        // Nobody needs to know who began: a run is signed by its author.
        .validation_mode(ValidationMode::Anonymous)
        .message_id_fn(|message| {
            let said = [message.topic.as_str().as_bytes(), &message.data].concat();
            MessageId::from(MESSAGE.hash(&said).0.to_vec())
        })
        .duplicate_cache_time(SEEN)
        .build()?;
    let mut gossip = gossipsub::Behaviour::new(MessageAuthenticity::Anonymous, config)?;
    let thresholds = PeerScoreThresholds::default();
    // One point of ours weighs as one of theirs: at `BAN_BELOW` a peer is greylisted as well.
    let lowest = thresholds.graylist_threshold / f64::from(BAN_BELOW);
    let params = PeerScoreParams { app_specific_weight: lowest, ..PeerScoreParams::default() };
    gossip.with_peer_score(params, thresholds)?;
    Ok(gossip)
}

/// The topic of a realm: only those can make it who know the realm.
pub(super) fn topic(realm: RealmId) -> IdentTopic {
    IdentTopic::new(TOPIC.hash(&realm.0).to_string())
}

/// What is known of messages that wait for their verdict.
#[derive(Debug, Default)]
pub(super) struct Judging {
    waiting: BTreeMap<Ticket, (MessageId, NodeId)>,
    topics: BTreeMap<String, RealmId>,
    /// The root that everybody was told last.
    roots: BTreeMap<RealmId, Digest>,
}

impl Judging {
    /// Takes note of the realms that are listened to.
    pub(super) fn listen(&mut self, realms: impl Iterator<Item = RealmId>) {
        self.topics = realms.map(|realm| (topic(realm).hash().into_string(), realm)).collect();
    }

    /// The root that everybody was told last.
    pub(super) fn root_of(&self, realm: RealmId) -> Option<Digest> {
        self.roots.get(&realm).copied()
    }

    /// Takes note of what everybody is told.
    pub(super) fn note_root(&mut self, realm: RealmId, heads_root: Digest) {
        self.roots.insert(realm, heads_root);
    }

    /// The same of a message that fits its topic.
    pub(super) fn note(&mut self, frame: &[u8]) {
        if let Ok(Message::Announce { realm, heads_root, .. }) = Message::from_frame(frame) {
            self.note_root(realm, heads_root);
        }
    }

    /// Whether a message is what its topic is for.
    pub(super) fn fits(&self, topic: &TopicHash, frame: &[u8]) -> bool {
        let realm = self.topics.get(topic.as_str());
        match Message::from_frame(frame) {
            Ok(Message::Announce { realm: found, .. }) => realm == Some(&found),
            _ => false,
        }
    }

    /// The verdict about a message, from what the machine made of it; none when its run is being
    /// admitted.
    pub(super) fn judge(
        &mut self,
        id: MessageId,
        from: NodeId,
        frame: &[u8],
        outputs: &[Output],
    ) -> Option<MessageAcceptance> {
        let has_run =
            matches!(Message::from_frame(frame), Ok(Message::Announce { run: Some(_), .. }));
        for output in outputs {
            match output {
                Output::Did(_, deed) if deed.points() < 0 => {
                    return Some(MessageAcceptance::Reject);
                }
                Output::Apply(ticket, _) if self.waiting.len() < JUDGED_MAX => {
                    self.waiting.insert(*ticket, (id, from));
                    return None;
                }
                _ => {}
            }
        }
        // A run that cannot be judged here is fetched like any other, and announced then.
        Some(if has_run { MessageAcceptance::Ignore } else { MessageAcceptance::Accept })
    }

    /// The verdict that was waited for, if one was.
    pub(super) fn judged(
        &mut self,
        ticket: &Ticket,
        outcomes: Option<&[RunOutcome]>,
    ) -> Option<(MessageId, NodeId, MessageAcceptance)> {
        let (id, from) = self.waiting.remove(ticket)?;
        let verdict = match outcomes.and_then(<[RunOutcome]>::first) {
            Some(RunOutcome::New(_) | RunOutcome::Known) => MessageAcceptance::Accept,
            Some(RunOutcome::Refused) => MessageAcceptance::Reject,
            Some(RunOutcome::Waits(_)) | None => MessageAcceptance::Ignore,
        };
        Some((id, from, verdict))
    }
}
