//! A certificate for development: a local authority, and a certificate of it for this machine.
//!
//! The authority's key never leaves memory and is gone when the certificate is made, and the authority
//! may speak for the names asked for and no other: whoever trusts it trusts it with nothing else. For
//! other names a new authority is made.

use std::net::IpAddr;

use pluto_error::Result;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use time::{Duration, OffsetDateTime};

use super::TlsError;

/// The organisation that every certificate made here names; by it they are told from real ones.
pub const ORGANISATION: &str = "Pluto development certificates";
/// How long both hold: browsers refuse more than 398 days.
pub const DAYS: i64 = 397;
/// Names of a certificate.
pub const NAMES_MAX: usize = 16;

/// What is written to disk, in PEM.
pub struct DevCertificate {
    /// The authority, to be trusted by the browser.
    pub authority: String,
    /// The certificate for the node.
    pub certificate: String,
    /// Its key, a secret.
    pub key: zeroize::Zeroizing<String>,
}

/// Makes an authority and a certificate for these names and addresses.
///
/// # Errors
/// `API-0114` for no names, too many, or names that are none.
pub fn make(names: &[String], now_s: i64) -> Result<DevCertificate> {
    Ok(made(names, now_s)?)
}

fn made(names: &[String], now_s: i64) -> Result<DevCertificate, TlsError> {
    let not_made = |error: rcgen::Error| TlsError::NotMade(error.to_string());
    if names.is_empty() || names.len() > NAMES_MAX {
        return Err(TlsError::NotMade(format!("expected 1 to {NAMES_MAX} names")));
    }
    let mut leaf = CertificateParams::new(names.to_vec()).map_err(not_made)?;
    let now = OffsetDateTime::from_unix_timestamp(now_s)
        .map_err(|_| TlsError::NotMade("the time is out of range".to_owned()))?;
    let mut authority = CertificateParams::default();
    for (params, name) in [(&mut authority, "Pluto development authority"), (&mut leaf, "pluto")] {
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::OrganizationName, ORGANISATION);
        params.distinguished_name.push(DnType::CommonName, name);
        // A clock that is a little behind must not refuse what was made just now.
        params.not_before = now - Duration::hours(1);
        params.not_after = now + Duration::days(DAYS);
    }
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let permitted_subtrees = leaf.subject_alt_names.iter().filter_map(subtree).collect();
    authority.name_constraints =
        Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    let authority_key = KeyPair::generate().map_err(not_made)?;
    let authority = authority.self_signed(&authority_key).map_err(not_made)?;
    let key = KeyPair::generate().map_err(not_made)?;
    let leaf = leaf.signed_by(&key, &authority, &authority_key).map_err(not_made)?;
    Ok(DevCertificate {
        authority: authority.pem(),
        certificate: leaf.pem(),
        key: zeroize::Zeroizing::new(key.serialize_pem()),
    })
}

fn subtree(name: &SanType) -> Option<GeneralSubtree> {
    match name {
        SanType::DnsName(name) => Some(GeneralSubtree::DnsName(name.as_str().to_owned())),
        SanType::IpAddress(IpAddr::V4(address)) => {
            Some(GeneralSubtree::IpAddress(CidrSubnet::V4(address.octets(), [0xff; 4])))
        }
        SanType::IpAddress(IpAddr::V6(address)) => {
            Some(GeneralSubtree::IpAddress(CidrSubnet::V6(address.octets(), [0xff; 16])))
        }
        _ => None,
    }
}

/// Whether a certificate in DER was made here.
pub(super) fn is_dev(certificate: &[u8]) -> bool {
    certificate.windows(ORGANISATION.len()).any(|window| window == ORGANISATION.as_bytes())
}
