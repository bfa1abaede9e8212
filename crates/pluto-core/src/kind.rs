//! Kinds of events: what each is, who may write it, which component it concerns.
//!
//! Numbers 1 to 47 are the state events of the earlier implementation (its 48th, a second membership
//! event, is merged into number 15); numbers from 64 on are Pluto's own. A number is never reused.
//!
//! Only *authoritative* kinds are signed and stored in the replicated log. *Journal* kinds are derived by
//! the fold and told to observers, *node-local* kinds stay on their node, *telemetry* is counted: nothing
//! that says who talks to whom is logged. A number not known here is stored and relayed, without effect.

use crate::component::Component;

/// How facts of a kind come to be and where they live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Signed, replicated, folded.
    Authoritative,
    /// Derived by the fold; never authored.
    Journal,
    /// Kept on one node, outside the shared root.
    NodeLocal,
    /// Metrics only.
    Telemetry,
}

/// A kind number as it stands in a header; any `u16` is possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KindNumber(pub u16);

impl KindNumber {
    /// The kind, if this build knows it.
    #[must_use]
    pub fn known(self) -> Option<Kind> {
        Kind::from_number(self.0)
    }
}

impl std::fmt::Display for KindNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.known() {
            Some(kind) => f.write_str(kind.as_str()),
            None => write!(f, "unknown({})", self.0),
        }
    }
}

macro_rules! kinds {
    ($($name:ident = $number:literal $class:ident $component:ident $critical:literal;)+) => {
        /// A kind of event this build knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        #[expect(missing_docs, reason = "the names are the vocabulary of docs/formats/kinds.md")]
        pub enum Kind {
            $($name = $number,)+
        }

        impl Kind {
            /// All kinds, in order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The kind with that number.
            #[must_use]
            pub const fn from_number(number: u16) -> Option<Self> {
                match number { $($number => Some(Self::$name),)+ _ => None }
            }

            /// The name, as printed.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)+ }
            }

            /// How facts of this kind come to be.
            #[must_use]
            pub const fn class(self) -> Class {
                match self { $(Self::$name => Class::$class,)+ }
            }

            /// The component it concerns first.
            #[must_use]
            pub const fn component(self) -> Component {
                match self { $(Self::$name => Component::$component,)+ }
            }

            /// Whether it goes before everything else on the way in: keys, revocations, forks.
            #[must_use]
            pub const fn is_critical(self) -> bool {
                match self { $(Self::$name => $critical,)+ }
            }
        }
    };
}

kinds! {
    TrustUpdate = 1 Journal Trust false;
    EventProcessed = 2 Journal Event false;
    FormulaComputed = 3 Journal WorldFormula false;
    ConsensusRoundCompleted = 4 Authoritative Consensus false;
    ExecutionStarted = 5 Authoritative Execution false;
    ExecutionCompleted = 6 Authoritative Execution false;
    PolicyEvaluated = 7 Journal EclPolicy false;
    BlueprintAction = 8 Authoritative EclBlueprint false;
    SagaProgress = 9 Authoritative SagaComposer false;
    AnomalyDetected = 10 Authoritative Anomaly false;
    DiversityMetricUpdate = 11 Journal Diversity false;
    CalibrationApplied = 12 Authoritative Calibration false;
    SystemModeChanged = 13 NodeLocal Anomaly true;
    RealmLifecycle = 14 Authoritative Realm false;
    MembershipChange = 15 Authoritative Realm true;
    CrossingEvaluated = 16 Authoritative Gateway false;
    NetworkMetricUpdate = 17 Telemetry Swarm false;
    PeerConnectionChange = 18 Telemetry Swarm false;
    PeerTrustUpdated = 19 NodeLocal Swarm false;
    PeerBanned = 20 NodeLocal Swarm false;
    PeerUnbanned = 21 NodeLocal Swarm false;
    PrivacyCircuitCreated = 22 Telemetry Privacy false;
    PrivacyCircuitClosed = 23 Telemetry Privacy false;
    PrivacyMessageSent = 24 Telemetry Privacy false;
    CoverTrafficGenerated = 25 Telemetry Privacy false;
    MixingPoolFlushed = 26 Telemetry Privacy false;
    RelaySelectionCompleted = 27 Telemetry Privacy false;
    CheckpointCreated = 28 Journal EventStore false;
    RecoveryCompleted = 29 Journal EventStore false;
    ReorgDetected = 30 Journal EventStore true;
    ProposalCreated = 31 Authoritative Governance false;
    VoteCast = 32 Authoritative Governance false;
    ProposalResolved = 33 Authoritative Governance false;
    QuotaViolation = 34 Journal Realm false;
    RealmQuarantineChange = 35 Authoritative Realm true;
    IdentityBootstrapped = 36 Authoritative Identity true;
    IdentityModeChanged = 37 Authoritative Identity true;
    SubDidDerived = 38 Authoritative Identity false;
    WalletDerived = 39 Authoritative Identity false;
    DelegationCreated = 40 Authoritative Controller true;
    DelegationRevoked = 41 Authoritative Controller true;
    CredentialIssued = 42 Authoritative Credential false;
    CredentialVerified = 43 Journal Credential false;
    KeyRotated = 44 Authoritative KeyManagement true;
    RecoveryInitiated = 45 Authoritative KeyManagement true;
    IdentityAnomalyDetected = 46 Authoritative Identity true;
    CrossShardIdentityResolved = 47 Telemetry Identity false;
    RealmGenesis = 64 Authoritative Realm true;
    Attestation = 65 Authoritative Trust false;
    RecordPut = 66 Authoritative KvStore false;
    RecordDeleted = 67 Authoritative KvStore false;
    CheckpointSigned = 68 Authoritative Consensus true;
    EquivocationProven = 69 Authoritative Event true;
    CredentialRevoked = 70 Authoritative Credential true;
    PolicyInstalled = 71 Authoritative EclPolicy true;
    ActionDecided = 72 Authoritative Execution false;
    ApprovalGiven = 73 Authoritative Execution true;
    FreezeLifted = 74 Authoritative Event true;
    WitnessesDeclared = 75 Authoritative Consensus true;
    CrossingOpened = 76 Authoritative Gateway false;
    RoomChange = 77 Authoritative Room false;
    ArchiveChange = 80 Authoritative Archive false;
}

impl Kind {
    /// The stable number.
    #[must_use]
    pub const fn number(self) -> KindNumber {
        KindNumber(self as u16)
    }
}

#[cfg(test)]
mod tests;
