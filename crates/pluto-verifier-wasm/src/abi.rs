//! The border of the module: three functions over one buffer in and one out.
//!
//! 1. `pluto_input(length)` makes room and gives its address; 0 if `length` is above the bound.
//! 2. The host copies the file there.
//! 3. `pluto_verify()` checks it and gives the address of the answer, a report as JSON in UTF-8.
//! 4. `pluto_answer_length()` is its length.
//!
//! The host alone touches memory by address, as it may for any module; here addresses are only given
//! away. A module has one thread, so nobody writes into a buffer while it is read. A panic aborts: the
//! host sees a trap, says so, and starts a new instance.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::any::{FILE_BYTES_MAX, verify_any};

static INPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

#[unsafe(no_mangle)]
extern "C" fn pluto_input(length: usize) -> usize {
    if length > FILE_BYTES_MAX {
        return 0;
    }
    let mut input = lock(&INPUT);
    *input = vec![0; length];
    input.as_mut_ptr().expose_provenance()
}

#[unsafe(no_mangle)]
extern "C" fn pluto_verify() -> usize {
    let report = verify_any(&lock(&INPUT));
    let mut answer = lock(&ANSWER);
    *answer = report.to_json().into_bytes();
    answer.as_ptr().expose_provenance()
}

#[unsafe(no_mangle)]
extern "C" fn pluto_answer_length() -> usize {
    lock(&ANSWER).len()
}

fn lock(buffer: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    buffer.lock().unwrap_or_else(PoisonError::into_inner)
}
