//! Measures the trust engine on real ratings: does it predict, and what does an attack buy.
//!
//! 1. The first 80 % of the ratings are folded by the engine of this build; the values then reached
//!    predict the sign of each later rating about a subject rated before. The measure is the area
//!    under the ROC curve (AUC): how often a praised subject stood higher than one complained about.
//!    The plain mean and the Beta reputation (Jøsang and Ismail, 2002) are measured beside it.
//! 2. The rest is folded too. Then 200 Sybils buy edges from honest attesters, praise each other and
//!    the 20 worst subjects, all in one day; the gain is how far those rise in the ranking of values.
//! 3. The weights at the end are measured: how concentrated they are, and what uniform and progressive
//!    decay make of that.
//!
//! Floats are used here and only here: nothing of this is state. Sampling is seeded, so a study of
//! the same ratings is the same everywhere.

mod attack;
mod concentration;
mod measure;
mod ratings;
mod report;
mod world;

pub mod codes;

pub use attack::{AttackResult, Buyers, SEEDS};
pub use concentration::{Concentration, Faded, Spread};
pub use ratings::{LINE_BYTES_MAX, RATINGS_MAX, Rating, RatingsError, parse_ratings};

use std::collections::{BTreeMap, BTreeSet};

use measure::{History, auc};
use world::World;

/// Roots chosen when nothing else is said.
pub const ROOTS_DEFAULT: usize = 5;
const TRAINING_PERCENT: usize = 80;
const RANKED: usize = 10;

/// Which people are the roots of trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootChoice {
    /// The first so many distinct attesters in event order: the founders.
    FirstAttesters(usize),
    /// These people.
    People(Vec<u32>),
}

impl Default for RootChoice {
    fn default() -> Self {
        Self::FirstAttesters(ROOTS_DEFAULT)
    }
}

/// What a study found.
#[derive(Clone, Debug, PartialEq)]
pub struct Study {
    /// Ratings read.
    pub ratings: usize,
    /// Ratings that the engine found void.
    pub void: usize,
    /// Distinct people.
    pub people: usize,
    /// Distinct people who rated.
    pub attesters: usize,
    /// Distinct people who were rated.
    pub subjects: usize,
    /// The roots of trust, ascending.
    pub roots: Vec<u32>,
    /// How well values predict.
    pub prediction: Prediction,
    /// One row for each kind of buyer and number of edges bought.
    pub attacks: Vec<AttackResult>,
    /// How concentrated weight is at the end; none when nobody has any.
    pub concentration: Option<Concentration>,
    /// The highest values at the end, highest first.
    pub top: Vec<Ranked>,
    /// The lowest values at the end, lowest first.
    pub bottom: Vec<Ranked>,
}

/// How well the values after the training ratings predict the sign of the later ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Ratings folded before predicting.
    pub trained_on: usize,
    /// Later ratings about a subject rated before.
    pub predicted: usize,
    /// How many of those are praise.
    pub praise: usize,
    /// AUC of the engine's values; none when the later ratings are all of one sign.
    pub auc: Option<f64>,
    /// AUC of the plain mean of all earlier ratings.
    pub auc_mean: Option<f64>,
    /// AUC of the Beta reputation: (praise + 1) / (ratings + 2).
    pub auc_beta: Option<f64>,
    /// Share of the predicted ratings whose subject does not have the value of a newcomer.
    pub coverage_predicted: f64,
    /// Share of all subjects rated so far that do not have the value of a newcomer.
    pub coverage_subjects: f64,
}

/// Somebody's place in the ranking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// Who.
    pub person: u32,
    /// The value in parts per million.
    pub value_ppm: u32,
    /// Ratings above zero about them.
    pub praise: usize,
    /// Ratings below zero about them.
    pub complaints: usize,
}

/// Folds `ratings`, which stand in order of time, with the production engine and measures it.
#[must_use]
pub fn run(ratings: &[Rating], roots: RootChoice) -> Study {
    let roots = choose(ratings, roots);
    let attesters: BTreeSet<u32> = ratings.iter().map(|rating| rating.attester).collect();
    let subjects: Vec<u32> = distinct_subjects(ratings);
    let (training, later) = ratings.split_at(ratings.len() * TRAINING_PERCENT / 100);
    let mut world = World::new(&roots);
    let mut void = world.fold(training);
    let prediction = predict(&world, training, later);
    void += world.fold(later);
    let attesters: Vec<u32> = attesters.into_iter().collect();
    let attacks = attack::all(&world, &attesters, &subjects);
    let concentration = concentration::measure(&world, &attesters);
    let mut ranked = rank(&world, ratings, &subjects);
    let top = ranked.iter().rev().take(RANKED).copied().collect();
    ranked.truncate(RANKED);
    let people: BTreeSet<&u32> = attesters.iter().chain(&subjects).collect();
    Study {
        ratings: ratings.len(),
        void,
        people: people.len(),
        attesters: attesters.len(),
        subjects: subjects.len(),
        roots,
        prediction,
        attacks,
        concentration,
        top,
        bottom: ranked,
    }
}

/// The values of all subjects after all `ratings`, which stand in order of time, in parts per million.
#[must_use]
pub fn values(ratings: &[Rating], roots: RootChoice) -> BTreeMap<u32, u32> {
    let mut world = World::new(&choose(ratings, roots));
    world.fold(ratings);
    let subjects = distinct_subjects(ratings).into_iter();
    subjects.map(|subject| (subject, world.value_ppm(subject))).collect()
}

fn choose(ratings: &[Rating], choice: RootChoice) -> Vec<u32> {
    let chosen: BTreeSet<u32> = match choice {
        RootChoice::People(people) => people.into_iter().collect(),
        RootChoice::FirstAttesters(count) => {
            let mut first = BTreeSet::new();
            for rating in ratings {
                if first.len() >= count {
                    break;
                }
                first.insert(rating.attester);
            }
            first
        }
    };
    chosen.into_iter().collect()
}

fn distinct_subjects(ratings: &[Rating]) -> Vec<u32> {
    let subjects: BTreeSet<u32> = ratings.iter().map(|rating| rating.subject).collect();
    subjects.into_iter().collect()
}

fn predict(world: &World<'_>, training: &[Rating], later: &[Rating]) -> Prediction {
    let history = History::of(training);
    let said: Vec<(u32, bool)> = later
        .iter()
        .filter(|rating| rating.value != 0 && history.get(rating.subject).is_some())
        .map(|rating| (rating.subject, rating.value > 0))
        .collect();
    let scored = |score: &dyn Fn(u32) -> f64| -> Option<f64> {
        auc(said.iter().map(|(subject, praise)| (score(*subject), *praise)).collect())
    };
    let of = |subject| history.get(subject).unwrap_or_default();
    let known = said.iter().filter(|(subject, _)| !world.is_newcomer(*subject)).count();
    let subjects = distinct_subjects(training);
    let seen = subjects.iter().filter(|subject| !world.is_newcomer(**subject)).count();
    Prediction {
        trained_on: training.len(),
        predicted: said.len(),
        praise: said.iter().filter(|(_, praise)| *praise).count(),
        auc: scored(&|subject| f64::from(world.value_ppm(subject))),
        auc_mean: scored(&|subject| of(subject).mean()),
        auc_beta: scored(&|subject| of(subject).beta()),
        coverage_predicted: measure::share(known, said.len()),
        coverage_subjects: measure::share(seen, subjects.len()),
    }
}

/// All subjects, lowest value first; equal values in order of their numbers.
fn rank(world: &World<'_>, ratings: &[Rating], subjects: &[u32]) -> Vec<Ranked> {
    let history = History::of(ratings);
    let ranked = |person: &u32| {
        let said = history.get(*person).unwrap_or_default();
        Ranked {
            person: *person,
            value_ppm: world.value_ppm(*person),
            praise: said.praise,
            complaints: said.complaints,
        }
    };
    let mut all: Vec<Ranked> = subjects.iter().map(ranked).collect();
    all.sort_by_key(|ranked| (ranked.value_ppm, ranked.person));
    all
}

#[cfg(test)]
mod tests;
