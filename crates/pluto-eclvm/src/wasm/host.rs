//! What a policy module can call: the frame of the decision, and arithmetic too wide for it.
//!
//! A call that faults leaves the fault behind and traps. A fact that is not there yet traps as well:
//! it is asked for outside, where the facts are, and the module runs again; evaluation is pure, so
//! the second run says what a run that had all facts says.

use std::sync::Arc;

use pluto_core::policy::Fault;
use pluto_ecl::answer::fact_of_numbers;
use pluto_ecl::code::TextTest;
use pluto_ecl::hir::Arithmetic;
use pluto_ecl::interpreter::{Frame, Host, Program};
use pluto_ecl::numeric;
use pluto_ecl::wasm::{IMPORT_MODULE, Import};
use wasmtime::{Caller, Linker, Result};

use super::memo::Memo;

/// The state of one run.
pub(super) struct Running {
    pub(super) program: Arc<Program>,
    pub(super) index: usize,
    pub(super) frame: Frame,
    pub(super) memo: Memo,
    /// Words for the next effect.
    pub(super) pushed: Vec<i64>,
    /// Why the run was stopped.
    pub(super) fault: Option<Fault>,
}

impl Running {
    pub(super) fn new(program: Arc<Program>) -> Self {
        Self {
            program,
            index: 0,
            frame: Frame::new(),
            memo: Memo::default(),
            pushed: Vec::new(),
            fault: None,
        }
    }

    fn host<T>(&mut self, ask: impl FnOnce(&mut Host<'_>) -> Result<T, Fault>) -> Result<T> {
        let host = self.program.host(self.index, &mut self.frame, &self.memo);
        let answer = host.ok_or(Fault::Engine).and_then(|mut host| ask(&mut host));
        answer.map_err(|fault| self.stop(fault))
    }

    fn stop(&mut self, fault: Fault) -> wasmtime::Error {
        self.fault = Some(fault);
        wasmtime::Error::msg(fault.as_str())
    }
}

type Call<'a> = Caller<'a, Running>;

/// Defines every import.
pub(super) fn link(linker: &mut Linker<Running>) -> Result<()> {
    numbers(linker)?;
    world(linker)?;
    effects(linker)
}

fn numbers(linker: &mut Linker<Running>) -> Result<()> {
    for (import, op) in [
        (Import::Mul, Arithmetic::Mul),
        (Import::FixedMul, Arithmetic::FixedMul),
        (Import::FixedDiv, Arithmetic::FixedDiv),
    ] {
        let apply = move |mut caller: Call<'_>, a: i64, b: i64| {
            numeric::arithmetic(op, a, b).map_err(|fault| caller.data_mut().stop(fault))
        };
        linker.func_wrap(IMPORT_MODULE, import.name(), apply)?;
    }
    let combine = |a: i64, b: i64| numeric::combine(a, b);
    linker.func_wrap(IMPORT_MODULE, Import::Combine.name(), combine)?;
    let sqrt = |mut caller: Call<'_>, a: i64| {
        numeric::sqrt(a).map_err(|fault| caller.data_mut().stop(fault))
    };
    linker.func_wrap(IMPORT_MODULE, Import::Sqrt.name(), sqrt)?;
    let norm = |r: i64, i: i64, c: i64, p: i64, v: i64, o: i64| numeric::norm(&[r, i, c, p, v, o]);
    linker.func_wrap(IMPORT_MODULE, Import::Norm.name(), norm)?;
    Ok(())
}

fn world(linker: &mut Linker<Running>) -> Result<()> {
    let input = |caller: Call<'_>, slot: i32| {
        let slot = usize::try_from(slot).unwrap_or(usize::MAX);
        caller.data().frame.inputs().get(slot).copied().unwrap_or_default()
    };
    linker.func_wrap(IMPORT_MODULE, Import::Input.name(), input)?;
    let length = |mut caller: Call<'_>, list: i32| {
        caller.data_mut().host(|host| Ok(host.list_length(number(list)?)))
    };
    linker.func_wrap(IMPORT_MODULE, Import::ListLength.name(), length)?;
    let item = |mut caller: Call<'_>, list: i32, index: i64, part: i32| {
        caller.data_mut().host(|host| Ok(host.item(number(list)?, index, number(part)?)))
    };
    linker.func_wrap(IMPORT_MODULE, Import::Item.name(), item)?;
    let text_length =
        |mut caller: Call<'_>, text: i64| caller.data_mut().host(|host| Ok(host.text_length(text)));
    linker.func_wrap(IMPORT_MODULE, Import::TextLength.name(), text_length)?;
    let text_test = |mut caller: Call<'_>, test: i32, a: i64, b: i64| {
        caller.data_mut().host(|host| Ok(i64::from(host.text_test(text_test_of(test)?, a, b))))
    };
    linker.func_wrap(IMPORT_MODULE, Import::TextTest.name(), text_test)?;
    let read = |mut caller: Call<'_>, fact: i32, literal: i32, about: i64| {
        caller.data_mut().host(|host| {
            let words = host.read(fact_of_numbers(fact, literal), about)?;
            words.first().copied().ok_or(Fault::Engine)
        })
    };
    linker.func_wrap(IMPORT_MODULE, Import::Read.name(), read)?;
    let word = |caller: Call<'_>, part: i32| {
        caller.data().frame.word(usize::try_from(part).unwrap_or(usize::MAX))
    };
    linker.func_wrap(IMPORT_MODULE, Import::Word.name(), word)?;
    Ok(())
}

fn effects(linker: &mut Linker<Running>) -> Result<()> {
    let push = |mut caller: Call<'_>, word: i64| caller.data_mut().pushed.push(word);
    linker.func_wrap(IMPORT_MODULE, Import::Push.name(), push)?;
    let effect = |mut caller: Call<'_>, site: i32| {
        let running = caller.data_mut();
        let noted = number(site).and_then(|site| running.frame.effect(site, &running.pushed));
        running.pushed.clear();
        noted.map_err(|fault| running.stop(fault))
    };
    linker.func_wrap(IMPORT_MODULE, Import::Effect.name(), effect)?;
    Ok(())
}

fn number(value: i32) -> Result<u16, Fault> {
    u16::try_from(value).map_err(|_| Fault::Engine)
}

fn text_test_of(number: i32) -> Result<TextTest, Fault> {
    match number {
        0 => Ok(TextTest::Glob),
        1 => Ok(TextTest::StartsWith),
        2 => Ok(TextTest::EndsWith),
        3 => Ok(TextTest::Contains),
        _ => Err(Fault::Engine),
    }
}
