//! Settings as an operator writes them, and secrets that errors do not repeat.

use std::fs;

use pluto_api::auth::Wish;
use pluto_api::limits::Rate;

use super::*;

const SETTINGS: &str = r#"
hosts = ["node.example"]
origins = ["https://page.example"]
policy = "mine.ecl"

[tls]
certificate = "tls/cert.pem"
key = "tls/key.pem"

[[identity]]
did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
role = "writer"
scopes = ["events:write"]

[[issuer]]
issuer = "https://id.example"
keys = "keys.json"
role = "reader"
"#;

#[test]
fn settings_are_read_or_refused_by_name() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(HttpConfig::load(data.path()).unwrap(), HttpConfig::default());
    let write = |text: &str| fs::write(data.path().join("http.toml"), text).unwrap();
    write(SETTINGS);
    let config = HttpConfig::load(data.path()).unwrap();
    assert_eq!(config.identity[0].role, "writer");
    assert_eq!(config.issuer[0].audience, None);
    // The keys that are named must be there.
    assert_eq!(config.tokens(data.path()).err().unwrap().code().id(), "NOD-0004");
    for bad in ["secret = 'SECRET'", "hosts = 'SECRET'", "[tls]\nkey = 'SECRET'", "SECRET"] {
        write(bad);
        let error = HttpConfig::load(data.path()).unwrap_err();
        assert_eq!(error.code().id(), "NOD-0007");
        assert!(!error.chain().contains("'SECRET'"), "{}", error.chain());
    }
    assert!(role("root").is_err());
}

#[test]
fn rates_are_set_within_bounds() {
    let data = tempfile::tempdir().unwrap();
    let load = |text: &str| {
        fs::write(data.path().join("http.toml"), text).unwrap();
        HttpConfig::load(data.path())
    };
    let config = load("[limits]\nread = { burst = 7, per_s = 1000000 }").unwrap();
    let read = Rate { burst: 7, per_s: 1_000_000 };
    assert_eq!(config.limits, Rates { read, ..Rates::default() });
    for bad in [
        "read = { burst = 0, per_s = 1 }",
        "write = { burst = 1, per_s = 0 }",
        "address = { burst = 1000001, per_s = 1 }",
        "read = { burst = 1 }",
        "read = { burst = -1, per_s = 1 }",
        "read = { burst = 1, per_s = 1, per_m = 1 }",
        "stream = { burst = 1, per_s = 1 }",
    ] {
        let error = load(&format!("[limits]\n{bad}")).unwrap_err();
        assert_eq!(error.code().id(), "NOD-0007", "{bad}");
    }
}

#[test]
fn the_secret_of_tokens_lasts_and_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let data = tempfile::tempdir().unwrap();
    let wish = Wish {
        subject: "a".into(),
        role: Role::Reader,
        scopes: Vec::new(),
        life_s: 60,
        id: "1".into(),
    };
    let first = local_issuer(data.path()).unwrap().mint(&wish, 1).unwrap();
    let second = local_issuer(data.path()).unwrap().mint(&wish, 1).unwrap();
    assert_eq!(first, second);
    let mode = fs::metadata(data.path().join("token.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::write(data.path().join("token.key"), "SECRET").unwrap();
    let error = local_issuer(data.path()).err().unwrap();
    assert!(!error.chain().contains("SECRET"));
}

#[test]
fn tokens_are_taken_back_one_by_one() {
    let data = tempfile::tempdir().unwrap();
    for id in ["one", "two"] {
        revoke(data.path(), id).unwrap();
    }
    let tokens = HttpConfig::default().tokens(data.path()).unwrap();
    assert_eq!(tokens.revoked, HashSet::from(["one".to_owned(), "two".to_owned()]));
    for bad in ["", "a\nb"] {
        assert!(revoke(data.path(), bad).is_err());
    }
}
