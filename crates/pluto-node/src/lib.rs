//! The composition root of Pluto: names every implementation, holds no rules of its own.
//!
//! [`node`] puts storage, identity, engines, nervous system and hub together; [`cli`] and
//! [`commands`] are the binary `pluto`; [`exec`] runs programs under bounds; [`observe`] tells how the
//! node does; [`proof_file`] and [`blueprint`] are the file formats of this crate.
//!
//! Feature `http3`: the encrypted face over HTTP/3 too, where `http.toml` asks for it.

pub mod blueprint;
pub mod cli;
pub mod codes;
pub mod commands;
pub mod control;
pub mod describe;
mod error;
pub mod exec;
pub mod exit;
pub mod health;
pub mod import;
pub mod interrupt;
pub mod keys;
pub mod node;
pub mod observe;
mod outbox;
pub mod output;
pub mod process;
pub mod proof_file;
mod replace;
pub mod rule_words;
mod scribe;
mod settings;
pub mod trust_study;

pub use error::NodeError;
