//! Settings that an operator wrote: TOML files in the data directory, read within a bound.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use pluto_error::Result;
use serde::de::DeserializeOwned;

use crate::error::NodeError;

/// What a file sets; the default where there is none.
///
/// # Errors
/// `NOD-0004` for a file that cannot be read, `NOD-0007` for one that says something else, or is longer.
pub(crate) fn load<T: DeserializeOwned + Default>(path: &Path, bytes_max: usize) -> Result<T> {
    let Some(bytes) = read(path, bytes_max)? else { return Ok(T::default()) };
    // The message of the parser names fields and types; the text of the file stays where it is.
    let text = std::str::from_utf8(&bytes).map_err(|_| unfit(path, "no text"))?;
    Ok(toml::from_str(text).map_err(|error| unfit(path, error.message()))?)
}

/// The bytes of a file; none where there is none.
///
/// # Errors
/// `NOD-0004` for a file that cannot be read, `NOD-0007` for a longer one.
pub(crate) fn read(path: &Path, bytes_max: usize) -> Result<Option<Vec<u8>>> {
    let failed = |error| NodeError::file("read", path, error);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error).into()),
    };
    let mut bytes = Vec::new();
    file.take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > bytes_max {
        return Err(unfit(path, "a longer file than is read").into());
    }
    Ok(Some(bytes))
}

/// A file that says something else than is expected.
pub(crate) fn unfit(path: &Path, found: &str) -> NodeError {
    let place = path.display();
    NodeError::BadArgument(format!("expected settings in `{place}`: {found}"))
}
