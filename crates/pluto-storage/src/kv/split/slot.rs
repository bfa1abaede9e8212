//! What stands under a key: the value itself, or where it is (`docs/formats/values.md`).

/// Begins a value.
const HERE: u8 = 0;
/// Begins a place.
const ASIDE: u8 = 1;
/// Bytes of a place.
const PLACE_BYTES: usize = 8 + 8 + 8 + 4;

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) file: u64,
    pub(super) offset: u64,
    pub(super) len: u64,
    /// CRC-32 of the value.
    pub(super) crc: u32,
}

/// What stands under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Here(Vec<u8>),
    Aside(Place),
}

impl Slot {
    pub(super) fn place(self) -> Option<Place> {
        match self {
            Self::Here(_) => None,
            Self::Aside(place) => Some(place),
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Here(value) => [&[HERE], value.as_slice()].concat(),
            Self::Aside(Place { file, offset, len, crc }) => {
                let numbers = [file, offset, len].map(|number| number.to_be_bytes());
                [&[ASIDE], numbers.as_flattened(), &crc.to_be_bytes()].concat()
            }
        }
    }

    /// `None` for bytes that are none.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        match *kind {
            HERE => Some(Self::Here(rest.to_vec())),
            ASIDE if rest.len() == PLACE_BYTES => {
                let (file, rest) = rest.split_first_chunk()?;
                let (offset, rest) = rest.split_first_chunk()?;
                let (len, crc) = rest.split_first_chunk()?;
                let [file, offset, len] = [file, offset, len].map(|part| u64::from_be_bytes(*part));
                let crc = u32::from_be_bytes(crc.try_into().ok()?);
                Some(Self::Aside(Place { file, offset, len, crc }))
            }
            _ => None,
        }
    }
}
