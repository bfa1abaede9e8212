//! The script of the demo.

use pluto_error::Result;
use serde_json::{Value, json};

use super::stage::{Stage, expect, text};
use super::tamper::{Refused, every_byte};

/// The policy of the story.
const POLICY: &str = r#"policy action on controller (action: text<128>, resource: text<512>, amount: int) {
  deny if glob("**/secrets", resource), "secrets are for people"
  require amount <= 50, "at most 50 at a time"
  if action == "deploy" && glob("prod/**", resource) {
    escalate { timeout: 1h, fallback: deny }
  }
  allow
}
"#;

const NO_GRANT: &str = "the actor has no grant that covers it, and may not act without one";

/// The decisions of the story.
struct Decisions {
    allowed: String,
    denied: String,
    escalated: String,
    approved: String,
}

/// Plays it; gives the facts for programs.
pub(super) fn play(stage: &Stage<'_>) -> Result<Value> {
    let (agent, realm) = begin(stage)?;
    let grant = grant(stage)?;
    let (allowed, denied) = ask(stage)?;
    let (escalated, approved) = ask_people(stage)?;
    let decisions = Decisions { allowed, denied, escalated, approved };
    revoke(stage, &grant)?;
    stage.chapter("7. Everything is an event; this is what happened:");
    stage.done(&["log"], &[])?;
    let bundle = prove(stage, &decisions)?;
    let audit = audit(stage)?;
    stage.chapter("11. Each of these commands opened the node anew, as this one does:");
    let realms = stage.done(&["realm", "list"], &[])?;
    let Decisions { allowed, denied, escalated, approved } = decisions;
    Ok(json!({
        "data": stage.dir().display().to_string(),
        "agent": agent,
        "realm": realm,
        "grant": grant,
        "allowed": allowed,
        "denied": denied,
        "escalated": escalated,
        "approved": approved,
        "bundle": bundle,
        "audit": audit,
        "events": realms.pointer("/0/events"),
        "state_root": realms.pointer("/0/state_root"),
    }))
}

/// Gives the agent's DID and the realm.
fn begin(stage: &Stage<'_>) -> Result<(String, String)> {
    stage.chapter("1. An owner, and an agent whose key derives from the owner's:");
    stage.done(&["init"], &["You are"])?;
    let agent = stage.done(&["id", "derive", "me", "bot", "--purpose", "agent"], &[])?;
    stage.chapter("2. A realm, and the policy that every action in it is judged by:");
    let realm = stage.done(&["realm", "create", "ops", "--invite"], &["realm"])?;
    stage.write("actions.ecl", POLICY)?;
    stage.say("  $ cat actions.ecl");
    POLICY.lines().for_each(|line| stage.say(&format!("  {line}")));
    stage.done(&["policy", "install", "actions.ecl", "--slot", "actions"], &["artifact"])?;
    stage.answered(&["check", "read", "prod/web", "--as", "bot"], "deny", NO_GRANT)?;
    Ok((text(&agent, "did")?, text(&realm, "realm")?))
}

/// Gives the grant.
fn grant(stage: &Stage<'_>) -> Result<String> {
    stage.chapter("3. The owner grants the agent a narrow right that ends by itself:");
    let create = [
        &["grant", "create", "--to", "bot", "--action", "read", "--action", "deploy"][..],
        &["--resource", "prod/**", "--expires", "8h", "--rate", "100/1h", "--budget", "100"],
    ]
    .concat();
    let given = stage.done(&create, &["grant", "may", "expires"])?;
    text(&given, "grant")
}

/// Gives an allowed and a denied decision.
fn ask(stage: &Stage<'_>) -> Result<(String, String)> {
    stage.chapter("4. The agent asks before it acts. The answer is recorded, then it acts:");
    let act = ["act", "read", "prod/web", "--as", "bot"];
    let allowed = text(&stage.answered(&act, "allow", "rule 4")?, "decision")?;
    stage.say("  $ echo 'web 1.4.2' > result.txt");
    stage.write("result.txt", "web 1.4.2\n")?;
    complete(stage, &allowed)?;
    stage.say("\n  What the policy forbids, and what the grant does not cover:");
    let act = ["act", "read", "prod/secrets", "--as", "bot"];
    let denied = text(&stage.answered(&act, "deny", "secrets are for people")?, "decision")?;
    stage.answered(&["check", "read", "home/diary", "--as", "bot"], "deny", NO_GRANT)?;
    Ok((allowed, denied))
}

fn complete(stage: &Stage<'_>, decision: &str) -> Result<()> {
    let complete = ["complete", decision, "--result", "result.txt", "--as", "bot"];
    stage.done(&complete, &["ended"]).map(drop)
}

/// Gives the decision that asked people, and the one they approved.
fn ask_people(stage: &Stage<'_>) -> Result<(String, String)> {
    stage.chapter(
        "5. Some actions are for people to decide. The owner says yes, and it counts once:",
    );
    let act = ["act", "deploy", "prod/web", "--amount", "10", "--as", "bot"];
    let asked = text(&stage.answered(&act, "escalate", "rule 3")?, "decision")?;
    stage.done(&["approve", &asked], &["said"])?;
    let again = [&act[..], &["--approval", &asked]].concat();
    let approved = text(&stage.answered(&again, "allow", "rule 3")?, "decision")?;
    complete(stage, &approved)?;
    stage.answered(&again, "deny", "the approval has been used")?;
    Ok((asked, approved))
}

fn revoke(stage: &Stage<'_>, grant: &str) -> Result<()> {
    stage.chapter("6. The owner takes the grant back. The next question is denied:");
    stage.done(&["grant", "revoke", grant], &["revoked"])?;
    let check = ["check", "read", "prod/web", "--as", "bot", "--grant", grant];
    stage.answered(&check, "deny", "the grant is revoked").map(drop)
}

fn prove(stage: &Stage<'_>, decisions: &Decisions) -> Result<Value> {
    stage.chapter("8. One decision as a file, and a stranger who has nothing else runs it again:");
    let prove = ["prove", &decisions.approved, "--sign-as", "me"];
    let proven = stage.done(&prove, &["decision.pluto"])?;
    let bytes = stage.read("decision.pluto")?;
    let stranger = stage.elsewhere()?;
    std::fs::copy(
        stage.dir().join("decision.pluto"),
        stranger.dir().join("elsewhere/decision.pluto"),
    )
    .map_err(|error| crate::error::NodeError::file("copy", "decision.pluto", error))?;
    stage.say("  $ mkdir elsewhere && cp decision.pluto elsewhere/ && cd elsewhere");
    let verified = stranger.done(&["verify", "decision.pluto"], &[])?;
    stage.say("  $ cd ..");
    let checks = verified.get("checks").and_then(Value::as_array).map_or(0, Vec::len);
    expect("the checks of a bundle", "12", &checks.to_string())?;
    stage.chapter("9. One bit flipped at each place of that file in turn:");
    let Refused { plain, resealed } = every_byte(&bytes)?;
    stage.say(&format!("  {plain} of {} changed files are refused.", bytes.len()));
    stage.say(&format!(
        "  With a new seal that fits each change: {resealed} of {resealed} refused."
    ));
    Ok(json!({
        "file": stage.dir().join("decision.pluto").display().to_string(),
        "bytes": proven.get("bytes"),
        "checks": checks,
        "flips_refused": plain,
        "resealed_flips_refused": resealed,
    }))
}

fn audit(stage: &Stage<'_>) -> Result<Value> {
    stage.chapter("10. All decisions in one file that also shows that none is missing:");
    let exported = stage.done(&["audit", "export", "--sign-as", "me"], &["audit.pluto"])?;
    let verified = stage.done(&["verify", "audit.pluto"], &[])?;
    let decisions = verified.get("decisions").and_then(Value::as_array).map_or(0, Vec::len);
    let count = |value: Option<&Value>| value.map(ToString::to_string).unwrap_or_default();
    expect("the audit", &count(exported.get("decisions")), &decisions.to_string())?;
    Ok(json!({
        "file": stage.dir().join("audit.pluto").display().to_string(),
        "bytes": exported.get("bytes"),
        "decisions": decisions,
    }))
}
