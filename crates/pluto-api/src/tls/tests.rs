//! Certificates made here, loaded, replaced and refused.

use std::os::unix::fs::PermissionsExt;

use super::*;

const NOW_S: i64 = 1_800_000_000;

fn names() -> Vec<String> {
    ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec()
}

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        files.write(&dev::make(&names(), NOW_S).unwrap());
        files
    }

    fn paths(&self) -> (PathBuf, PathBuf) {
        (self.folder.path().join("cert.pem"), self.folder.path().join("key.pem"))
    }

    fn write(&self, made: &dev::DevCertificate) {
        let (certificate, key) = self.paths();
        fs::write(certificate, &made.certificate).unwrap();
        fs::write(&key, made.key.as_bytes()).unwrap();
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn chain(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

#[test]
fn a_development_certificate_is_trusted_for_its_names_alone() {
    let made = dev::make(&names(), NOW_S).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(chain(&made.authority)).unwrap();
    let verifier = rustls::client::WebPkiServerVerifier::builder_with_provider(
        Arc::new(roots),
        Arc::new(default_provider()),
    );
    let verifier = verifier.build().unwrap();
    let verify = |name: &str, at_s: i64| {
        let at = std::time::Duration::from_secs(u64::try_from(at_s).unwrap());
        let at = rustls::pki_types::UnixTime::since_unix_epoch(at);
        let name = rustls::pki_types::ServerName::try_from(name.to_owned()).unwrap();
        let verifier: &dyn rustls::client::danger::ServerCertVerifier = verifier.as_ref();
        verifier.verify_server_cert(&chain(&made.certificate), &[], &name, &[], at).is_ok()
    };
    for name in ["localhost", "127.0.0.1", "::1"] {
        assert!(verify(name, NOW_S), "{name}");
    }
    assert!(!verify("example.com", NOW_S));
    assert!(!verify("localhost", NOW_S + (dev::DAYS + 1) * 86_400));
    assert!(!verify("localhost", NOW_S - 86_400));
    assert!(!made.authority.contains("PRIVATE"));
    assert!(dev::make(&[], NOW_S).is_err());
    assert!(dev::make(&vec!["a".to_owned(); dev::NAMES_MAX + 1], NOW_S).is_err());
    assert!(dev::make(&["not a name\u{e9}".to_owned()], NOW_S).is_err());
}

#[test]
fn a_certificate_is_read_again_when_its_files_change() {
    let files = Files::new();
    let (certificate, key) = files.paths();
    let tls = Tls::load(&certificate, &key).unwrap();
    assert!(!tls.is_real());
    assert!(!tls.reload().unwrap());
    let before = tls.config();
    files.write(&dev::make(&names(), NOW_S).unwrap());
    assert!(tls.reload().unwrap());
    assert!(!Arc::ptr_eq(&before, &tls.config()));
    // A broken file leaves the one that was there, and is not tried again.
    let before = tls.config();
    fs::write(&certificate, "half").unwrap();
    assert_eq!(tls.reload().unwrap_err().code().id(), "API-0114");
    assert!(!tls.reload().unwrap());
    assert!(Arc::ptr_eq(&before, &tls.config()));
}

#[test]
fn files_that_do_not_fit_are_refused() {
    let files = Files::new();
    let (certificate, key) = files.paths();
    let refused = || Tls::load(&certificate, &key).err().map(|error| error.to_string());
    assert_eq!(refused(), None);
    let other = dev::make(&names(), NOW_S).unwrap();
    fs::write(&certificate, &other.certificate).unwrap();
    assert!(refused().unwrap().contains("not that of the certificate"));
    files.write(&other);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o604)).unwrap();
    assert!(refused().unwrap().contains("others cannot read"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&key, &other.certificate).unwrap();
    assert!(refused().unwrap().contains("private key"));
    fs::write(&certificate, "x".repeat(300 * 1024)).unwrap();
    assert!(refused().unwrap().contains("too long"));
    fs::remove_file(&certificate).unwrap();
    assert!(refused().is_some());
}
