//! One who writes in a realm, for one command. What the fold would find void is not written: it would
//! stay in the log.

use std::sync::Arc;

use pluto_core::traits::{Clock, StateView};
use pluto_core::{Canonical, EventId, Kind, RealmId, Verdict, VoidReason};
use pluto_engines::finality::is_chained;
use pluto_error::Result;
use pluto_identity::Keystore;
use pluto_nervous_system::Snapshot;

use super::{Context, Session};
use crate::cli::Acting;
use crate::error::NodeError;
use crate::node::{Author, Node, SystemClock};

/// Digits of an id that stand for it, at least.
const ID_PREFIX_MIN: usize = 4;

/// Who writes, and where.
pub(super) struct Writing {
    pub(super) keys: Keystore,
    pub(super) node: Session,
    pub(super) realm: RealmId,
    pub(super) identity: String,
}

impl Writing {
    /// Opens keystore and node.
    pub(super) fn open(context: &Context, acting: &Acting) -> Result<Self> {
        let keys = context.keys.open()?;
        keys.get(&acting.identity)?;
        let node = context.node()?;
        let realm = node.realm(acting.realm.as_deref())?;
        Ok(Self { keys, node, realm, identity: acting.identity.clone() })
    }

    pub(super) fn author(&self) -> Result<Author<'_>> {
        Ok(Author::new(self.keys.get(&self.identity)?))
    }

    /// The realm as it is now.
    pub(super) fn snapshot(&self) -> Result<Arc<Snapshot>> {
        self.node.snapshot(self.realm)
    }

    /// The same, if it has a time: deadlines need one.
    pub(super) fn timed(&self) -> Result<Arc<Snapshot>> {
        let snapshot = self.snapshot()?;
        if snapshot.time_ms() > 0 {
            return Ok(snapshot);
        }
        let name = named(&self.node, self.realm);
        let creator = snapshot.rules().map(|rules| rules.creator);
        let signer = creator.and_then(|creator| self.keys.name_of(&creator));
        let hint = format!(
            "sign its first checkpoint: `pluto checkpoint --sign-as {} --realm {name}`",
            signer.unwrap_or("<its creator>")
        );
        let why = format!("the realm `{name}` has no time yet, and deadlines need one");
        Err(NodeError::NotWritten { why, hint }.into())
    }

    /// Writes an event that has effect. `hint` says what to do where it would have none; else what helps
    /// everywhere.
    pub(super) fn say(
        &self,
        kind: Kind,
        said: &impl Canonical,
        hint: impl Fn(VoidReason) -> Option<&'static str>,
    ) -> Result<EventId> {
        let (author, payload) = (self.author()?, said.encode());
        if let Some(Verdict::Void(reason)) =
            author.foresee(&self.node, self.realm, kind, &payload)?
        {
            let hint = hint(reason).unwrap_or_else(|| hint_of(reason)).to_owned();
            return Err(NodeError::NotWritten { why: reason.as_str().to_owned(), hint }.into());
        }
        Ok(author.write(&self.node, self.realm, kind, &payload)?.event.id)
    }
}

const fn hint_of(reason: VoidReason) -> &'static str {
    match reason {
        VoidReason::NotMember => "members act here: see `pluto realm members`",
        VoidReason::NotAllowed => "see `pluto realm members` and `pluto realm rules show`",
        VoidReason::LimitReached => "see `pluto realm quota show`",
        VoidReason::OutOfRange => "see `max_payload` in `pluto realm rules show`",
        VoidReason::AuthorFrozen => "see `pluto fork list`",
        VoidReason::PolicyDenied | VoidReason::PolicyEscalated | VoidReason::PolicyFault => {
            "the realm's policy of admission says so: see `pluto policy list`"
        }
        VoidReason::Expired => "realm time moves with checkpoints: see `pluto realm witness show`",
        _ => "see `pluto event log`",
    }
}

/// The name of a realm, or the beginning of its id.
pub(super) fn named(node: &Node, realm: RealmId) -> String {
    let name = node.realm_name(realm);
    if name.is_empty() { realm.short() } else { name }
}

/// The creator of a realm, whose key must be here: another realm believes what they sign.
fn creator<'a>(node: &Node, keys: &'a Keystore, realm: RealmId, hint: &str) -> Result<Author<'a>> {
    let creator = node.snapshot(realm)?.rules().map(|rules| rules.creator);
    if let Some(name) = creator.and_then(|creator| keys.name_of(&creator)) {
        return Ok(Author::new(keys.get(name)?));
    }
    let name = named(node, realm);
    let why = format!("the creator of `{name}` signs what other realms believe of it, not here");
    Err(NodeError::NotWritten { why, hint: hint.to_owned() }.into())
}

/// Who signs now what other realms are to believe of a realm: its creator, and nobody where its witnesses
/// have signed it already.
pub(super) fn signer<'a>(
    node: &Node,
    keys: &'a Keystore,
    realm: RealmId,
    hint: &str,
) -> Result<Option<Author<'a>>> {
    match is_chained(&*node.snapshot(realm)?) {
        true => Ok(None),
        false => creator(node, keys, realm, hint).map(Some),
    }
}

/// Refuses where what is written now cannot be shown to another realm at once: without the creator's key,
/// or where witnesses sign it first.
pub(super) fn shown_at_once(
    node: &Node,
    keys: &Keystore,
    realm: RealmId,
    [elsewhere, later]: [&str; 2],
) -> Result<()> {
    if signer(node, keys, realm, elsewhere)?.is_some() {
        return Ok(());
    }
    let name = named(node, realm);
    let why = format!("the witnesses of `{name}` sign first what other realms believe of it");
    Err(NodeError::NotWritten { why, hint: later.to_owned() }.into())
}

/// A realm that need not be here: its name, or all digits of its id.
pub(super) fn realm_or_id(node: &Node, text: &str) -> Result<RealmId> {
    node.realm(Some(text)).or_else(|error| text.parse().map_err(|_| error))
}

/// The one of `ids` that `text` is, or begins.
pub(super) fn by_prefix(
    what: &'static str,
    text: &str,
    hint: &str,
    ids: impl Iterator<Item = [u8; 32]>,
) -> Result<[u8; 32]> {
    let fits = |id: &[u8; 32]| text.len() >= ID_PREFIX_MIN && shown(id).starts_with(text);
    let mut found: Vec<[u8; 32]> = ids.filter(fits).collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [id] => Ok(*id),
        several => {
            let hint = match several.len() {
                0 => hint.to_owned(),
                count => format!("{count} begin so: give more digits"),
            };
            Err(NodeError::NotFound { what, name: text.to_owned(), hint }.into())
        }
    }
}

/// An id as it is typed.
pub(super) fn shown(id: &[u8; 32]) -> String {
    pluto_core::Digest(*id).to_string()
}

/// All that a nonce has to do is differ: the realm has grown, and time has passed, since the last one.
pub(super) fn nonce(snapshot: &Snapshot) -> [u8; 16] {
    let number = u128::from(snapshot.roots().position) << 64 | u128::from(SystemClock.now_ms());
    number.to_be_bytes()
}
