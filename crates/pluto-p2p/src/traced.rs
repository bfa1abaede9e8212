//! A frame with the trace context of its sender in front: what `/pluto/traced-sync/1` carries.
//!
//! Layout in `docs/formats/sync.md`. The context is a `traceparent` of W3C Trace Context, version 00. Of
//! what comes its length alone is known here: whoever observes reads it, and passes over what is none.

use pluto_core::format::Format;

/// A frame of sync behind a trace context.
pub const TRACED_FORMAT: Format = Format::new("traced-sync", 1);
/// Length of a `traceparent` of version 00 in bytes.
pub const CONTEXT_BYTES: usize = 55;

/// Where in a trace something is, as text that nobody has read yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Traceparent([u8; CONTEXT_BYTES]);

impl Traceparent {
    /// A text of that length.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        text.as_bytes().try_into().ok().map(Self)
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The request that carries a frame with this context.
    #[must_use]
    pub fn before(&self, frame: &[u8]) -> Vec<u8> {
        [&self.0, frame].concat()
    }
}

/// The context and the frame of a request; none for one that is too short.
#[must_use]
pub fn split(request: &[u8]) -> Option<(Traceparent, &[u8])> {
    let (context, frame) = request.split_first_chunk()?;
    Some((Traceparent(*context), frame))
}

#[cfg(test)]
mod tests;
