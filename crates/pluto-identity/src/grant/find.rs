//! Finds grants that may allow a request, without walking a chain.

use super::chain::Asked;
use super::id::GrantId;
use super::record::GrantRecordRef;

/// The grants among `entries` that by themselves cover what is asked: the actor's own, not revoked, not
/// expired at the time asked, with patterns that match. Those that rest on the fewest others come
/// first, then those that end last.
///
/// `entries` are keys and values of component `Controller`; others than grants are passed over. What is
/// found here is only worth asking [`authorise`](super::authorise) about, which looks at the whole
/// chain.
pub fn covering<'a>(
    entries: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    asked: &Asked<'_>,
) -> Vec<GrantId> {
    let mut found: Vec<(u8, u64, GrantId)> = entries
        .into_iter()
        .filter_map(|(key, value)| {
            let (b'g', id) = key.split_first()? else { return None };
            let id = GrantId(id.try_into().ok()?);
            let record = GrantRecordRef::decode(value).ok()?;
            let grant = record.grant;
            let covers = grant.delegate == asked.actor
                && record.revoked.is_none()
                && asked.at_ms < grant.expires_ms
                && grant.allows_action(asked.action)
                && grant.allows_resource(asked.resource);
            covers.then_some((record.depth, u64::MAX - grant.expires_ms, id))
        })
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, _, id)| id).collect()
}

#[cfg(test)]
mod tests;
