//! The question all engines are asked: may this subject transfer that amount?
//!
//! A weighted score of six dimensions, five comparisons, four conjunctions, one scaling, one
//! credential; two reads of the host: the trust vector and the credential. Every number is an integer:
//! trust and amounts in millionths, weights in hundredths, so the score is in hundred-millionths.

use std::collections::{BTreeSet, HashMap};

use pluto_core::trust::TrustVector;
use pluto_core::{Did, Namespace};

/// Subjects, each asking once a round.
pub(crate) const SUBJECTS: usize = 64;
/// Of whom so many are allowed.
pub(crate) const ALLOWED: usize = 40;
/// The credential a transfer needs.
pub(crate) const KYC: &str = "kyc";

/// Weights of the six dimensions, in hundredths.
pub(crate) const WEIGHTS: [i64; 6] = [20, 20, 15, 15, 10, 20];
/// The least score.
pub(crate) const SCORE_MIN: i64 = 50_000_000;
/// The least of the dimensions R, I and Ω.
pub(crate) const DIMENSION_MIN: i64 = 250_000;
/// How much a unit of score may move.
pub(crate) const AMOUNT_PER_SCORE: i64 = 10_000;

/// Who asks, for how much, and what is known of it.
#[derive(Clone)]
pub(crate) struct Subject {
    /// The identity.
    pub(crate) did: Did,
    /// The identity as text.
    pub(crate) text: String,
    /// Trust in it.
    pub(crate) trust: TrustVector,
    /// Whether it has the credential.
    pub(crate) has_kyc: bool,
    /// What it wants to transfer.
    pub(crate) amount: i64,
}

impl Subject {
    /// Trust as words.
    pub(crate) fn trust_words(&self) -> [i64; 6] {
        self.trust.0.map(i64::from)
    }

    /// The schemas of its credentials. Nobody has none, so that a look-up finds something.
    pub(crate) fn credentials(&self) -> BTreeSet<&'static str> {
        let kyc = self.has_kyc.then_some(KYC);
        ["email"].into_iter().chain(kyc).collect()
    }
}

/// The subjects of every run.
pub(crate) fn subjects() -> Vec<Subject> {
    let mut seeded = Seeded(1);
    (0..SUBJECTS).map(|_| seeded.subject()).collect()
}

/// The decision itself, without any host.
pub(crate) fn decide(trust: &[i64; 6], amount: i64, has_kyc: bool) -> bool {
    let [r, i, _, _, _, omega] = *trust;
    let score: i64 = trust.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    score >= SCORE_MIN
        && r >= DIMENSION_MIN
        && i >= DIMENSION_MIN
        && omega >= DIMENSION_MIN
        && score * AMOUNT_PER_SCORE >= amount
        && has_kyc
}

/// What every engine has to answer, in the order of the subjects.
pub(crate) fn expected(subjects: &[Subject]) -> Vec<bool> {
    let allowed: Vec<bool> = subjects
        .iter()
        .map(|subject| decide(&subject.trust_words(), subject.amount, subject.has_kyc))
        .collect();
    assert_eq!(allowed.iter().filter(|allowed| **allowed).count(), ALLOWED, "the seed is fixed");
    allowed
}

/// Facts by identity, as text.
pub(crate) struct Named {
    /// Trust of each identity.
    pub(crate) trust: HashMap<String, TrustVector>,
    /// Schemas of the credentials of each identity.
    pub(crate) credentials: HashMap<String, BTreeSet<&'static str>>,
}

impl Named {
    /// The facts about these subjects.
    pub(crate) fn new(subjects: &[Subject]) -> Self {
        let key = |subject: &Subject| subject.text.clone();
        Self {
            trust: subjects.iter().map(|one| (key(one), one.trust)).collect(),
            credentials: subjects.iter().map(|one| (key(one), one.credentials())).collect(),
        }
    }
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next() % u64::from(bound)).unwrap()
    }

    fn subject(&mut self) -> Subject {
        let mut id = [0; 32];
        id.chunks_mut(8).for_each(|part| part.copy_from_slice(&self.next().to_be_bytes()));
        let did = Did { namespace: Namespace::Spirit, id };
        let trust = TrustVector([(); 6].map(|()| 200_000 + self.below(800_001)));
        let amount = i64::from(self.below(700_000)) * 1_000_000;
        let has_kyc = self.below(10) != 0;
        Subject { did, text: did.to_string(), trust, has_kyc, amount }
    }
}
