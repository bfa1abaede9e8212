//! `pluto cert` and `pluto token`.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use pluto_api::auth::Wish;
use pluto_api::principal::Role;
use pluto_api::tls::dev;
use pluto_core::traits::Clock;
use pluto_error::Result;
use serde_json::json;

use super::Context;
use crate::cli::{CertCommand, RoleWord, TokenCommand};
use crate::error::NodeError;
use crate::node::gate::{local_issuer, revoke, token_id};
use crate::node::{SystemClock, store_dir};
use crate::output::{row, table};
use crate::replace::replace;

/// Names that every certificate for development has.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

pub(super) fn cert(context: &Context, command: &CertCommand) -> Result<()> {
    let CertCommand::Dev { names } = command;
    initialised(context)?;
    let mut all: Vec<String> = NAMES.map(str::to_owned).to_vec();
    all.extend(names.iter().filter(|name| !NAMES.contains(&name.as_str())).cloned());
    let now_s = i64::try_from(SystemClock.now_ms() / 1000).unwrap_or(i64::MAX);
    let made = dev::make(&all, now_s)?;
    let folder = context.data.join("tls");
    let mut builder = fs::DirBuilder::new();
    let created = builder.recursive(true).mode(0o700).create(&folder);
    created.map_err(|error| NodeError::file("create", &folder, error))?;
    let authority = folder.join("dev-ca.pem");
    // The key first: a running node reads both anew when the second is there.
    secret(&folder.join("key.pem"), made.key.as_bytes())?;
    replace(&folder.join("cert.pem"), made.certificate.as_bytes())?;
    replace(&authority, made.authority.as_bytes())?;
    let shown = authority.display();
    context.out.show(
        &json!({ "authority": shown.to_string(), "names": all, "days": dev::DAYS }),
        &format!(
            "{}\n\nTo use it, put this into `http.toml`:\n\n[tls]\ncertificate = \
             \"tls/cert.pem\"\nkey = \"tls/key.pem\"",
            table(&[
                row("names", all.join(", ")),
                row("holds for", format!("{} days", dev::DAYS)),
                row("to be trusted by the browser", shown.to_string()),
            ])
        ),
    );
    Ok(())
}

pub(super) fn token(context: &Context, command: &TokenCommand) -> Result<()> {
    initialised(context)?;
    match command {
        TokenCommand::New { subject, role, scopes, life_ms } => {
            let id = token_id()?;
            let wish = Wish {
                subject: subject.clone(),
                role: (*role).into(),
                scopes: scopes.clone(),
                life_s: life_ms / 1000,
                id: id.clone(),
            };
            let now_s = SystemClock.now_ms() / 1000;
            let token = local_issuer(&context.data)?.mint(&wish, now_s)?;
            let value = json!({
                "token": token, "id": id, "role": wish.role.as_str(),
                "expires_s": now_s.saturating_add(wish.life_s),
            });
            context.out.show(&value, &format!("{token}\n\nTake it back: pluto token revoke {id}"));
        }
        TokenCommand::Revoke { id } => {
            revoke(&context.data, id)?;
            context.out.show(&json!({ "revoked": id }), &format!("Token `{id}` holds no longer."));
        }
    }
    Ok(())
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Reader => Self::Reader,
            RoleWord::Writer => Self::Writer,
            RoleWord::Admin => Self::Admin,
        }
    }
}

fn initialised(context: &Context) -> Result<()> {
    match store_dir(&context.data).is_dir() {
        true => Ok(()),
        false => Err(NodeError::NotInitialised(context.data.clone()).into()),
    }
}

/// Replaces a file that nobody else may read.
fn secret(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error| NodeError::file("write", path, error);
    let beside = path.with_extension("new");
    let _ = fs::remove_file(&beside);
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(&beside);
    let written = file.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&beside, path)).map_err(failed)?;
    Ok(())
}
