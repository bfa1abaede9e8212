//! Where commands print: lines for people, or one JSON document for programs.

use std::io::{IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

/// How to print.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// One JSON document instead of lines.
    pub json: bool,
}

impl Output {
    /// Prints `text`, or `value` in JSON mode. A closed pipe is nobody's error.
    pub fn show(&self, value: &Value, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = if self.json {
            writeln!(out, "{value:#}")
        } else {
            writeln!(out, "{}", text.trim_end_matches('\n'))
        };
    }

    /// A line about what is going on; nothing in JSON mode.
    pub fn say(&self, text: &str) {
        if !self.json {
            let _ = writeln!(std::io::stdout().lock(), "{text}");
        }
    }

    /// A progress bar on the error stream; hidden in JSON mode and where nobody watches.
    #[must_use]
    pub fn progress(&self, length: u64, what: &str) -> ProgressBar {
        if self.json || !std::io::stderr().is_terminal() {
            return ProgressBar::hidden();
        }
        let template = "{msg} [{bar:40}] {human_pos}/{human_len} ({per_sec}, {eta} left)";
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> ");
        ProgressBar::new(length).with_style(style).with_message(what.to_owned())
    }
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

/// Unix milliseconds as `YYYY-MM-DD hh:mm:ss` UTC (civil calendar after Hinnant, `days_from_civil`).
#[must_use]
pub fn time(ms: u64) -> String {
    let seconds = ms / 1000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let z = days + 719_468;
    let era = z / 146_097;
    let day_of_era = z % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (h, m, s) = (rest / 3600, rest % 3600 / 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02} {h:02}:{m:02}:{s:02}")
}

#[cfg(test)]
mod tests;
