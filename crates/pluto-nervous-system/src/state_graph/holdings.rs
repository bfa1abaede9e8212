//! What each of the 40 components holds today: entries of the state, with the test that shows it, or
//! nothing but figures, with the reason.
//!
//! The graph names all components, and edges of empty ones are true of what will be there; this table
//! keeps them from passing for more. `docs/components.md` is this table, and a test compares both.

use pluto_core::Component::{self, *};

/// What a component holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// Entries that the fold writes under the state root; `docs/formats/state.md` has their form.
    State {
        /// The test that shows it, as `file::test`, from the workspace root.
        shown_by: &'static str,
    },
    /// No entries: measured or computed on a node, or not built.
    MetricsOnly {
        /// Why, and where its figures are if there are any.
        why: &'static str,
    },
}

const fn state(shown_by: &'static str) -> Holding {
    Holding::State { shown_by }
}

const fn metrics(why: &'static str) -> Holding {
    Holding::MetricsOnly { why }
}

const NETWORK: &str =
    "a fact about one node's connections; replicated, it would say who talks to whom";

/// What `component` holds.
#[must_use]
pub const fn holding(component: Component) -> Holding {
    match component {
        Identity | KeyManagement | Credential | Realm | Controller | Gas | Mana | Execution
        | EclPolicy | KvStore | Trust | Event | Consensus | Quadratic | Gateway | SagaComposer
        | Room | Partition | Governance | Archive | Blueprint | EclBlueprint => {
            state(shown_by(component))
        }
        WorldFormula => metrics("advisory: `pluto protection show` computes it (ADR 0019)"),
        Anomaly => metrics("advisory: detectors of each node feed its own breaker (ADR 0019)"),
        Diversity => metrics("advisory: entropy of kinds, `pluto protection show` (ADR 0019)"),
        AntiCalcification => metrics("advisory: caps and their effect, `pluto protection show`"),
        Calibration => metrics("advisory: proposals within bounds, applied by nobody"),
        Eclvm => metrics("no setting changes a verdict: gas and bounds are part of the program"),
        EventStore => metrics("checkpoints and reorganisations are told, and kept beside the log"),
        IntentParser => {
            metrics("intents are requests inside one node, bounded by hops, never state")
        }
        Swarm => metrics("peers and bindings are files of one node: `pluto peer list`"),
        Gossip | Kademlia | Relay | NatTraversal | Privacy => metrics(NETWORK),
        Ui | DataLogic | Api => metrics("a face of one node, not a fact of the realm"),
        BlueprintComposer => metrics("composed by their authors: what comes of it is published"),
    }
}

const fn shown_by(component: Component) -> &'static str {
    match component {
        Identity => "tests/scenarios/identity.rs::a_stolen_old_key_cannot_act",
        KeyManagement => "tests/scenarios/identity.rs::rotations_agree_in_any_order_of_arrival",
        Credential => {
            "tests/scenarios/identity.rs::credentials_are_issued_by_administrators_and_revoked_by_their_issuer"
        }
        Trust => "crates/pluto-node/src/trust_study/tests.rs::predicts_and_resists_on_real_ratings",
        Event => {
            "tests/scenarios/forks.rs::a_proven_fork_freezes_its_author_until_an_administrator_lifts_it"
        }
        Consensus => {
            "tests/scenarios/finality.rs::any_order_of_arrival_and_any_restart_give_the_same_borders"
        }
        Gas | Mana => "tests/scenarios/policies.rs::a_judgement_is_in_the_state_and_charged",
        Execution => {
            "tests/scenarios/agents.rs::what_is_granted_is_allowed_until_it_is_taken_back_on_every_node"
        }
        EclPolicy => "tests/scenarios/policies.rs::nodes_agree_in_any_order_and_mode",
        KvStore => {
            "tests/scenarios/stores.rs::records_are_judged_written_and_brought_to_the_present"
        }
        Controller => {
            "tests/scenarios/grants.rs::a_revocation_beside_a_use_folds_equally_in_any_order"
        }
        Quadratic => "crates/pluto-realm/src/governance/tests.rs::votes_cost_their_square",
        Governance => {
            "crates/pluto-realm/src/governance/tests.rs::a_vote_changes_rules_that_no_owner_changes"
        }
        Gateway => "crates/pluto-realm/src/gateway/tests.rs::both_sides_keep_a_receipt",
        SagaComposer => "crates/pluto-realm/src/saga/tests.rs::a_transfer_locks_and_hands_over",
        Archive => {
            "crates/pluto-realm/src/archive/tests.rs::a_legal_hold_blocks_erasure_until_an_owner_lifts_it"
        }
        Blueprint => {
            "crates/pluto-realm/src/blueprint/tests.rs::versions_of_a_name_go_up_and_belong_to_its_owner"
        }
        EclBlueprint => {
            "crates/pluto-realm/src/blueprint/tests.rs::without_the_attestations_that_are_required_nothing_is_deployed"
        }
        Room => "crates/pluto-realm/src/room/tests.rs::a_room_is_written_by_whom_it_admits",
        Partition => "crates/pluto-realm/src/room/tests.rs::places_extend_what_is_above_them",
        _ => "tests/scenarios/order.rs::any_order_of_arrival_gives_the_same_roots",
    }
}

/// The table as a page: `docs/components.md` holds exactly this.
#[must_use]
pub fn to_markdown() -> String {
    let mut page = String::from(
        "# Components\n\n\
         The state of a realm has 40 components, each a leaf of the component tree, and the state graph \
         relates them (`pluto graph show`). Not all of them hold entries. This page says for each what it \
         holds and which test shows that, or why it holds nothing; it is the table in \
         `crates/pluto-nervous-system/src/state_graph/holdings.rs`, and a test compares both. The form of \
         the entries is in [formats/state.md](formats/state.md); an empty component has the zero digest as \
         its root, so that its emptiness can be proven.\n\n",
    );
    let count = Component::ALL.into_iter().filter(|one| is_state(*one)).count();
    page.push_str(&format!("{count} hold state, {} figures at most.\n\n", 40 - count));
    page.push_str("| number | component | holds | shown by, or why not |\n|---|---|---|---|\n");
    for component in Component::ALL {
        let (holds, why) = match holding(component) {
            Holding::State { shown_by } => ("state", format!("`{shown_by}`")),
            Holding::MetricsOnly { why } => ("metrics only", why.to_owned()),
        };
        page.push_str(&format!("| {} | {component} | {holds} | {why} |\n", component.number()));
    }
    page
}

const fn is_state(component: Component) -> bool {
    matches!(holding(component), Holding::State { .. })
}

#[cfg(test)]
mod tests;
