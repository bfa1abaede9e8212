//! A setting is a name and what its word looks like.

use super::*;

#[test]
fn a_setting_has_a_name() {
    assert_eq!(setting("env=prod"), Ok(("env".into(), ContextValue::Text("prod".into()))));
    assert_eq!(setting("n=4"), Ok(("n".into(), ContextValue::Int(4))));
    assert!(setting("env").is_err());
}
