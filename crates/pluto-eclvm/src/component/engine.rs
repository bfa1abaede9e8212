//! The engine for components: guests of strangers, so everything is bounded before they run.
//!
//! An instance comes out of a pool and goes back after one decision; memory bases never move. Fuel
//! is on because a guest does not count its own gas; epochs are off because a clock must not decide.
//! NaN has one bit pattern, and instructions whose results differ between machines do not exist here.
//! Traps stay on signals, unlike in the engine for our own modules: only so are bounds checks hardened
//! against speculation, and that is worth the microseconds with code of strangers.

use wasmtime::{Config, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig};

use crate::error::EclvmError;

/// Largest component in bytes.
pub const COMPONENT_BYTES_MAX: usize = 1024 * 1024;
/// Largest memory of a guest in bytes.
pub const MEMORY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Decisions that run at the same time; more wait.
pub const RUNS_MAX: u32 = 32;
/// Bytes that a guest can hand over in one read, or as its answer.
pub const HANDOVER_BYTES_MAX: usize = 64 * 1024;
/// Bytes of stack a guest may use.
const STACK_BYTES: usize = 256 * 1024;
/// What our own functions have below that.
const HOST_STACK_BYTES: usize = 256 * 1024;
/// Bytes of a memory that are zeroed instead of being given back to the system between decisions.
const KEEP_RESIDENT_BYTES: usize = 64 * 1024;
/// Core instances of one component: the guest and the two that tie it to its imports, with room.
pub(super) const CORE_INSTANCES_MAX: u32 = 8;
/// Memories of one component.
pub(super) const MEMORIES_MAX: u32 = 1;
/// Tables of one component.
pub(super) const TABLES_MAX: u32 = 4;
/// Entries of one table: functions that are called through pointers.
pub(super) const TABLE_ELEMENTS_MAX: usize = 8 * 1024;
/// Bytes of bookkeeping of one instance.
const INSTANCE_BYTES_MAX: usize = 256 * 1024;

/// An engine for components.
pub(super) fn engine() -> Result<Engine, EclvmError> {
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool()))
        .memory_reservation(MEMORY_BYTES_MAX as u64)
        .memory_guard_size(64 * 1024)
        .memory_may_move(false)
        .max_wasm_stack(STACK_BYTES)
        .async_stack_size(STACK_BYTES + HOST_STACK_BYTES)
        .consume_fuel(true)
        .epoch_interruption(false)
        .wasm_backtrace_max_frames(None)
        .cranelift_opt_level(OptLevel::Speed)
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_wide_arithmetic(false);
    Engine::new(&config)
        .map_err(|error| EclvmError::engine("set up the engine of components", error))
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(RUNS_MAX)
        .total_core_instances(RUNS_MAX * CORE_INSTANCES_MAX)
        .total_memories(RUNS_MAX * MEMORIES_MAX)
        .total_tables(RUNS_MAX * TABLES_MAX)
        .total_stacks(RUNS_MAX)
        .max_core_instances_per_component(CORE_INSTANCES_MAX)
        .max_memories_per_component(MEMORIES_MAX)
        .max_tables_per_component(TABLES_MAX)
        .max_memories_per_module(MEMORIES_MAX)
        .max_tables_per_module(TABLES_MAX)
        .max_component_instance_size(INSTANCE_BYTES_MAX)
        .max_core_instance_size(INSTANCE_BYTES_MAX)
        .max_memory_size(MEMORY_BYTES_MAX)
        .table_elements(TABLE_ELEMENTS_MAX)
        .linear_memory_keep_resident(KEEP_RESIDENT_BYTES)
        .table_keep_resident(KEEP_RESIDENT_BYTES);
    pool
}
