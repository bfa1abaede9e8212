//! The second way to run a program: native code, in a build that has it.
//!
//! A tier answers or leaves the question to the interpreter, so nobody else asks which build this is.
//! Without the feature `native` it never answers: that build has neither a compiler nor threads, reads
//! no file, and runs wherever the interpreter does.

#[cfg(not(feature = "native"))]
mod absent;
#[cfg(feature = "native")]
mod native;

#[cfg(not(feature = "native"))]
pub(crate) use absent::{Maker, Tier};
#[cfg(feature = "native")]
pub(crate) use native::{Maker, Tier};
