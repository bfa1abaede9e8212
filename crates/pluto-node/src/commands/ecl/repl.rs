//! `pluto ecl repl`: a loop over lines, the same from a terminal and from a pipe.
//!
//! [`session`] holds what was typed and answers; here is only reading and printing.

mod lines;
mod probe;
mod session;

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

use pluto_error::Result;

use self::lines::{Line, next_line};
use self::session::{Next, Session};
use super::super::Context;
use super::{diagnostics, files};
use crate::error::NodeError;

pub(super) fn run(context: &Context, file: Option<&Path>) -> Result<()> {
    if context.out.json {
        let said = "expected no `--json` with `repl`; `run` and `explain` answer in JSON";
        return Err(NodeError::BadArgument(said.to_owned()).into());
    }
    if file == Some(Path::new(files::STDIN)) {
        let said = "expected a file, found `-`: standard input holds the lines";
        return Err(NodeError::BadArgument(said.to_owned()).into());
    }
    let coloured = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut session = Session::new(coloured);
    if let Some(file) = file {
        let sources = files::source(file)?;
        session
            .load(sources)
            .map_err(|(sources, found)| diagnostics::refuse(context, &sources, &found))?;
    }
    let asked = std::io::stdin().is_terminal();
    Ok(talk(&mut session, &mut std::io::stdin().lock(), asked)
        .map_err(|error| NodeError::file("read", "standard input", error))?)
}

/// Reads lines until the end, or until nobody listens any more.
fn talk(session: &mut Session, input: &mut impl BufRead, asked: bool) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    loop {
        if asked {
            let prompt = if session.is_open() { "...> " } else { "ecl> " };
            let _ = write!(out, "{prompt}");
            let _ = out.flush();
        }
        let reply = match next_line(input)? {
            Line::End => session.end(),
            Line::TooLong => Next::Reply("expected a shorter line; it is left out".to_owned()),
            Line::Text(line) => session.line(&line),
        };
        let (text, over) = match reply {
            Next::Reply(text) => (text, false),
            Next::Quit(text) => (text, true),
        };
        let text = text.trim_end();
        if !text.is_empty() && writeln!(out, "{text}").is_err() || over {
            return Ok(());
        }
    }
}
