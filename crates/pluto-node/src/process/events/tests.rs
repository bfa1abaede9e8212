//! Process logs: what is read, in which order, and what is refused where.
