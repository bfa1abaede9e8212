//! Posts to a collector: one request over one connection, HTTP/1.1, within a time.
//!
//! A collector stands beside the node, so there is no TLS and no redirect; its answer counts by its
//! status alone, and no more of it is read.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use pluto_error::Result;

use crate::error::NodeError;

const PORT: u16 = 4318;
/// Longest that a collector may take for one request.
const PATIENCE: Duration = Duration::from_secs(5);
/// `HTTP/1.1 200`.
const STATUS_BYTES: usize = 12;

/// What a collector says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It has it.
    Taken,
    /// It may take it later.
    Later,
    /// It will never take it.
    Refused,
}

/// Where a collector is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector {
    /// Host and port.
    authority: String,
    /// What stands before the paths of the signals.
    prefix: String,
}

impl Collector {
    /// The collector at `http://<host>[:<port>][/<prefix>]`; the port is 4318 where none is said.
    ///
    /// # Errors
    /// `NOD-0007` for any other address.
    pub fn parse(address: &str) -> Result<Self> {
        let bad = || {
            let expected = "expected a collector such as `http://127.0.0.1:4318`";
            NodeError::BadArgument(format!("{expected}; `https` and credentials are not spoken"))
        };
        let rest = address.strip_prefix("http://").ok_or_else(bad)?;
        let is_plain = rest.bytes().all(|byte| byte.is_ascii_graphic());
        let (authority, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if !is_plain || authority.is_empty() || rest.contains(['@', '?', '#']) {
            return Err(bad().into());
        }
        let port = authority.rsplit_once(':').map(|(_, port)| port).filter(|_| {
            // The colons of `[::1]` are of the address.
            !authority.ends_with(']')
        });
        let authority = match port.map(str::parse::<u16>) {
            Some(Ok(_)) => authority.to_owned(),
            Some(Err(_)) => return Err(bad().into()),
            None => format!("{authority}:{PORT}"),
        };
        let prefix = prefix.trim_end_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        Ok(Self { authority, prefix })
    }

    /// Posts a request of a signal. Statuses that may pass are those that OTLP names.
    pub fn post(&self, path: &str, body: &[u8]) -> Posted {
        match self.status(path, body) {
            Ok(200..=299) => Posted::Taken,
            Ok(429 | 502 | 503 | 504) | Err(_) => Posted::Later,
            Ok(_) => Posted::Refused,
        }
    }

    fn status(&self, path: &str, body: &[u8]) -> std::io::Result<u16> {
        let end = Instant::now() + PATIENCE;
        let late = || std::io::Error::from(std::io::ErrorKind::TimedOut);
        let left = || {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() { Err(late()) } else { Ok(left) }
        };
        let address = self.authority.to_socket_addrs()?.next().ok_or_else(late)?;
        let mut stream = TcpStream::connect_timeout(&address, left()?)?;
        let head = format!(
            "POST {}{path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-protobuf\r\n\
             Content-Length: {}\r\nUser-Agent: pluto/{}\r\nConnection: close\r\n\r\n",
            self.prefix,
            self.authority,
            body.len(),
            env!("CARGO_PKG_VERSION"),
        );
        for part in [head.as_bytes(), body] {
            for chunk in part.chunks(64 * 1024) {
                stream.set_write_timeout(Some(left()?))?;
                stream.write_all(chunk)?;
            }
        }
        let mut status = Vec::new();
        while status.len() < STATUS_BYTES {
            stream.set_read_timeout(Some(left()?))?;
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            status.extend(byte);
        }
        let status = std::str::from_utf8(&status).ok().and_then(|line| line.get(9..));
        let unfit = || std::io::Error::from(std::io::ErrorKind::InvalidData);
        status.and_then(|digits| digits.parse().ok()).ok_or_else(unfit)
    }
}

#[cfg(test)]
mod tests;
