//! What an operator set for the HTTP face, and the files of it in the data directory.
//!
//! ```text
//! <data>/http.toml        names, origins, certificate, identities, issuers of tokens
//! <data>/token.key        the secret that this node makes tokens with, mode 0600
//! <data>/tokens.revoked   ids of tokens that hold no longer, one a line
//! <data>/tls/             what `pluto cert dev` makes
//! ```

use std::collections::{BTreeSet, HashSet};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use pluto_api::auth::{
    AUDIENCE, FILE_BYTES_MAX, Issuer, LocalIssuer, REVOKED_MAX, TokenKey, Tokens,
};
use pluto_api::limits::{RATE_MAX, Rates};
use pluto_api::principal::Role;
use pluto_core::{Digest, hex};
use pluto_error::Result;
use pluto_p2p::driver::new_node_key;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::error::NodeError;
use crate::settings::{load, read, unfit};

/// The longest settings in bytes.
const SETTINGS_BYTES_MAX: usize = 256 * 1024;
/// The longest list of tokens that were taken back, in bytes.
const REVOKED_BYTES_MAX: usize = 16 * 1024 * 1024;

/// `http.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// Names under which others reach the node: `node.example`, `node.example:4717`.
    pub hosts: BTreeSet<String>,
    /// Origins of pages that may ask: `https://page.example`.
    pub origins: BTreeSet<String>,
    /// An address that sends everybody on to the encrypted face.
    pub redirect: Option<SocketAddr>,
    /// A file with a policy `door`, instead of the one that is built in.
    pub policy: Option<PathBuf>,
    /// How often who may ask.
    pub limits: Rates,
    /// The certificate.
    pub tls: Option<TlsConfig>,
    /// Identities that may sign requests.
    pub identity: Vec<IdentityConfig>,
    /// Whose tokens are taken, beside the node's own.
    pub issuer: Vec<IssuerConfig>,
}

/// A certificate with its key, relative to the data directory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The chain, in PEM.
    pub certificate: PathBuf,
    /// The key, in PEM.
    pub key: PathBuf,
    /// Whether the face is served over HTTP/3 too.
    #[serde(default)]
    pub http3: bool,
}

/// An identity that may sign requests.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityConfig {
    /// `did:key:…`, or the DID of an identity that a realm here knows.
    pub did: String,
    /// What it may do at most.
    pub role: String,
    /// Narrower rights.
    #[serde(default)]
    pub scopes: BTreeSet<String>,
    /// The realm whose word about the active key counts; without it all realms must say the same.
    pub realm: Option<String>,
}

/// Whose tokens are taken.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// `iss`.
    pub issuer: String,
    /// `aud`; `pluto` where it is not said.
    pub audience: Option<String>,
    /// A JWKS document, or one public key in PEM.
    pub keys: PathBuf,
    /// The id of a key in PEM.
    pub kid: Option<String>,
    /// The highest role of its tokens.
    pub role: String,
}

impl HttpConfig {
    /// What is set in `data`; the default where nothing is.
    ///
    /// # Errors
    /// `NOD-0004` for a file that cannot be read, `NOD-0007` for one that says something else.
    pub fn load(data: &Path) -> Result<Self> {
        let path = data.join("http.toml");
        let config: Self = load(&path, SETTINGS_BYTES_MAX)?;
        match config.limits.unfit() {
            None => Ok(config),
            Some(name) => {
                let found =
                    format!("`limits.{name}` needs `burst` and `per_s` from 1 to {RATE_MAX}");
                Err(unfit(&path, &found).into())
            }
        }
    }

    /// Everything about bearer tokens, read from the files.
    ///
    /// # Errors
    /// `NOD-0004` and `NOD-0007` for files that cannot be used, `API-0113` for keys that do not fit.
    pub fn tokens(&self, data: &Path) -> Result<Tokens> {
        let mut tokens = Tokens::default();
        local_issuer(data)?.allow(&mut tokens.keys)?;
        for config in &self.issuer {
            let path = data.join(&config.keys);
            let text = read(&path, FILE_BYTES_MAX)?;
            let text = text.ok_or_else(|| NodeError::file("read", &path, missing()))?;
            let issuer = Issuer {
                issuer: config.issuer.clone(),
                audience: config.audience.clone().unwrap_or_else(|| AUDIENCE.to_owned()),
                role_max: role(&config.role)?,
            };
            match &config.kid {
                Some(kid) => tokens.keys.add(kid, TokenKey::from_pem(&text)?, issuer)?,
                None => tokens.keys.add_jwks(&text, &issuer)?,
            }
        }
        tokens.revoked = revoked(data)?;
        Ok(tokens)
    }

    /// The files whose change changes who is let in.
    #[must_use]
    pub fn files(&self, data: &Path) -> Vec<PathBuf> {
        let keys = self.issuer.iter().map(|issuer| data.join(&issuer.keys));
        keys.chain([data.join("token.key"), revoked_path(data)]).collect()
    }
}

/// The id of a new token: 128 random bits, in hexadecimal.
///
/// # Errors
/// Those of the system's random bytes.
pub fn token_id() -> Result<String> {
    let mut id = Digest(new_node_key()?).to_string();
    id.truncate(32);
    Ok(id)
}

/// The role of a word in settings.
///
/// # Errors
/// `NOD-0007`.
pub fn role(word: &str) -> Result<Role> {
    let bad = || {
        NodeError::BadArgument("expected one of the roles `reader`, `writer`, `admin`".to_owned())
    };
    Ok(Role::parse(word).ok_or_else(bad)?)
}

/// What makes the node's own tokens; its secret is made on first use.
///
/// # Errors
/// `NOD-0004` when the file cannot be used.
pub fn local_issuer(data: &Path) -> Result<LocalIssuer> {
    let path = data.join("token.key");
    let secret: Zeroizing<[u8; 32]> = match read(&path, 128)?.map(Zeroizing::new) {
        Some(text) => {
            let text = std::str::from_utf8(&text).ok().and_then(|text| hex::parse(text.trim()));
            let bad = || std::io::Error::other("not 64 hexadecimal digits");
            Zeroizing::new(text.ok_or_else(|| NodeError::file("read", &path, bad()))?)
        }
        None => {
            let secret = new_node_key().map(Zeroizing::new)?;
            let text = Zeroizing::new(Digest(*secret).to_string());
            let mut options = OpenOptions::new();
            let file = options.write(true).create_new(true).mode(0o600).open(&path);
            file.and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            })
            .map_err(|error| NodeError::file("create", &path, error))?;
            secret
        }
    };
    Ok(LocalIssuer::new(&secret)?)
}

fn revoked_path(data: &Path) -> PathBuf {
    data.join("tokens.revoked")
}

fn revoked(data: &Path) -> Result<HashSet<String>> {
    let path = revoked_path(data);
    let text = read(&path, REVOKED_BYTES_MAX)?.unwrap_or_default();
    let text = std::str::from_utf8(&text).map_err(|_| unfit(&path, "no text"))?;
    let ids: HashSet<String> = text.lines().map(str::to_owned).collect();
    if ids.len() > REVOKED_MAX {
        return Err(unfit(&path, "too many tokens; make a new `token.key`").into());
    }
    Ok(ids)
}

/// From now on the token with this id holds no longer.
///
/// # Errors
/// `NOD-0004`, and `NOD-0007` for an id that none has.
pub fn revoke(data: &Path, id: &str) -> Result<()> {
    if id.is_empty() || id.len() > 256 || id.chars().any(char::is_control) {
        let said = "expected the id of a token, as `pluto token new` shows it";
        return Err(NodeError::BadArgument(said.to_owned()).into());
    }
    let path = revoked_path(data);
    let mut options = OpenOptions::new();
    let file = options.append(true).create(true).mode(0o600).open(&path);
    file.and_then(|mut file| {
        file.write_all(format!("{id}\n").as_bytes())?;
        file.sync_all()
    })
    .map_err(|error| NodeError::file("write", &path, error).into())
}

pub(super) fn missing() -> std::io::Error {
    std::io::Error::from(ErrorKind::NotFound)
}

#[cfg(test)]
mod tests;
