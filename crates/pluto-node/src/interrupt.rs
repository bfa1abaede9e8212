//! Ctrl-C, and the signals that ask a process to end, as a flag that long commands look at.
//!
//! A command that listens stops at the next place where nothing is half done; the second Ctrl-C ends
//! the process at once, which loses nothing acknowledged either.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pluto_error::Result;

use crate::error::NodeError;

/// Exit code of a command that was interrupted.
pub const INTERRUPTED: u8 = 130;

/// Whether somebody asked to stop.
pub struct Interrupt {
    asked: Arc<AtomicBool>,
    woken: Mutex<Receiver<()>>,
}

impl Interrupt {
    /// Listens from now on. A process does so once.
    ///
    /// # Errors
    /// `NOD-0004` when the operating system takes no handler.
    pub fn listen() -> Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        let (wake, woken) = sync_channel(1);
        let flag = Arc::clone(&asked);
        let handler = move || {
            if flag.swap(true, Ordering::SeqCst) {
                std::process::exit(i32::from(INTERRUPTED));
            }
            let _ = wake.try_send(());
        };
        ctrlc::set_handler(handler).map_err(|error| {
            NodeError::file("listen to", "signals", std::io::Error::other(error))
        })?;
        Ok(Self { asked, woken: Mutex::new(woken) })
    }

    /// Whether somebody asked to stop.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Waits until somebody asks, at most for `timeout`; whether somebody did.
    #[must_use]
    pub fn wait(&self, timeout: Duration) -> bool {
        let woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        woken.recv_timeout(timeout).is_ok() || self.is_asked()
    }
}
