//! Our engines against each other and against themselves: denials, sizes, metering, cold starts.

use std::hint::black_box;
use std::sync::Arc;

use pluto_benches::{Case, Clock, run_interleaved, say, size};
use pluto_core::policy::{Outcome, Request, Value};
use pluto_ecl::interpreter::{Frame, Program, Verdict};
use pluto_ecl::wasm::emit;
use pluto_eclvm::wasm::Imports;
use pluto_eclvm::wasm::cache::NativeCache;
use pluto_eclvm::{ExecutionMode, Vm};

use crate::native::Tables;
use crate::ours::{INPUTS, Known, LIMIT, Transfer};
use crate::policies::{compile, of_size};
use crate::wasm::{artifact, engine, instance, instance_without, is_gas, is_gas_or_mask};
use crate::workload::{SUBJECTS, Subject, expected, subjects};
use crate::{FAST_TIMES, asking};

/// How often a round decides in a row where a decision is some tens of nanoseconds.
const TIMES: usize = FAST_TIMES / 10;
const COLD_STARTS: usize = 50;

fn allows(verdict: Verdict) -> bool {
    verdict.outcome == Outcome::Allow
}

/// The inputs of a subject that is allowed.
fn allowed_inputs(ours: &Transfer, subjects: &[Subject]) -> [i64; INPUTS] {
    let who = expected(subjects).iter().position(|allowed| *allowed).unwrap();
    let tables = Tables::new(subjects);
    ours.plan.inputs(&tables, u32::try_from(who).unwrap(), subjects[who].amount)
}

/// A subject that is allowed, and the same without the credential: the last condition decides, so
/// both evaluate everything.
pub(crate) fn deny() {
    let subjects = subjects();
    let ours = Transfer::new(&subjects);
    let allowed = allowed_inputs(&ours, &subjects);
    let denied = ours.plan.without_kyc(allowed);
    let (program, engine) = (&ours.program, engine());
    let mut cases = Vec::new();
    for (what, inputs) in [("allow", allowed), ("deny", denied)] {
        let (mut frame, mut native) = (Frame::new(), instance(&engine, program));
        let mut interpret =
            move || allows(program.run(0, black_box(&inputs[..ours.plan.len]), LIMIT, &mut frame));
        let mut run = move || allows(native.run(0, black_box(&inputs), LIMIT));
        assert_eq!((interpret(), run()), (what == "allow", what == "allow"));
        cases.push(asking(&format!("interpreter, {what}"), TIMES, move |_| interpret()));
        cases.push(asking(&format!("WASM, {what}"), TIMES, move |_| run()));
    }
    let report = run_interleaved("allow and deny", Clock::ThreadCpu, cases);
    report.goal("interpreter, deny", "interpreter, allow", 1.0 / 1.1, 1.0);
    report.goal("WASM, deny", "WASM, allow", 1.0 / 1.1, 1.0);
}

/// By number of operations, on numbers alone.
pub(crate) fn sized() {
    let engine = engine();
    for operations in [8, 32, 128, 512] {
        let program = Arc::new(Program::load(&compile(&of_size(operations))).unwrap());
        let (mut frame, mut native) = (Frame::new(), instance(&engine, &program));
        let inputs: Vec<_> = subjects().iter().map(sized_inputs).collect();
        let mut interpret = |at: usize| program.run(0, &inputs[at][..4], LIMIT, &mut frame);
        let mut run = |at: usize| native.run(0, &inputs[at], LIMIT);
        let answers: Vec<_> = (0..SUBJECTS).map(&mut interpret).collect();
        assert_eq!(answers, (0..SUBJECTS).map(&mut run).collect::<Vec<_>>());
        assert!(answers.iter().all(|answer| allows(*answer)), "all decisions run to the end");
        let times = TIMES * 8 / operations;
        let cases = vec![
            asking("interpreter", times, |at| allows(interpret(at))),
            asking("WASM", times, |at| allows(run(at))),
        ];
        let title = format!("{operations} operations");
        let report = run_interleaved(&title, Clock::ThreadCpu, cases);
        if operations == 512 {
            report.goal("WASM", "interpreter", 3.0, 3.5);
        }
    }
}

/// Numbers for [`of_size`]: `c` is met by no value, `d` is reached by all.
fn sized_inputs(one: &Subject) -> [i64; INPUTS] {
    let mut words = [0; INPUTS];
    let [a, b, ..] = one.trust_words();
    words[..4].copy_from_slice(&[a, b, -1, 0]);
    words
}

/// What gas and mask cost: the same code with and without.
pub(crate) fn tax() {
    let subjects = subjects();
    let ours = Transfer::new(&subjects);
    let transfer = [allowed_inputs(&ours, &subjects)];
    metered("the transfer", &ours.program, &transfer, TIMES);
    let program = Arc::new(Program::load(&compile(&of_size(512))).unwrap());
    let inputs: Vec<_> = subjects.iter().map(sized_inputs).collect();
    metered("512 operations", &program, &inputs, TIMES / 32);
}

fn metered(title: &str, program: &Arc<Program>, inputs: &[[i64; INPUTS]], times: usize) {
    let engine = engine();
    let mut full = instance(&engine, program);
    let mut no_gas = instance_without(&engine, program, is_gas);
    let mut bare = instance_without(&engine, program, is_gas_or_mask);
    let outcomes = [&mut full, &mut no_gas, &mut bare].map(|one| one.run(0, &inputs[0], LIMIT));
    let [first, second, third] = outcomes;
    assert!(first.gas.compute > 0 && first.mask > 0 && allows(first), "gas and mask are there");
    assert!(second.gas.total() == 0 && second.mask == first.mask && allows(second));
    assert!(third.gas.total() == 0 && third.mask == 0 && allows(third));
    let at = |place: usize| &inputs[place % inputs.len()];
    let cases = vec![
        asking("WASM without gas and mask", times, |one| allows(bare.run(0, at(one), LIMIT))),
        asking("WASM without gas", times, |one| allows(no_gas.run(0, at(one), LIMIT))),
        asking("WASM", times, |one| allows(full.run(0, at(one), LIMIT))),
    ];
    let report = run_interleaved(&format!("metering, {title}"), Clock::ThreadCpu, cases);
    report.goal("WASM", "WASM without gas and mask", 1.0 / 1.05, 1.0 / 1.02);
}

/// From what lies on disk to the first verdict, the files being in the memory of the system.
pub(crate) fn cold() {
    let subjects = subjects();
    let ours = Transfer::new(&subjects);
    let inputs = allowed_inputs(&ours, &subjects);
    let known = Known::new(&subjects);
    let who = expected(&subjects).iter().position(|allowed| *allowed).unwrap();
    let request =
        Request { subject: subjects[who].did, arguments: vec![Value::Fixed(subjects[who].amount)] };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("native");
    let (engine, wasm) = (engine(), emit(ours.program.module()));
    let cache = NativeCache::open(&folder).unwrap();
    let imports = Imports::new(&engine).unwrap();
    let artifact = artifact();
    let vm = Vm::new(ExecutionMode::Wasm, Some(&folder)).unwrap();
    let starts = size(COLD_STARTS, 1);
    let name = "native code, instance, verdict";
    let cases = vec![
        Case::new(name, starts, || {
            let start = |_| {
                let module = cache.module(&engine, &wasm).unwrap();
                let native = imports.link(Arc::clone(&ours.program), &module);
                let mut instance = native.unwrap().instance().unwrap();
                assert!(allows(instance.run(0, &inputs, LIMIT)));
                (module, instance)
            };
            // Dropped when the clock stands.
            (0..starts).map(start).collect::<Vec<_>>()
        }),
        Case::new("artifact, verified code, native code, instance, decision", starts, || {
            let start = |_| {
                let program = vm.load_program(&artifact).unwrap();
                assert!(program.ask(0, &request, &known, LIMIT).allows());
                program
            };
            (0..starts).map(start).collect::<Vec<_>>()
        }),
    ];
    let report = run_interleaved("cold start", Clock::ThreadCpu, cases);
    report.within(name, 60_000.0, 25_000.0);
    say(&format!("{} bytes of artifact, {} of WASM\n", artifact.len(), wasm.len()));
}
