//! Placeholder root of this member; filled by the commits that follow.
