//! What the served demo has beside the story: another agent, words about both, records, a second realm.

use pluto_error::Result;

use super::stage::Stage;

/// The people and agents of the team, so that there is something to compare.
pub(super) fn play(stage: &Stage<'_>) -> Result<()> {
    stage.chapter("12. More to look at: another agent, words about both, and a second realm:");
    let quiet = &["event"][..];
    stage.done(&["id", "derive", "me", "scout", "--purpose", "agent"], &[])?;
    let create = [
        &["grant", "create", "--to", "scout", "--action", "read", "--action", "list"][..],
        &["--resource", "prod/**", "--resource", "docs/**", "--expires", "8h", "--budget", "500"],
    ]
    .concat();
    stage.done(&create, &["grant"])?;
    let refused = ("deny", "secrets are for people");
    for (action, resource, (outcome, reason)) in [
        ("list", "docs/guide", ("allow", "rule 4")),
        ("read", "docs/guide/first", ("allow", "rule 4")),
        ("read", "prod/api", ("allow", "rule 4")),
        ("read", "prod/secrets", refused),
        ("list", "prod/api", ("allow", "rule 4")),
    ] {
        stage.answered(&["act", action, resource, "--as", "scout"], outcome, reason)?;
    }
    for (subject, value, dimension) in [
        ("bot", "6", "reliability"),
        ("bot", "4", "competence"),
        ("bot", "-3", "vigilance"),
        ("scout", "8", "reliability"),
        ("scout", "7", "integrity"),
        ("scout", "5", "omega"),
    ] {
        stage.done(&["attest", subject, value, "--dimension", dimension], quiet)?;
    }
    stage.done(&["event", "append", "notes", "handover", "scout reads, bot deploys"], quiet)?;
    stage.done(&["checkpoint", "--sign-as", "me"], &[])?;
    stage.done(&["realm", "create", "lab"], &["realm"])?;
    stage
        .done(&["event", "append", "notes", "hello", "a second realm", "--realm", "lab"], quiet)?;
    Ok(())
}
