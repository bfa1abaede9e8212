//! What agents send: questions, tool calls, and the configuration of a proxy.

use pluto_api::ActionQuestion;
use pluto_api::proxy::config::ProxyConfig;
use pluto_api::proxy::mapping;
use serde_json::Value;

/// A question that keeps its bounds is written down as one that is the same.
pub(super) fn question(bytes: &[u8]) {
    let Ok(question) = serde_json::from_slice::<ActionQuestion>(bytes) else { return };
    let Ok(question) = question.checked() else { return };
    let again = serde_json::to_vec(&question).unwrap_or_default();
    assert!(serde_json::from_slice::<ActionQuestion>(&again).is_ok_and(|same| same == question));
}

/// A call that can be judged names one resource, within bounds.
pub(super) fn call(bytes: &[u8]) {
    let Ok(Value::Object(arguments)) = serde_json::from_slice(bytes) else { return };
    let Ok(config) = ProxyConfig::for_command(vec!["server".to_owned()]) else { return };
    let Ok(question) = mapping::question(&config, "tool", &arguments) else { return };
    assert!(!question.resource.split(['/', ':']).any(|segment| segment == ".."));
    assert!(question.context.contains_key(mapping::ARGUMENTS_DIGEST));
    assert!(question.checked().is_ok());
}

pub(super) fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(config) = ProxyConfig::parse(text) {
        assert!(!config.command.is_empty() && config.limits.calls_max > 0);
    }
}
