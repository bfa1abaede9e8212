//! TLS: certificate and key from two files of the operator, read again when they change.
//!
//! TLS 1.3 alone, by the provider that the network between nodes brings anyway; HTTP/2 by ALPN. A file
//! that is half written or does not fit leaves the certificate in place that was there.

pub mod dev;

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use pluto_error::{Code, Coded, Result};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::auth::codes;

/// Longest certificate or key file in bytes.
pub const FILE_BYTES_MAX: u64 = 256 * 1024;
const CERTIFICATES_MAX: usize = 16;
/// What anybody but the owner and the group may not do with a key file.
const OTHERS: u32 = 0o007;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file.
    #[error("cannot read `{path}`")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What a file says.
    #[error("`{path}`: {why}")]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What was expected.
        why: &'static str,
    },
    /// What cannot be made.
    #[error("cannot make a certificate: {0}")]
    NotMade(String),
}

impl Coded for TlsError {
    fn code(&self) -> Code {
        codes::BAD_TLS
    }
}

/// What a certificate was loaded from: when it differs, the files have changed.
type Stamp = Vec<(u64, i64, i64, u64)>;

struct Loaded {
    config: Arc<ServerConfig>,
    is_real: bool,
}

/// A certificate in use.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    loaded: RwLock<Loaded>,
    stamp: Mutex<Stamp>,
}

impl Tls {
    /// Reads a chain of certificates and its key, both in PEM.
    ///
    /// # Errors
    /// `API-0114`.
    pub fn load(certificate: &Path, key: &Path) -> Result<Self> {
        let stamp = stamp(&[certificate, key])?;
        let loaded = RwLock::new(load(certificate, key)?);
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        Ok(Self { certificate, key, loaded, stamp: Mutex::new(stamp) })
    }

    /// Reads the files again if they have changed; says whether they had.
    ///
    /// # Errors
    /// `API-0114`; what was loaded before stays in use, and the files are read again only when they
    /// have changed once more.
    pub fn reload(&self) -> Result<bool> {
        let now = stamp(&[&self.certificate, &self.key])?;
        {
            let mut stamp = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
            if *stamp == now {
                return Ok(false);
            }
            *stamp = now;
        }
        let loaded = load(&self.certificate, &self.key)?;
        *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = loaded;
        Ok(true)
    }

    /// What connections are accepted by now.
    #[must_use]
    pub fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner).config)
    }

    /// Whether the certificate is another than one of `pluto cert dev`.
    #[must_use]
    pub fn is_real(&self) -> bool {
        self.loaded.read().unwrap_or_else(PoisonError::into_inner).is_real
    }
}

fn stamp(paths: &[&Path]) -> Result<Stamp, TlsError> {
    let of = |path: &&Path| {
        let data = fs::metadata(path);
        let data = data.map_err(|source| TlsError::File { path: path.to_path_buf(), source })?;
        Ok((data.ino(), data.mtime(), data.mtime_nsec(), data.len()))
    };
    paths.iter().map(of).collect()
}

fn load(certificate: &Path, key: &Path) -> Result<Loaded, TlsError> {
    let unfit = |path: &Path, why| TlsError::Unfit { path: path.to_owned(), why };
    let chain = CertificateDer::pem_slice_iter(&read(certificate)?)
        .take(CERTIFICATES_MAX)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| unfit(certificate, "expected certificates in PEM"))?;
    let leaf = chain.first();
    let leaf = leaf.ok_or_else(|| unfit(certificate, "expected a certificate, found none"))?;
    let is_real = !dev::is_dev(leaf);
    let mode =
        fs::metadata(key).map_err(|source| TlsError::File { path: key.to_owned(), source })?.mode();
    if mode & OTHERS != 0 {
        return Err(unfit(key, "expected a key that others cannot read; `chmod o= <file>`"));
    }
    let secret = PrivateKeyDer::from_pem_slice(&read(key)?)
        .map_err(|_| unfit(key, "expected a private key in PEM"))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(|_| unfit(certificate, "TLS 1.3 is not there"))?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|_| unfit(key, "the key is not that of the certificate"))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Loaded { config: Arc::new(config), is_real })
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let failed = |source| TlsError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(TlsError::Unfit { path: path.to_owned(), why: "the file is too long" });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
