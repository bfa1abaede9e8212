//! `pluto serve`.

use std::time::Duration;

use pluto_error::Result;
use serde_json::json;

use super::Context;
use crate::interrupt::Interrupt;
use crate::output::count;

/// How often the node looks whether it can still write.
const WATCH: Duration = Duration::from_secs(1);

pub(super) fn run(context: &Context) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let node = context.node()?;
    let socket = super::listen(node.shared(), &context.data, context.mode)?;
    let events: u64 = node
        .system()
        .realms()
        .into_iter()
        .filter_map(|realm| node.system().snapshot(realm))
        .map(|snapshot| snapshot.roots().position)
        .sum();
    let data = context.data.display().to_string();
    let read_only = node.system().read_only().map(ToString::to_string);
    let warning = read_only.as_ref().map(|why| format!("\n{why}")).unwrap_or_default();
    context.out.show(
        &json!({
            "serving": data,
            "realms": node.system().realms().len(),
            "events": events,
            "read_only": read_only,
        }),
        &format!("Serving `{data}` with {} events. Stop with Ctrl-C.{warning}", count(events)),
    );
    while !interrupt.wait(WATCH) {
        // A full disk passes; everything else needs the node to be opened anew.
        if node.system().has_ended() {
            break;
        }
    }
    drop(socket);
    let failure = node.system().failure();
    node.stop()?;
    match failure {
        None => {
            context.out.say("Stopped; everything acknowledged is on disk.");
            Ok(())
        }
        Some(why) => Err(pluto_nervous_system::NervousError::Stopped(why).into()),
    }
}
