//! Parts of lists: of what is sorted, and of the entries of a map.

use pluto_api::http::Page;
use pluto_error::Result;
use pluto_merkle::map::StateMap;

use crate::error::NodeError;

/// The entries of a map behind the page's place that `shown` makes something of, and where they end.
pub(super) fn of_map<T>(
    map: &StateMap,
    page: &Page,
    shown: impl Fn(&[u8], &[u8]) -> Option<T>,
) -> Result<(Vec<T>, Option<Vec<u8>>)> {
    let mut entries = map.iter();
    if let Some(after) = &page.after {
        entries.find(|(key, _)| *key == after.as_slice()).ok_or_else(gone)?;
    }
    let (mut items, mut last) = (Vec::new(), None);
    for (key, value) in entries {
        let Some(item) = shown(key, value) else { continue };
        if items.len() == page.limit {
            return Ok((items, last));
        }
        items.push(item);
        last = Some(key.to_vec());
    }
    Ok((items, None))
}

/// The part of an ascending list behind the page's place, and where it ends.
pub(super) fn of_sorted<T: Copy>(
    all: &[T],
    page: &Page,
    key: impl Fn(&T) -> [u8; 32],
) -> (Vec<T>, Option<Vec<u8>>) {
    let after = page.after.as_deref();
    let first = all.partition_point(|one| after.is_some_and(|after| key(one).as_slice() <= after));
    let rest = all.get(first..).unwrap_or_default();
    let items: Vec<T> = rest.iter().take(page.limit).copied().collect();
    let is_end = items.len() == rest.len();
    let next = items.last().filter(|_| !is_end).map(|last| key(last).to_vec());
    (items, next)
}

/// The number that the page's place is.
pub(super) fn number(page: &Page) -> Result<Option<u64>> {
    let parse = |bytes: &Vec<u8>| bytes.as_slice().try_into().map(u64::from_be_bytes);
    Ok(page.after.as_ref().map(parse).transpose().map_err(|_| gone())?)
}

fn gone() -> NodeError {
    let why = "the list has changed where the cursor stood; begin anew without it";
    NodeError::BadArgument(why.to_owned())
}
