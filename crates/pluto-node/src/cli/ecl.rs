//! `pluto ecl`: what can be asked about policies, without a node.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use pluto_eclvm::ExecutionMode;

/// `pluto ecl`.
#[derive(Debug, Subcommand)]
pub enum EclCommand {
    /// Find mistakes in sources, say where they are and what would mend them.
    Check {
        /// Sources, or folders with `.ecl` files; `-` is standard input.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Lay sources out in the one way.
    Fmt {
        /// Sources, or folders with `.ecl` files; `-` formats standard input to standard output.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Write nothing; list what is laid out otherwise, and end with 1 if there is any.
        #[arg(long)]
        check: bool,
    },
    /// Run the test blocks of sources with every engine; the engines must agree.
    Test {
        /// Sources, or folders with `.ecl` files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Compile a source and show what it holds, or show what an artifact holds.
    Compile {
        /// The source, or an artifact (`.eclc`).
        file: PathBuf,
        /// Write the artifact to this file; without it nothing is written.
        #[arg(long, short)]
        out: Option<PathBuf>,
    },
    /// Ask a policy and show its answer; what is not given does not exist.
    Run {
        /// The question.
        #[command(flatten)]
        question: QuestionArgs,
        /// How the policy is run: legacy (interpreted), wasm (native code) or auto.
        #[arg(long, default_value = "auto")]
        mode: ExecutionMode,
    },
    /// Ask a policy and show why it answers so: every condition with its operands.
    Explain(QuestionArgs),
    /// Measure decisions a second of every engine on one question.
    Bench(QuestionArgs),
    /// Try policies line by line; `help` lists the commands.
    Repl {
        /// A source to begin with.
        file: Option<PathBuf>,
    },
}

/// A question to a policy.
#[derive(Args, Clone, Debug)]
pub struct QuestionArgs {
    /// The source.
    pub file: PathBuf,
    /// The policy; not needed when there is only one.
    #[arg(long)]
    pub policy: Option<String>,
    /// What is given, as in a test block, such as `amount = 10`, `subject.trust = trust(0.8)` or
    /// `receiver known`; once for each fact.
    #[arg(long = "given", value_name = "FACT")]
    pub given: Vec<String>,
}
