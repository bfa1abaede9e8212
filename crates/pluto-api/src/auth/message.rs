//! What a message signature covers: the components of a request, and the text that is signed.
//!
//! RFC 9421, sections 2.1, 2.2 and 2.5. Derived components are those of a request, `@query-param`
//! excepted; fields are taken as they stand, their lines joined. Components with parameters are refused: what is not understood cannot be said to be covered.

use std::fmt::Write;

use axum::http::request::Parts;
use axum::http::uri::Scheme;
use sfv::{BareItem, FieldType, InnerList, Item};

use super::error::AuthError;

/// Components that one signature may cover.
pub(super) const COMPONENTS_MAX: usize = 32;

/// A request, with the scheme that it came by.
pub(super) struct Message<'a> {
    parts: &'a Parts,
    scheme: &'static str,
}

impl<'a> Message<'a> {
    pub(super) fn new(parts: &'a Parts, is_encrypted: bool) -> Self {
        Self { parts, scheme: if is_encrypted { "https" } else { "http" } }
    }

    /// The text that is signed: a line for each component, the parameters last.
    pub(super) fn base(&self, input: &InnerList) -> Result<String, AuthError> {
        if input.items.len() > COMPONENTS_MAX {
            return Err(AuthError::Signature("too many components"));
        }
        let mut base = String::new();
        let mut seen = Vec::with_capacity(input.items.len());
        for item in &input.items {
            let name = component_name(item)?;
            if seen.contains(&name) {
                return Err(AuthError::Signature("a component is named twice"));
            }
            seen.push(name);
            let value = self.component(name)?;
            if value.contains(['\n', '\r']) || !value.is_ascii() {
                return Err(AuthError::Signature("a component cannot be signed as it stands"));
            }
            let _ = writeln!(base, "\"{name}\": {value}");
        }
        let params = vec![sfv::ListEntry::InnerList(input.clone())].serialize();
        let params = params.ok_or(AuthError::Signature("no parameters"))?;
        let _ = write!(base, "\"@signature-params\": {params}");
        Ok(base)
    }

    fn component(&self, name: &str) -> Result<String, AuthError> {
        let uri = &self.parts.uri;
        let path = if uri.path().is_empty() { "/" } else { uri.path() };
        let query = uri.query().map_or_else(|| "?".to_owned(), |query| format!("?{query}"));
        Ok(match name {
            "@method" => self.parts.method.as_str().to_owned(),
            "@scheme" => self.scheme.to_owned(),
            "@authority" => self.authority()?,
            "@path" => path.to_owned(),
            "@query" => query,
            "@request-target" => target(uri.query(), path),
            "@target-uri" => {
                format!("{}://{}{}", self.scheme, self.authority()?, target(uri.query(), path))
            }
            derived if derived.starts_with('@') => {
                return Err(AuthError::Signature("a component that is not understood"));
            }
            field => self.field(field)?,
        })
    }

    /// Host and port in lower case, without the port that the scheme implies.
    fn authority(&self) -> Result<String, AuthError> {
        let none = AuthError::Signature("the request names no host");
        let host = authority_of(self.parts).ok_or(none)?.to_ascii_lowercase();
        let port = if self.scheme == Scheme::HTTPS.as_str() { ":443" } else { ":80" };
        Ok(host.strip_suffix(port).map(str::to_owned).unwrap_or(host))
    }

    fn field(&self, name: &str) -> Result<String, AuthError> {
        const BAD: AuthError = AuthError::Signature("a field that is covered is not there");
        let mut lines = Vec::new();
        for value in self.parts.headers.get_all(name) {
            lines.push(value.to_str().map_err(|_| BAD)?.trim());
        }
        if lines.is_empty() { Err(BAD) } else { Ok(lines.join(", ")) }
    }
}

/// The name of the node as the caller wrote it: HTTP/2 has it in the address, HTTP/1.1 in a field.
pub(crate) fn authority_of(parts: &Parts) -> Option<&str> {
    let named = parts.uri.authority().map(axum::http::uri::Authority::as_str);
    named.or_else(|| parts.headers.get("host").and_then(|host| host.to_str().ok()))
}

/// The name of a component; one with parameters is not understood.
pub(super) fn component_name(item: &Item) -> Result<&str, AuthError> {
    match &item.bare_item {
        BareItem::String(name)
            if item.params.is_empty()
                && !name.as_str().contains(|c: char| c.is_ascii_uppercase()) =>
        {
            Ok(name.as_str())
        }
        _ => Err(AuthError::Signature("a component that is not understood")),
    }
}

fn target(query: Option<&str>, path: &str) -> String {
    query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
}
