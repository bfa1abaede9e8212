//! Reads a process log: events with a case, an activity, a person and a time, one for each line, in the
//! columns that XES names (IEEE 1849) and tools of process mining write as CSV.
//!
//! Columns are found by their names in the header; others are passed over. The result stands in order
//! of time, events of one millisecond in that of the file. Only what was completed counts.

use std::io::Read;

use csv::{ErrorKind, ReaderBuilder, StringRecord};
use pluto_error::{Code, Coded, Result};
use thiserror::Error;

use super::codes;
use super::moment::parse_ms;

/// Longest log in bytes.
pub(super) const LOG_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Longest line in bytes, over all fields.
pub const LINE_BYTES_MAX: usize = 16 * 1024;
/// Longest name of a case, an activity, a person or a group in bytes.
pub(super) const NAME_BYTES_MAX: usize = 96;
/// Most events.
pub const EVENTS_MAX: usize = 500_000;

const CASE: &str = "case:concept:name";
const ACTIVITY: &str = "concept:name";
const PERSON: &str = "org:resource";
const GROUP: &str = "org:group";
const TIME: &str = "time:timestamp";
const DEADLINE: &str = "case:deadline";
const END: &str = "case:enddate";
const TRANSITION: &str = "lifecycle:transition";
/// What stands for no group.
const NO_GROUP: &str = "EMPTY";

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// The case.
    pub case: String,
    /// What was done.
    pub activity: String,
    /// Who did it.
    pub person: String,
    /// In which group, if in any.
    pub group: Option<String>,
    /// When, in Unix milliseconds.
    pub time_ms: u64,
    /// When the case should end, if the log says so.
    pub deadline_ms: Option<u64>,
    /// When the case ended, if the log says so.
    pub end_ms: Option<u64>,
}

/// Why a process log cannot be read.
#[derive(Debug, Error)]
pub enum LogError {
    /// A line that is no event.
    #[error("line `{line}`, column `{column}`: expected {expected}, found `{found}`")]
    Malformed {
        /// The line, counted from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What should stand there.
        expected: &'static str,
        /// What stands there, cut.
        found: String,
    },
    /// A line that has other fields than the header, or is no text.
    #[error("line `{line}` is no line of a table: {why}")]
    NoRow {
        /// The line, counted from 1.
        line: u64,
        /// Why.
        why: &'static str,
    },
    /// A line above its bound.
    #[error("line `{line}`: {what} is longer than `{max}` bytes")]
    TooLong {
        /// The line, counted from 1.
        line: u64,
        /// What is.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// More events than the bound, or a longer file.
    #[error("expected at most `{EVENTS_MAX}` events in `{LOG_BYTES_MAX}` bytes")]
    TooMany,
    /// No event at all.
    #[error("expected at least one completed event, found none")]
    None,
    /// A column is missing.
    #[error("the header has no column `{0}`")]
    NoColumn(&'static str),
    /// The input failed.
    #[error("the process log cannot be read")]
    Unreadable(#[source] std::io::Error),
}

impl Coded for LogError {
    fn code(&self) -> Code {
        match self {
            Self::Malformed { .. } | Self::NoRow { .. } => codes::EVENT_MALFORMED,
            Self::TooLong { .. } => codes::EVENT_TOO_LONG,
            Self::TooMany => codes::EVENTS_TOO_MANY,
            Self::None => codes::EVENTS_NONE,
            Self::NoColumn(_) => codes::COLUMN_MISSING,
            Self::Unreadable(_) => codes::EVENTS_UNREADABLE,
        }
    }
}

/// Where the columns are.
struct Columns {
    case: usize,
    activity: usize,
    person: usize,
    time: usize,
    group: Option<usize>,
    deadline: Option<usize>,
    end: Option<usize>,
    transition: Option<usize>,
}

/// Reads all completed events, in order of time.
///
/// # Errors
/// `NOD-0111` for a line that is no event, `NOD-0112` for one above a bound, `NOD-0113` for too many,
/// `NOD-0114` for none, `NOD-0115` when the reader fails, `NOD-0116` for a missing column.
pub fn parse_log(reader: impl Read) -> Result<Vec<LogEvent>> {
    // One byte more than allowed: whoever reads it knows that the log is too long.
    let mut rows = ReaderBuilder::new().from_reader(reader.take(LOG_BYTES_MAX + 1));
    let columns = Columns::of(rows.headers().map_err(unreadable)?)?;
    let (mut events, mut row) = (Vec::new(), StringRecord::new());
    while rows.read_record(&mut row).map_err(unreadable)? {
        let end = row.position().map_or(0, |at| at.byte() + row.as_slice().len() as u64);
        if events.len() == EVENTS_MAX || end > LOG_BYTES_MAX {
            return Err(LogError::TooMany.into());
        }
        events.extend(columns.event(&row)?);
    }
    if events.is_empty() {
        return Err(LogError::None.into());
    }
    events.sort_by_key(|event: &LogEvent| event.time_ms);
    Ok(events)
}

fn unreadable(error: csv::Error) -> LogError {
    let line = error.position().map_or(1, csv::Position::line);
    match error.into_kind() {
        ErrorKind::Io(error) => LogError::Unreadable(error),
        ErrorKind::UnequalLengths { .. } => {
            LogError::NoRow { line, why: "it has other fields than the header" }
        }
        _ => LogError::NoRow { line, why: "it is not UTF-8" },
    }
}

impl Columns {
    fn of(header: &StringRecord) -> Result<Self, LogError> {
        let find = |name: &str| header.iter().position(|column| column.trim() == name);
        let need = |name: &'static str| find(name).ok_or(LogError::NoColumn(name));
        Ok(Self {
            case: need(CASE)?,
            activity: need(ACTIVITY)?,
            person: need(PERSON)?,
            time: need(TIME)?,
            group: find(GROUP),
            deadline: find(DEADLINE),
            end: find(END),
            transition: find(TRANSITION),
        })
    }

    /// The event of a line; nothing for one that was not completed.
    fn event(&self, row: &StringRecord) -> Result<Option<LogEvent>, LogError> {
        let line = row.position().map_or(0, csv::Position::line);
        if row.as_slice().len() > LINE_BYTES_MAX {
            return Err(LogError::TooLong { line, what: "it", max: LINE_BYTES_MAX });
        }
        let field = |at: usize| row.get(at).unwrap_or_default().trim();
        let optional = |at: Option<usize>| at.map(field).filter(|text| !text.is_empty());
        if optional(self.transition).is_some_and(|word| !word.eq_ignore_ascii_case("complete")) {
            return Ok(None);
        }
        let name = |at: usize, column| name(field(at), column, line);
        let group = optional(self.group).filter(|group| *group != NO_GROUP);
        let deadline = optional(self.deadline).map(|text| moment(text, DEADLINE, line));
        let end = optional(self.end).map(|text| moment(text, END, line));
        Ok(Some(LogEvent {
            case: name(self.case, CASE)?,
            activity: name(self.activity, ACTIVITY)?,
            person: name(self.person, PERSON)?,
            group: group.map(|_| name(self.group.unwrap_or_default(), GROUP)).transpose()?,
            time_ms: moment(field(self.time), TIME, line)?,
            deadline_ms: deadline.transpose()?,
            end_ms: end.transpose()?,
        }))
    }
}

fn name(text: &str, column: &'static str, line: u64) -> Result<String, LogError> {
    if text.len() > NAME_BYTES_MAX {
        return Err(LogError::TooLong { line, what: column, max: NAME_BYTES_MAX });
    }
    if text.is_empty() || text.chars().any(char::is_control) {
        let (expected, found) = ("a name", shown(text));
        return Err(LogError::Malformed { line, column, expected, found });
    }
    Ok(text.to_owned())
}

fn moment(text: &str, column: &'static str, line: u64) -> Result<u64, LogError> {
    let (expected, found) = ("a time such as `2011-10-11 13:45:40.276+02:00`", || shown(text));
    parse_ms(text).ok_or_else(|| LogError::Malformed { line, column, expected, found: found() })
}

fn shown(text: &str) -> String {
    text.chars().take(NAME_BYTES_MAX).flat_map(char::escape_default).collect()
}

#[cfg(test)]
pub(crate) mod tests;
