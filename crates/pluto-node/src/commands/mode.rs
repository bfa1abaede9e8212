//! `pluto mode`.

use pluto_api::http::shape::{CommandShown, ModeSet, ModeShown};
use pluto_error::Result;

use super::Context;
use crate::cli::ModeCommand;
use crate::node::{Author, OPERATOR};
use crate::output::{row, table};

pub(super) fn run(context: &Context, command: &ModeCommand) -> Result<()> {
    match command {
        ModeCommand::Show => show(context),
        ModeCommand::Set { mode } => {
            let keys = context.keys.open()?;
            let node = context.node()?;
            let before = node.system().mode();
            let written = node.command_mode(&Author::new(keys.get(OPERATOR)?), *mode)?;
            node.stop()?;
            let event = written.event.id;
            let shown =
                ModeSet { from: before.as_str(), mode: mode.as_str(), event: event.to_string() };
            context.out.show_as(&shown, &format!("mode   {mode} (was {before})\nevent  {event}"));
            Ok(())
        }
    }
}

fn show(context: &Context) -> Result<()> {
    let node = context.node()?;
    let (mode, commanded) = (node.system().mode(), node.commanded_mode());
    node.stop()?;
    let by = commanded.map_or_else(
        || "nothing commanded".to_owned(),
        |command| format!("{} in {}", command.mode, command.event),
    );
    let commanded = commanded.map(|command| CommandShown {
        mode: command.mode.as_str(),
        event: command.event.to_string(),
    });
    context.out.show_as(
        &ModeShown { mode: mode.as_str(), commanded },
        &table(&[row("mode", mode), row("operator", by)]),
    );
    Ok(())
}
