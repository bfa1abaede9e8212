//! The tables behind the queries: one bit set per component, relation and direction.
//!
//! Built by the compiler from the edge table, so they cannot differ from it.

#![expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler only: an index out of range would not compile"
)]

use pluto_core::{COMPONENT_COUNT, Component, ComponentSet};

use super::Relation;
use super::table::{ROWS, Row};

/// One bit set per component.
pub(super) type Sets = [ComponentSet; COMPONENT_COUNT];

/// The four tables of one relation.
pub(super) struct Tables {
    pub(super) outgoing: Sets,
    pub(super) incoming: Sets,
    pub(super) outgoing_all: Sets,
    pub(super) incoming_all: Sets,
}

/// The tables of all relations.
pub(super) struct ByRelation {
    depends_on: Tables,
    triggers: Tables,
    bidirectional: Tables,
    aggregates: Tables,
    validates: Tables,
}

impl ByRelation {
    pub(super) const fn of(&self, relation: Relation) -> &Tables {
        match relation {
            Relation::DependsOn => &self.depends_on,
            Relation::Triggers => &self.triggers,
            Relation::Bidirectional => &self.bidirectional,
            Relation::Aggregates => &self.aggregates,
            Relation::Validates => &self.validates,
        }
    }
}

/// What a change may break: the inverse of depends-on and aggregates together.
pub(super) struct Dependents {
    pub(super) direct: Sets,
    pub(super) all: Sets,
}

pub(super) static BY_RELATION: ByRelation = ByRelation {
    depends_on: tables(Relation::DependsOn),
    triggers: tables(Relation::Triggers),
    bidirectional: tables(Relation::Bidirectional),
    aggregates: tables(Relation::Aggregates),
    validates: tables(Relation::Validates),
};

pub(super) static DEPENDENTS: Dependents = {
    let direct = union(
        &transpose(&adjacency(Relation::DependsOn)),
        &transpose(&adjacency(Relation::Aggregates)),
    );
    Dependents { direct, all: closure(direct) }
};

/// The entry of `component`.
pub(super) fn look_up(sets: &Sets, component: Component) -> ComponentSet {
    sets.get(component.index()).copied().unwrap_or_default()
}

const fn tables(relation: Relation) -> Tables {
    let outgoing = adjacency(relation);
    let incoming = transpose(&outgoing);
    Tables { outgoing, incoming, outgoing_all: closure(outgoing), incoming_all: closure(incoming) }
}

const fn adjacency(relation: Relation) -> Sets {
    let mut sets = [ComponentSet::EMPTY; COMPONENT_COUNT];
    let mut rows: &[Row] = &ROWS;
    while let [row, rest @ ..] = rows {
        sets[row.from.index()] = ComponentSet::of(row.targets(relation));
        rows = rest;
    }
    sets
}

const fn transpose(sets: &Sets) -> Sets {
    let mut transposed = [ComponentSet::EMPTY; COMPONENT_COUNT];
    let mut from = 0;
    while from < COMPONENT_COUNT {
        let mut to = 0;
        while to < COMPONENT_COUNT {
            transposed[to].0 |= (sets[from].0 >> to & 1) << from;
            to += 1;
        }
        from += 1;
    }
    transposed
}

const fn union(left: &Sets, right: &Sets) -> Sets {
    let mut sets = *left;
    let mut index = 0;
    while index < COMPONENT_COUNT {
        sets[index] = sets[index].union(right[index]);
        index += 1;
    }
    sets
}

/// Warshall's algorithm (J. ACM 9(1), 1962), a row of the matrix at a time.
const fn closure(mut sets: Sets) -> Sets {
    let mut via = 0;
    while via < COMPONENT_COUNT {
        let mut from = 0;
        while from < COMPONENT_COUNT {
            if sets[from].0 >> via & 1 == 1 {
                sets[from] = sets[from].union(sets[via]);
            }
            from += 1;
        }
        via += 1;
    }
    sets
}
