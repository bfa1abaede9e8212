//! Values survive the way to a guest and back; what is no value is refused.
