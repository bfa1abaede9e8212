//! What mutation starts from: the golden files, and a few texts.

use std::io;
use std::path::PathBuf;

use pluto_core::payload::{Inception, inception_of};
use pluto_core::{Canonical, Kind, Run};

use super::{blobs, engines, storage};

const TEXTS: &[(&str, &str)] = &[
    ("text-did", "did:erynoa:spirit:11111111111111111111111111111111"),
    ("text-did", "did:erynoa:self:JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFG"),
    ("text-did-key", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"),
    ("text-id", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"),
    (
        "text-invite",
        "pluto:realm/00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff@/ip4/127.0.0.1/tcp/4100/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN",
    ),
    ("text-pattern", "db:re*\ndb:read"),
    ("text-pattern", "a/**\na/b*/c:*"),
    ("text-pattern", "prod/*/users:**"),
    (
        "text-http-keys",
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
    ),
    (
        "text-http-keys",
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n",
    ),
    (
        "text-http-signature",
        "sig=(\"@method\" \"@target-uri\");created=1800000000;nonce=\"0123456789\";keyid=\"did:key:z\"\nsig=:AAAA:",
    ),
    ("text-http-trace", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
    ("text-http-token", "eyJhbGciOiJFZERTQSIsImtpZCI6ImsifQ.e30.AAAA"),
    ("text-mcp-call", r#"{"path":"./src/a.rs","n":-1,"f":0.5,"l":[1,{"b":null}]}"#),
    ("text-mcp-call", r#"{"path":"https://host/a/../%2e%2e/b","role":"owner"}"#),
    (
        "text-mcp-proxy",
        "server = 's'\ncommand = ['c']\n[limits]\ncalls_max = 2\n[tools.t]\namount = 1\n",
    ),
    (
        "text-mcp-question",
        r#"{"action":"a","resource":"r","amount":1,"context":{"x":{"fixed":"1"}}}"#,
    ),
    ("text-ratings", "6,2,4,1289241911.72836\n6,5,-10,1289241941\n\n1,15,1,1289243140\n"),
    ("text-ratings", "source,target,rating,time\n4294967295,0,0,9007199254740992\n"),
];

const PAYLOADS: &[(&str, Kind)] = &[
    ("payload-action-decided-", Kind::ActionDecided),
    ("payload-approval-given-", Kind::ApprovalGiven),
    ("payload-attestation-", Kind::Attestation),
    ("payload-checkpoint-chained-", Kind::CheckpointSigned),
    ("payload-checkpoint-round-", Kind::CheckpointSigned),
    ("payload-checkpoint-signed-", Kind::CheckpointSigned),
    ("payload-execution-completed-", Kind::ExecutionCompleted),
    ("payload-grant-revoked-", Kind::DelegationRevoked),
    ("payload-grant-", Kind::DelegationCreated),
    ("payload-credential-issued-", Kind::CredentialIssued),
    ("payload-credential-revoked-", Kind::CredentialRevoked),
    ("payload-key-rotated-", Kind::KeyRotated),
    ("payload-recovery-initiated-", Kind::RecoveryInitiated),
    ("payload-inception-", Kind::IdentityBootstrapped),
    ("payload-membership-change-", Kind::MembershipChange),
    ("payload-realm-genesis-", Kind::RealmGenesis),
    ("payload-realm-lifecycle-", Kind::RealmLifecycle),
    ("payload-quarantine-change-", Kind::RealmQuarantineChange),
    ("payload-saga-progress-", Kind::SagaProgress),
    ("payload-proposal-created-", Kind::ProposalCreated),
    ("payload-proposal-resolved-", Kind::ProposalResolved),
    ("payload-vote-cast-", Kind::VoteCast),
    ("payload-crossing-opened-", Kind::CrossingOpened),
    ("payload-crossing-evaluated-", Kind::CrossingEvaluated),
    ("payload-room-change-", Kind::RoomChange),
    ("payload-archive-change-", Kind::ArchiveChange),
    ("payload-blueprint-action-", Kind::BlueprintAction),
    ("payload-record-deleted-", Kind::RecordDeleted),
    ("payload-record-put-", Kind::RecordPut),
    ("payload-witnesses-declared-", Kind::WitnessesDeclared),
];

/// The folder of golden files.
pub(super) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/formats/golden")
}

/// The seeds of the target of that name.
///
/// # Errors
/// When the golden files cannot be read.
pub fn seeds(target: &str) -> io::Result<Vec<Vec<u8>>> {
    let mut seeds: Vec<Vec<u8>> = TEXTS
        .iter()
        .filter(|(name, _)| *name == target)
        .map(|(_, text)| text.as_bytes().to_vec())
        .collect();
    for (name, bytes) in golden_files()? {
        let unversioned = name.replacen("-v1", "", 1).replacen("-v2", "", 1);
        if target == "sync-machine" && name.starts_with("sync-v1-") {
            let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
            seeds.push([&length.to_be_bytes()[..], &bytes].concat());
        } else if unversioned.strip_prefix(target).is_some_and(|rest| rest.starts_with(['-', '.']))
        {
            seeds.push(bytes);
        } else if target == "engines" {
            let kind = PAYLOADS.iter().find(|(prefix, _)| name.starts_with(prefix));
            seeds.extend(kind.map(|(_, kind)| engines::input(*kind, &bytes)));
        } else if target == "signature" && name.starts_with("run-") {
            seeds.extend(signed(&bytes));
        }
    }
    let [segment, index, erased] = storage::seeds();
    match target {
        "blob-machine" => seeds.push(blobs::seed()),
        "engines" => seeds.push(engines::inception()),
        "log" => seeds.extend([segment, erased].map(Clone::clone)),
        "index" => seeds.push(index.clone()),
        "ecl-source" => seeds.extend(policies()?),
        "ecl-engines" => seeds.extend((1..32).map(|byte| vec![byte; 64])),
        _ => {}
    }
    Ok(seeds)
}

/// Names and contents, in order of names.
fn golden_files() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder())? {
        let entry = entry?;
        files
            .push((entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path())?));
    }
    files.sort();
    Ok(files)
}

/// The examples of the reference of the language.
fn policies() -> io::Result<Vec<Vec<u8>>> {
    let page = std::fs::read_to_string(folder().join("../../ecl.md"))?;
    let examples = page.split("```ecl\n").skip(1).filter_map(|part| part.split("```").next());
    Ok(examples.map(|example| example.as_bytes().to_vec()).collect())
}

/// Key, signature and message of a run that carries its own key.
fn signed(run: &[u8]) -> Option<Vec<u8>> {
    let run = Run::decode(run).ok()?;
    let inception: Inception = inception_of(run.events.first()?)?;
    let message = Run::signing_message(&run.events)?;
    Some([&inception.key[..], &run.signature.0, &message].concat())
}
