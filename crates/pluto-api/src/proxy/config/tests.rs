//! Configurations that fit, and those that do not.

use super::*;

#[test]
fn a_command_is_enough() {
    let config =
        ProxyConfig::for_command(vec!["/opt/bin/files.py".into(), "--root".into()]).unwrap();
    let written = ProxyConfig::parse("server = 'files'\ncommand = ['/opt/bin/files.py', '--root']");
    assert_eq!(config, written.unwrap());
    assert!(config.shows("anything"));
}

#[test]
fn everything_can_be_said() {
    let config = ProxyConfig::parse(
        "server = 'files'\ncommand = ['files']\nenv = ['TOKEN']\nrealm = 'work'\nunlisted = 'hide'\n\
         argument = 'uri'\n[limits]\ncalls_max = 2\n[tools.write]\nargument = 'file'\nprefix = 'file:'\n\
         amount_argument = 'cost'\ncontext = ['branch']\n[tools.deploy]\nresource = 'prod'\namount = 5\n",
    )
    .unwrap();
    assert_eq!(config.limits, Limits { calls_max: 2, ..Limits::default() });
    assert!(config.shows("write") && !config.shows("read"));
    assert_eq!(config.rule("deploy").unwrap().amount, Some(5));
}

#[test]
fn what_does_not_fit_is_refused() {
    let with = |more: &str| ProxyConfig::parse(&format!("server = 's'\ncommand = ['c']\n{more}"));
    assert!(with("").is_ok());
    for more in [
        "colour = 'red'",
        "unlisted = 'allow'",
        "limits = { calls_max = 0 }",
        "limits = { calls_max = 65 }",
        "limits = { message_bytes_max = 10 }",
        "limits = { call_ms_max = 0 }",
        "[tools.a]\nresource = 'r'\nargument = 'path'",
        "[tools.a]\namount = 1\namount_argument = 'n'",
        "[tools.a]\namount = -1",
    ] {
        assert_eq!(with(more).unwrap_err().code().id(), "API-0004", "{more}");
    }
    for all in ["", "server = 's'\ncommand = []", "server = 'a/b'\ncommand = ['c']", "server = ''"]
    {
        assert!(ProxyConfig::parse(all).is_err(), "{all}");
    }
    assert!(ProxyConfig::for_command(Vec::new()).is_err());
    assert!(with(&"#".repeat(CONFIG_BYTES_MAX)).is_err());
}
