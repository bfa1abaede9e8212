//! Power cuts and kills after every write and every sync of a recorded workload.

use pluto_storage::disk::{Fault, MemoryDisk, Survival};

use crate::workload::{batches, check, check_goes_on, open, run};

const BATCHES: usize = 16;

fn seeds() -> u64 {
    std::env::var("PLUTO_POWER_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(2)
}

fn survivals() -> Vec<Survival> {
    let torn = (0..seeds()).map(Survival::Torn);
    [Survival::Nothing, Survival::Everything].into_iter().chain(torn).collect()
}

fn operations_of_the_workload() -> u64 {
    let disk = MemoryDisk::new();
    assert_eq!(run(&disk, &batches(BATCHES)).len(), BATCHES);
    disk.operations()
}

#[test]
fn a_cut_at_any_point_loses_nothing_acknowledged_and_shows_no_torn_batch() {
    let batches = batches(BATCHES);
    let total = operations_of_the_workload();
    assert!(total > 70, "{total} operations");
    for after in 0..=total {
        let disk = MemoryDisk::new();
        disk.set_fault(Fault::PowerCut { after });
        let acknowledged = run(&disk, &batches);
        for survival in survivals() {
            let context = format!("cut after {after}, {survival:?}");
            let left = disk.after_power_cut(survival);
            let held = check(&left, &batches, &acknowledged, &context);
            check_goes_on(&left, &batches, held, &context);
        }
    }
}

#[test]
fn a_second_cut_while_recovering_loses_nothing_either() {
    let batches = batches(BATCHES);
    for after in 0..=operations_of_the_workload() {
        let disk = MemoryDisk::new();
        disk.set_fault(Fault::PowerCut { after });
        let acknowledged = run(&disk, &batches);
        for second in 0..8 {
            let left = disk.after_power_cut(Survival::Torn(after));
            left.set_fault(Fault::PowerCut { after: second });
            let recovered = open(&left).is_ok();
            let left = left.after_power_cut(Survival::Torn(after + 1000));
            let context = format!("cut after {after}, again after {second}");
            check(&left, &batches, &acknowledged, &context);
            if recovered {
                break;
            }
        }
    }
}

#[test]
fn a_kill_then_a_cut_loses_nothing_of_either_process() {
    let batches = batches(BATCHES);
    for after in 0..=operations_of_the_workload() {
        let disk = MemoryDisk::new();
        disk.set_fault(Fault::PowerCut { after });
        let acknowledged = run(&disk, &batches);
        let disk = disk.after_kill();
        let context = format!("killed after {after}");
        let held = check(&disk, &batches, &acknowledged, &context);
        check_goes_on(&disk, &batches, held, &context);
        for survival in survivals() {
            let left = disk.after_power_cut(survival);
            check_goes_on(&left, &batches, BATCHES, &format!("{context}, then {survival:?}"));
        }
    }
}
