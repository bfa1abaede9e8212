//! The 40 components of a realm's state, with stable numbers.
//!
//! A number is a leaf of the component tree and part of every state proof: it never changes and is
//! never reused. 24 of the 64 leaves are free.

use std::fmt;
use std::str::FromStr;

use crate::codec::CodecError;

/// Number of components.
pub const COMPONENT_COUNT: usize = 40;

/// The eight groups components belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the vocabulary; each member is documented below")]
pub enum Group {
    Identity,
    Core,
    Execution,
    Protection,
    Storage,
    Peer,
    P2p,
    Engine,
}

macro_rules! components {
    ($($group:ident { $($name:ident = $number:literal, $doc:literal;)+ })+) => {
        /// A component of a realm's state.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Component {
            $($(#[doc = $doc] $name = $number,)+)+
        }

        impl Component {
            /// All components, in order of their numbers.
            pub const ALL: [Self; COMPONENT_COUNT] = [$($(Self::$name,)+)+];

            /// The group it belongs to.
            #[must_use]
            pub const fn group(self) -> Group {
                match self { $($(Self::$name => Group::$group,)+)+ }
            }

            /// The name, as printed and parsed.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($(Self::$name => stringify!($name),)+)+ }
            }

            /// What it holds, in a few words.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $($(Self::$name => $doc,)+)+ }
            }
        }
    };
}

components! {
    Identity {
        Identity = 0, "Identities known in the realm and their active keys.";
        Credential = 1, "Credentials issued and revoked.";
        KeyManagement = 2, "Key rotations and recoveries.";
    }
    Core {
        Trust = 3, "Standing of each identity and the attestations it rests on.";
        Event = 4, "Frozen authors, equivocations, and other facts about events.";
        WorldFormula = 5, "Advisory contribution measure.";
        Consensus = 6, "Witness sets and final checkpoints; realm time.";
    }
    Execution {
        Gas = 7, "Gas prices and use.";
        Mana = 8, "Mana accounts.";
        Execution = 9, "Open and finished executions.";
        Eclvm = 10, "Engine settings that change a verdict.";
        EclPolicy = 11, "Installed policies.";
        EclBlueprint = 12, "Deployed blueprints.";
    }
    Protection {
        Anomaly = 13, "Proven anomalies.";
        Diversity = 14, "Diversity measures.";
        Quadratic = 15, "Quadratic voting credits.";
        AntiCalcification = 16, "Power caps.";
        Calibration = 17, "Calibrated parameters.";
    }
    Storage {
        KvStore = 18, "Records written by members.";
        EventStore = 19, "Checkpoints and reorganisations.";
        Archive = 20, "Sealed epochs.";
        Blueprint = 21, "Published blueprints.";
    }
    Peer {
        Gateway = 22, "Crossings between realms.";
        SagaComposer = 23, "Sagas and their steps.";
        IntentParser = 24, "Intents waiting for a saga.";
        Realm = 25, "Rules, members and roles of the realm.";
        Room = 26, "Rooms inside the realm.";
        Partition = 27, "Partitions inside the realm.";
    }
    P2p {
        Swarm = 28, "Peers bound to identities.";
        Gossip = 29, "Topics of the realm.";
        Kademlia = 30, "Provider records.";
        Relay = 31, "Relays the realm names.";
        NatTraversal = 32, "Reachability of named nodes.";
        Privacy = 33, "Privacy settings.";
    }
    Engine {
        Ui = 34, "Interface definitions.";
        DataLogic = 35, "Streams and aggregations.";
        Api = 36, "Published endpoints.";
        Governance = 37, "Proposals and ballots.";
        Controller = 38, "Permissions and grants.";
        BlueprintComposer = 39, "Compositions of blueprints.";
    }
}

impl Component {
    /// The stable number.
    #[must_use]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The number as an index into a table of [`COMPONENT_COUNT`] entries.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The component with that number.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// The set that holds only this component.
    #[must_use]
    pub const fn bit(self) -> ComponentSet {
        ComponentSet(1 << self as u16)
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Component {
    type Err = CodecError;

    fn from_str(text: &str) -> Result<Self, CodecError> {
        Self::ALL
            .into_iter()
            .find(|component| component.as_str().eq_ignore_ascii_case(text))
            .ok_or(CodecError::BadText { what: "the name of a component" })
    }
}

/// A set of components, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ComponentSet(pub u64);

impl ComponentSet {
    /// The empty set.
    pub const EMPTY: Self = Self(0);
    /// All components.
    pub const ALL: Self = Self((1 << COMPONENT_COUNT) - 1);

    /// The set of `components`.
    #[must_use]
    pub const fn of(components: &[Component]) -> Self {
        let mut bits = 0;
        let mut rest = components;
        while let [first, tail @ ..] = rest {
            bits |= first.bit().0;
            rest = tail;
        }
        Self(bits)
    }

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both hold.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether `component` is in it.
    #[must_use]
    pub const fn contains(self, component: Component) -> bool {
        self.0 & component.bit().0 != 0
    }

    /// Whether it is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many components it holds.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Its members, in order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = Component> {
        let mut bits = self.0 & Self::ALL.0;
        std::iter::from_fn(move || {
            let number = u16::try_from(bits.trailing_zeros()).ok()?;
            bits &= bits.wrapping_sub(1);
            Component::from_number(number)
        })
    }
}

#[cfg(test)]
mod tests;
