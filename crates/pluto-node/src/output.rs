//! Where commands print: lines for people, or one JSON document for programs.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use serde_json::{Value, json};

const TICK: Duration = Duration::from_millis(100);

/// How to print.
#[derive(Clone, Debug)]
pub struct Output {
    /// One JSON document instead of lines.
    pub json: bool,
    /// Where lines go that are meant for somebody else; none for the terminal.
    kept: Option<Arc<Mutex<Kept>>>,
}

/// What was shown so far, and not printed.
#[derive(Debug, Default)]
struct Kept {
    text: String,
    value: Value,
}

impl Output {
    /// Prints on standard output.
    #[must_use]
    pub const fn terminal(json: bool) -> Self {
        Self { json, kept: None }
    }

    /// Keeps what is printed, see [`Output::take`].
    #[must_use]
    pub fn kept(json: bool) -> Self {
        Self { json, kept: Some(Arc::default()) }
    }

    /// What was kept so far.
    #[must_use]
    pub fn take(&self) -> String {
        self.take_all().0
    }

    /// What was kept so far: the lines, and the last document whether or not it was asked for.
    #[must_use]
    pub fn take_all(&self) -> (String, Value) {
        let kept =
            self.kept.as_ref().map(|kept| kept.lock().unwrap_or_else(PoisonError::into_inner));
        let Kept { text, value } =
            kept.map(|mut kept| std::mem::take(&mut *kept)).unwrap_or_default();
        (text, value)
    }

    /// Prints `text`, or `value` in JSON mode. A closed pipe is nobody's error.
    pub fn show(&self, value: &Value, text: &str) {
        if let Some(kept) = &self.kept {
            kept.lock().unwrap_or_else(PoisonError::into_inner).value = value.clone();
        }
        if self.json {
            self.line(&format!("{value:#}"));
        } else {
            self.line(text.trim_end_matches('\n'));
        }
    }

    /// Prints `text`, or the value as a document in JSON mode.
    pub fn show_as<T: serde::Serialize>(&self, value: &T, text: &str) {
        self.show(&json!(value), text);
    }

    /// A line about what is going on; nothing in JSON mode.
    pub fn say(&self, text: &str) {
        if !self.json {
            self.line(text);
        }
    }

    fn line(&self, text: &str) {
        match &self.kept {
            None => {
                let _ = writeln!(std::io::stdout().lock(), "{text}");
            }
            Some(kept) => {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.text.push_str(text);
                kept.text.push('\n');
            }
        }
    }

    fn is_watched(&self) -> bool {
        !self.json && self.kept.is_none() && std::io::stderr().is_terminal()
    }

    /// A progress bar on the error stream; hidden in JSON mode and where nobody watches.
    #[must_use]
    pub fn progress(&self, length: u64, what: &str) -> ProgressBar {
        if !self.is_watched() {
            return ProgressBar::hidden();
        }
        let template = "{msg} [{bar:40}] {human_pos}/{human_len} ({per_sec}, {eta} left)";
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> ");
        ProgressBar::new(length).with_style(style).with_message(what.to_owned())
    }

    /// A sign of life on the error stream, for work that reports nothing on its way.
    #[must_use]
    pub fn spinner(&self, what: &str) -> ProgressBar {
        if !self.is_watched() {
            return ProgressBar::hidden();
        }
        let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
        spinner.enable_steady_tick(TICK);
        spinner
    }

    /// A running count on the error stream, for work whose length is not known; shown from the first
    /// report on, so that short work shows nothing.
    #[must_use]
    pub fn counter(&self, what: &str) -> ProgressBar {
        if !self.is_watched() {
            return ProgressBar::hidden();
        }
        let style = ProgressStyle::with_template("{msg}: {human_pos} events ({per_sec})")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        ProgressBar::no_length().with_style(style).with_message(what.to_owned())
    }
}

/// A row of a name and a value.
#[must_use]
pub fn row(name: &str, value: impl ToString) -> Vec<String> {
    vec![name.to_owned(), value.to_string()]
}

/// Lays rows out in columns, the first row being the heading.
#[must_use]
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        out.push_str(cells.join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// Parts per million as a fraction with four digits.
#[must_use]
pub fn ppm(value: u32) -> String {
    format!("{}.{:04}", value / 1_000_000, value % 1_000_000 / 100)
}

/// Realm time for people: a realm without a checkpoint has none.
#[must_use]
pub fn realm_time(ms: u64) -> String {
    if ms == 0 { "none, no checkpoint yet".to_owned() } else { time(ms) }
}

/// A number of bytes with its unit, such as `4.50 MiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    HumanBytes(bytes).to_string()
}

/// A number with separators, such as `35,592`.
#[must_use]
pub fn count(number: u64) -> String {
    HumanCount(number).to_string()
}

/// Unix milliseconds as `YYYY-MM-DD hh:mm:ss` UTC.
#[must_use]
pub fn time(ms: u64) -> String {
    let seconds = ms / 1000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (h, m, s) = (rest / 3600, rest % 3600 / 60, rest % 60);
    format!("{} {h:02}:{m:02}:{s:02}", date(days))
}

/// Days since 1970 as `YYYY-MM-DD` (civil calendar after Hinnant, `civil_from_days`). What no calendar
/// reaches is shown as the number of days.
#[must_use]
pub fn date(days: u64) -> String {
    let Some(z) = days.checked_add(719_468) else { return format!("day {days}") };
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests;
