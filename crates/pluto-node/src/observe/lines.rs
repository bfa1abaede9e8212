//! Writes one JSON object a line into a file, for machines without a collector.
//!
//! A file that is full becomes `<file>.1`, that one `<file>.2`, and so on; the last is dropped. A file
//! that cannot be written is tried again, like a collector that cannot be reached.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use pluto_error::Result;

use super::deliver::{Delivery, Outlet};
use super::record::Record;
use crate::error::NodeError;

/// A file and those before it.
#[derive(Debug)]
pub struct Lines {
    path: PathBuf,
    bytes_max: u64,
    files_max: u32,
    file: File,
    bytes: u64,
}

impl Lines {
    /// Goes on at the end of a file. At most `files_max` files are kept, each of `bytes_max` bytes and
    /// the batch that filled it.
    ///
    /// # Errors
    /// `NOD-0004` when it cannot be opened.
    pub fn open(path: &Path, bytes_max: u64, files_max: u32) -> Result<Self> {
        let failed = |error| NodeError::file("open", path, error);
        let (file, bytes) = append(path).map_err(failed)?;
        Ok(Self { path: path.to_owned(), bytes_max, files_max: files_max.max(1), file, bytes })
    }

    fn numbered(&self, number: u32) -> PathBuf {
        if number == 0 {
            return self.path.clone();
        }
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }

    fn rotate(&mut self) -> std::io::Result<()> {
        let last = self.files_max - 1;
        let _ = fs::remove_file(self.numbered(last));
        for number in (0..last).rev() {
            let _ = fs::rename(self.numbered(number), self.numbered(number + 1));
        }
        (self.file, self.bytes) = append(&self.path)?;
        Ok(())
    }

    fn write(&mut self, text: &[u8]) -> std::io::Result<()> {
        if self.bytes >= self.bytes_max {
            self.rotate()?;
        }
        let written = self.file.write_all(text);
        match written {
            Ok(()) => self.bytes += text.len() as u64,
            // Half a line would spoil the next one.
            Err(_) => self.file.set_len(self.bytes)?,
        }
        written
    }
}

fn append(path: &Path) -> std::io::Result<(File, u64)> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    let bytes = file.metadata()?.len();
    Ok((file, bytes))
}

impl Outlet for Lines {
    const NAME: &'static str = "file";

    fn deliver(&mut self, batch: &[Arc<Record>]) -> Delivery {
        let mut text = String::new();
        for line in batch.iter().flat_map(|record| record.lines()) {
            text.push_str(&line.to_string());
            text.push('\n');
        }
        match self.write(text.as_bytes()) {
            Ok(()) => Delivery::Done,
            Err(_) => Delivery::Later,
        }
    }
}

#[cfg(test)]
mod tests;
