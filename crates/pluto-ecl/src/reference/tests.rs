//! The evaluator on hand-made trees; what the language means is tested with sources.
