//! What stands before the HTTP face of a node: settings, identities, the policy, the certificate.

mod config;
mod directory;
mod policy;

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use pluto_api::auth::{Authenticator, Gate, Needs};
use pluto_api::browsers::Browsers;
use pluto_api::front::HAS_HTTP3;
use pluto_api::limits::Limits;
use pluto_api::tls::Tls;
use pluto_core::traits::Clock;
use pluto_ecl::limits::SOURCE_BYTES_MAX;
use pluto_error::Result;

pub use config::{
    HttpConfig, IdentityConfig, IssuerConfig, TlsConfig, local_issuer, revoke, role, token_id,
};
pub use directory::Identities;
pub use policy::{DOOR, DoorPolicy};

use crate::error::NodeError;
use crate::node::{Node, SystemClock};
use crate::settings;

/// Everything before the routes, put together from the data directory.
pub struct FrontGate {
    data: PathBuf,
    config: HttpConfig,
    authenticator: Arc<Authenticator>,
    gate: Arc<Gate>,
    tls: Option<Arc<Tls>>,
    stamp: Mutex<Stamp>,
}

/// Inode, time and size of files: when they differ, a file has changed.
type Stamp = Vec<Option<(u64, i64, i64, u64)>>;

impl FrontGate {
    /// Reads settings, keys, policy and certificate. `needs` says what each route asks for.
    ///
    /// # Errors
    /// Those of [`HttpConfig`], [`Identities`], [`DoorPolicy`] and [`Tls`].
    pub fn open(node: Arc<Node>, data: &Path, needs: Box<Needs>) -> Result<Self> {
        let config = HttpConfig::load(data)?;
        // Made on first use: a file that comes only later would count as a change.
        local_issuer(data)?;
        let stamp = stamp(&config.files(data));
        let directory = Arc::new(Identities::of(node, &config.identity)?);
        let authenticator = Arc::new(Authenticator::new(directory, config.tokens(data)?));
        let policy = match &config.policy {
            None => DoorPolicy::compile(DOOR)?,
            Some(path) => DoorPolicy::compile(&source(&data.join(path))?)?,
        };
        let tls = config
            .tls
            .as_ref()
            .map(|tls| Tls::load(&data.join(&tls.certificate), &data.join(&tls.key)).map(Arc::new));
        let gate = Arc::new(Gate {
            authenticator: Arc::clone(&authenticator),
            authoriser: Arc::new(policy),
            needs,
            rates: config.limits,
            limits: Limits::default(),
            now_ms: Box::new(|| SystemClock.now_ms()),
        });
        let (data, tls) = (data.to_owned(), tls.transpose()?);
        Ok(Self { data, config, authenticator, gate, tls, stamp: Mutex::new(stamp) })
    }

    /// The middleware's part: who asks, may they, how often.
    #[must_use]
    pub fn gate(&self) -> Arc<Gate> {
        Arc::clone(&self.gate)
    }

    /// The certificate, if there is one.
    #[must_use]
    pub fn tls(&self) -> Option<Arc<Tls>> {
        self.tls.clone()
    }

    /// The middleware's part about browsers, for a listener at this address.
    #[must_use]
    pub fn browsers(&self, address: SocketAddr) -> Arc<Browsers> {
        let (hosts, origins) = (self.config.hosts.clone(), self.config.origins.clone());
        Arc::new(Browsers { hosts, origins, tls: self.tls.clone() }.at(address))
    }

    /// Whether this address may be served: anything but the loopback interface needs a certificate and
    /// the names under which others reach it.
    ///
    /// # Errors
    /// `NOD-0007`.
    pub fn check_address(&self, address: SocketAddr) -> Result<()> {
        if address.ip().is_loopback() || (self.tls.is_some() && !self.config.hosts.is_empty()) {
            return Ok(());
        }
        let said = "expected a loopback address, or `hosts` and `[tls]` in `http.toml`";
        Err(NodeError::BadArgument(said.to_owned()).into())
    }

    /// The address from which everybody is sent on to the encrypted face, if one is set.
    ///
    /// # Errors
    /// `NOD-0007` without a certificate that browsers trust: they would be sent into a warning.
    pub fn redirect(&self) -> Result<Option<SocketAddr>> {
        let Some(address) = self.config.redirect else { return Ok(None) };
        if !self.tls.as_ref().is_some_and(|tls| tls.is_real()) {
            let said = "`redirect` in `http.toml`: expected `[tls]` with another certificate than \
                        one for development";
            return Err(NodeError::BadArgument(said.to_owned()).into());
        }
        self.check_address(address)?;
        Ok(Some(address))
    }

    /// Whether the face is served over HTTP/3 too.
    ///
    /// # Errors
    /// `NOD-0007` where this build cannot: what was asked for is not left out silently.
    pub fn http3(&self) -> Result<bool> {
        let is_wanted = self.config.tls.as_ref().is_some_and(|tls| tls.http3);
        if is_wanted && !HAS_HTTP3 {
            let said = "`http3` in `http.toml`: this build is without the feature `http3`";
            return Err(NodeError::BadArgument(said.to_owned()).into());
        }
        Ok(is_wanted)
    }

    /// Where a browser finds the face that is served at this address.
    #[must_use]
    pub fn url(&self, address: SocketAddr) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        let name = self.config.hosts.first().filter(|_| address.ip().is_unspecified());
        let host = match name {
            Some(name) if name.contains(':') => name.clone(),
            Some(name) => format!("{name}:{}", address.port()),
            None => address.to_string(),
        };
        format!("{scheme}://{host}")
    }

    /// Reads the certificate, keys, and tokens taken back again, if one of the files has changed; says
    /// whether.
    ///
    /// # Errors
    /// Those of [`Tls::reload`] and [`HttpConfig::tokens`]; what held before holds on, and the files are
    /// read again only when they have changed once more.
    pub fn refresh(&self) -> Result<bool> {
        // A certificate that does not fit must not keep a token that was taken back in use.
        let tokens = self.refresh_tokens();
        let tls = self.tls.as_ref().map_or(Ok(false), |tls| tls.reload());
        Ok(tokens? | tls?)
    }

    fn refresh_tokens(&self) -> Result<bool> {
        let now = stamp(&self.config.files(&self.data));
        {
            let mut stamp = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
            if *stamp == now {
                return Ok(false);
            }
            *stamp = now;
        }
        self.authenticator.replace_tokens(self.config.tokens(&self.data)?);
        Ok(true)
    }
}

/// Where the administrator's socket is.
#[must_use]
pub fn local_socket_path(data: &Path) -> PathBuf {
    data.join("http.sock")
}

/// The administrator's socket: `<data>/http.sock`, for the owner of the directory alone.
///
/// # Errors
/// `NOD-0004`, for example when the path is longer than the system allows (108 bytes).
pub fn local_socket(data: &Path) -> Result<UnixListener> {
    let path = local_socket_path(data);
    let failed = |error| NodeError::file("create", &path, error);
    // Whoever opens a node holds its lock, so what is left is from one that was killed. The socket is
    // made in a folder that nobody else can enter and moved when its mode is right.
    let _ = fs::remove_file(&path);
    let folder = data.join(format!(".http.{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).map_err(failed)?;
    let made = fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).and_then(|()| {
        let beside = folder.join("s");
        let listener = UnixListener::bind(&beside)?;
        fs::set_permissions(&beside, PermissionsExt::from_mode(0o600))?;
        fs::rename(&beside, &path)?;
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    let _ = fs::remove_dir_all(&folder);
    Ok(made.map_err(failed)?)
}

fn source(path: &Path) -> Result<String> {
    let text = settings::read(path, SOURCE_BYTES_MAX)?;
    let text = text.ok_or_else(|| NodeError::file("read", path, config::missing()))?;
    let no_text = |_| NodeError::file("read", path, std::io::Error::other("no text"));
    Ok(String::from_utf8(text).map_err(no_text)?)
}

fn stamp(paths: &[PathBuf]) -> Stamp {
    let of = |path: &PathBuf| {
        let data = fs::metadata(path).ok()?;
        Some((data.ino(), data.mtime(), data.mtime_nsec(), data.len()))
    };
    paths.iter().map(of).collect()
}

#[cfg(test)]
mod tests;
