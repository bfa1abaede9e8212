//! Contracts that every implementation keeps, and what is left after crashes, faults and decay.

mod contracts;
