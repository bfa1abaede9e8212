//! What people see, and what never compiles.
