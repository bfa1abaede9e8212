//! `pluto serve`.

mod http;

use std::time::{Duration, Instant};

use pluto_error::Result;
use pluto_identity::Keystore;
use pluto_p2p::driver::node_of;
use serde_json::json;

use super::Context;
use crate::cli::ServeArgs;
use crate::codes;
use crate::interrupt::Interrupt;
use crate::node::{
    Author, NetworkConfig, Node, OPERATOR, UnreportedForks, Witnessing, bind, binding, node_key,
};
use crate::observe::FigureClock;
use crate::output::count;

/// How often the node looks whether it can still write.
const WATCH: Duration = Duration::from_secs(1);
/// Who a node belongs to, with the keys at hand.
struct Owner {
    keys: Keystore,
    name: String,
}

/// Who signs checkpoints here by itself.
struct Signer {
    keys: Keystore,
    name: String,
    begun: Instant,
    witnessing: Witnessing,
}

impl Signer {
    fn unlock(context: &Context, name: &str) -> Result<Self> {
        let keys = context.keys.open()?;
        keys.get(name)?;
        let witnessing = Witnessing::default();
        Ok(Self { keys, name: name.to_owned(), begun: Instant::now(), witnessing })
    }

    fn look(&mut self, node: &Node) -> Result<()> {
        let author = Author::new(self.keys.get(&self.name)?);
        node.witness_as(author.did());
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.witnessing.look(node, &author, now);
        Ok(())
    }
}

/// How long the first address may take to be there.
const LISTEN: Duration = Duration::from_secs(5);

pub(super) fn run(context: &Context, args: &ServeArgs) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let mut config = NetworkConfig::load(&context.data)?;
    config.listen.extend(args.listen.iter().cloned());
    let mut witness =
        args.witness.as_ref().map(|name| Signer::unlock(context, name)).transpose()?;
    let node = context.node_within(args.memory)?;
    let mut owner = None;
    let goes_online = config.is_online() && !args.offline;
    if goes_online {
        owner = say_whose(context)?;
        node.go_online(&context.data, &config)?;
    }
    let socket = super::listen(node.shared(), &context.data, context.mode)?;
    let http =
        args.http.map(|address| http::HttpFace::start(context, &node, address)).transpose()?;
    let figures = FigureClock::start(node.shared())?;
    let listening = match goes_online && !config.listen.is_empty() {
        true => {
            let addresses = || node.network_status().ok().flatten().map(|now| now.listening);
            let is_there = || addresses().is_some_and(|listening| !listening.is_empty());
            node.wait_until(LISTEN, is_there);
            addresses().unwrap_or_default()
        }
        false => Vec::new(),
    };
    say(context, &node, goes_online, &listening, http.as_ref());
    while !interrupt.wait(WATCH) {
        // A full disk passes; everything else needs the node to be opened anew.
        if node.system().has_ended() {
            break;
        }
        if let Some(http) = &http {
            http.look();
        }
        if let Some(owner) = &owner {
            report_forks(context, &node, owner);
        }
        if let Some(signer) = &mut witness {
            signer.look(&node)?;
        }
    }
    drop((http, socket, figures));
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

/// Says what is served, and where.
fn say(
    context: &Context,
    node: &Node,
    goes_online: bool,
    listening: &[String],
    http: Option<&http::HttpFace>,
) {
    let events: u64 = node.system().outlines().values().map(|outline| outline.events).sum();
    let data = context.data.display().to_string();
    let read_only = node.system().read_only().map(ToString::to_string);
    let warning = read_only.as_ref().map(|why| format!("\n{why}")).unwrap_or_default();
    let at: String = listening.iter().map(|address| format!("\nListening at {address}")).collect();
    let (url, link) = (http.map(http::HttpFace::url), http.map(http::HttpFace::link));
    let over: String = (url.iter().zip(link))
        .map(|(url, link)| format!("\nHTTP at {url}\nDashboard at {link}"))
        .collect();
    context.out.show(
        &json!({
            "serving": data,
            "realms": node.system().realms().len(),
            "events": events,
            "read_only": read_only,
            "online": goes_online,
            "listening": listening,
            "http": url,
            "dashboard": link,
        }),
        &format!(
            "Serving `{data}` with {} events. Stop with Ctrl-C.{at}{over}{warning}",
            count(events)
        ),
    );
}

/// Has the operator sign that this is their node, where nobody has yet; gives the owner's keys where
/// the passphrase is at hand.
fn say_whose(context: &Context) -> Result<Option<Owner>> {
    let bound = binding(&context.data, node_of(*node_key(&context.data)?)?);
    if bound.is_some() && context.keys.unprompted()?.is_none() {
        return Ok(None);
    }
    let keys = match context.keys.open() {
        Ok(keys) => keys,
        Err(error) if error.code() == codes::NO_PASSPHRASE => {
            tracing::warn!("this node does not say whose it is: see `pluto peer bind`");
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let name = match bound {
        Some(bound) => keys.name_of(&bound.inception.did()).map(str::to_owned),
        None => {
            bind(&context.data, keys.get(OPERATOR)?)?;
            Some(OPERATOR.to_owned())
        }
    };
    Ok(name.map(|name| Owner { keys, name }))
}

/// Reports the forks that this node met, in its owner's name; what fails is tried again.
fn report_forks(context: &Context, node: &Node, owner: &Owner) {
    let forks = UnreportedForks::of(&context.data);
    let author = owner.keys.get(&owner.name);
    let reported = author.and_then(|author| node.report_forks(&forks, &Author::new(author), None));
    if let Err(error) = reported {
        tracing::debug!(%error, "a fork is not reported yet");
    }
}
