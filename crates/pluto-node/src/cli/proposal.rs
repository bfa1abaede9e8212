//! `pluto proposal`.

use clap::{Args, Subcommand, ValueEnum};
use pluto_core::payload::Role;
use pluto_realm::governance::Method;
use pluto_realm::quota::Resource;

use super::quota::resource;
use super::when::{future, span};
use super::{Acting, Reading};
use crate::rule_words;

/// `pluto proposal`.
#[derive(Debug, Subcommand)]
pub enum ProposalCommand {
    /// Propose something to the members of a realm.
    Create(Box<ProposalArgs>),
    /// Vote, once.
    Vote {
        /// Its id, or the beginning of it.
        id: String,
        /// What is said.
        #[arg(value_enum)]
        choice: Vote,
        /// How many votes, where they are counted quadratically: n of them cost n² credits.
        #[arg(long, default_value_t = 1)]
        votes: u16,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Do what is due: count the votes after the last one, or carry out what was accepted.
    Resolve {
        /// Its id, or the beginning of it.
        id: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Take a proposal of one's own back, while votes are taken.
    Withdraw {
        /// Its id, or the beginning of it.
        id: String,
        /// Who and where.
        #[command(flatten)]
        acting: Acting,
    },
    /// Show a proposal, its ballots, and what can be done next.
    Show {
        /// Its id, or the beginning of it.
        id: String,
        /// Where.
        #[command(flatten)]
        reading: Reading,
    },
    /// List the proposals of a realm.
    List(Reading),
}

/// `pluto proposal create`. Without a measure the realm speaks and nothing changes.
#[derive(Args, Debug)]
pub struct ProposalArgs {
    /// What is proposed, for people.
    pub title: String,
    /// The realm declares these rules, beside those declared before; can be given several times.
    #[arg(long = "rule", value_name = "RULE=VALUE", group = "measure")]
    pub rules: Vec<String>,
    /// Somebody gets a role: a DID, a label, or a name in the keystore; with `--role`.
    #[arg(long, value_name = "WHO", group = "measure")]
    pub assign: Option<String>,
    /// owner, admin, moderator or member.
    #[arg(long, value_parser = role, default_value = "member", requires = "assign")]
    pub role: Role,
    /// Somebody is no member any more.
    #[arg(long, value_name = "WHO", group = "measure")]
    pub remove: Option<String>,
    /// Somebody is shut out for good.
    #[arg(long, value_name = "WHO", group = "measure")]
    pub ban: Option<String>,
    /// Somebody is shut out for a time; with `--until`.
    #[arg(long, value_name = "WHO", group = "measure", requires = "until_ms")]
    pub quarantine: Option<String>,
    /// Until when in realm time: a span from now (`24h`), or a date (`2027-01-31`).
    #[arg(long = "until", value_parser = future, requires = "quarantine")]
    pub until_ms: Option<u64>,
    /// A quarantine ends.
    #[arg(long, value_name = "WHO", group = "measure")]
    pub lift: Option<String>,
    /// Somebody gets spent tokens back; with `--resource` and `--tokens`.
    #[arg(long, value_name = "WHO", group = "measure", requires_all = ["resource", "tokens"])]
    pub refund: Option<String>,
    /// gas, mana, events, storage or crossings.
    #[arg(long, value_parser = resource, requires = "refund")]
    pub resource: Option<Resource>,
    /// How many.
    #[arg(long, requires = "refund")]
    pub tokens: Option<u64>,
    /// How votes are counted: member-equal, reputation or quadratic.
    #[arg(long, value_parser = method, default_value = "member-equal")]
    pub method: Method,
    /// How long votes are taken, in realm time: 3d to 14d.
    #[arg(long = "voting", value_parser = span, default_value = "3d")]
    pub voting_ms: u64,
    /// Who and where.
    #[command(flatten)]
    pub acting: Acting,
}

/// What is said to a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Vote {
    /// For it.
    Yes,
    /// Against it.
    No,
    /// Neither; counts for the quorum.
    Abstain,
}

fn role(text: &str) -> Result<Role, &'static str> {
    let all = [Role::Owner, Role::Admin, Role::Moderator, Role::Member];
    let named = all.into_iter().find(|role| role.as_str() == text);
    named.ok_or("expected owner, admin, moderator or member")
}

fn method(text: &str) -> Result<Method, &'static str> {
    rule_words::method(text).ok_or("expected member-equal, reputation or quadratic")
}
