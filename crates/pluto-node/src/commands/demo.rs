//! `pluto demo`: an owner, an agent, and everything that lies between them, on a node of its own.
//!
//! A script of the commands a user would type: each is parsed, run and printed as it stands. A step
//! that ends otherwise than the story tells ends the demo with an error.

mod cluster;
mod more;
mod stage;
mod story;
mod tamper;

use std::net::SocketAddr;
use std::path::PathBuf;

use pluto_error::Result;

use super::Context;
use crate::cli::{ServeArgs, Story};
use crate::error::NodeError;
use stage::Stage;

pub(super) fn run(context: &Context, story: Story, serve: Option<SocketAddr>) -> Result<()> {
    let dir = fresh_dir()?;
    if story == Story::Cluster {
        if serve.is_some() {
            let why = "only the story `agent` can be served".to_owned();
            return Err(NodeError::BadArgument(why).into());
        }
        let facts = cluster::play(context, &dir)?;
        context.out.say("\nThe same by hand, and on three machines: docs/cluster.md");
        if context.out.json {
            context.out.show(&facts, "");
        }
        return Ok(());
    }
    let stage = Stage::new(context, &dir);
    stage.say(&format!(
        "Everything happens in {}; every command is one you could type.",
        dir.display()
    ));
    let facts = story::play(&stage)?;
    if let Some(address) = serve {
        more::play(&stage)?;
        stage.say("\nAll of this in a browser; the link lets whoever has it read:");
        let arguments = ServeArgs { http: Some(address), offline: true, ..ServeArgs::default() };
        return super::serve::run(&stage.context(context.out.clone()), &arguments);
    }
    farewell(&stage);
    if context.out.json {
        context.out.show(&facts, "");
    }
    Ok(())
}

fn farewell(stage: &Stage<'_>) {
    let dir = stage.dir().display();
    stage.say("\nLook around:");
    stage.say(&format!("  pluto verify {dir}/decision.pluto"));
    stage.say(&format!("  PLUTO_PASSPHRASE={} pluto --data {dir}/node log", stage::PASSPHRASE));
    stage.say(&format!(
        "  PLUTO_PASSPHRASE={} pluto --data {dir}/node serve --http",
        stage::PASSPHRASE
    ));
    stage.say("Put it before your own agents: docs/agents.md");
}

fn fresh_dir() -> Result<PathBuf> {
    let dir = std::env::temp_dir().join(format!("pluto-demo-{}", std::process::id()));
    std::fs::create_dir_all(&dir).map_err(|error| NodeError::file("create", &dir, error))?;
    Ok(dir)
}
