//! Audit files (`docs/formats/audit.md`): the stretch of the log, and every decision in it.

use pluto_decision::audit::verify as verify_audit;
use pluto_identity::Zip215Verifier;

use crate::report::Report;

pub(crate) const MAGIC: &[u8] = b"PLUTOAUD";

pub(crate) fn verify(bytes: &[u8]) -> Report {
    let version = bytes.get(MAGIC.len()).copied().unwrap_or_default();
    let mut report = Report::new(format!("audit, version {version}"));
    let found = verify_audit(bytes, &Zip215Verifier).map_err(|error| error.chain());
    let complete = "nothing that was decided is missing, and every decision comes out again";
    let Some(shown) = report.check(complete, found, |shown| {
        format!("{} decisions in events {} to {}", shown.decisions.len(), shown.first, shown.end)
    }) else {
        return report;
    };
    report.fact("realm", format!("{} `{}`", shown.realm, shown.realm_name));
    crate::bundle::witnesses(&mut report, &shown.attested);
    report.fact("checkpoint", shown.attested.last.checkpoint.number);
    for one in &shown.decisions {
        let (action, resource) = (&one.request.action, &one.request.resource);
        let said = one.answer.said.as_str();
        report.fact(said, format!("{} asked to {action} {resource}", one.actor));
    }
    report
}
