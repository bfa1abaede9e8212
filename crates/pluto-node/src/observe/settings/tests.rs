//! What an operator sets.

use super::*;

fn load(text: &str, args: &ServeArgs) -> Result<ObserveConfig> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("observe.toml"), text).unwrap();
    let mut config = ObserveConfig::load(folder.path(), args)?;
    config.file = config
        .file
        .map(|file| file.strip_prefix(folder.path()).map(Path::to_owned).unwrap_or(file));
    Ok(config)
}

#[test]
fn the_command_line_goes_before_the_file() {
    let text = "otlp = \"http://a\"\nfile = \"trace.jsonl\"\ninterval_s = 0\n";
    let said = load(text, &ServeArgs::default()).unwrap();
    assert_eq!(said.otlp.as_deref(), Some("http://a"));
    assert_eq!((said.file, said.interval_s), (Some("trace.jsonl".into()), 1));
    let args = ServeArgs {
        otlp: Some("http://b".to_owned()),
        trace_file: Some("other".into()),
        ..ServeArgs::default()
    };
    let said = load(text, &args).unwrap();
    assert_eq!((said.otlp.as_deref(), said.file), (Some("http://b"), Some("other".into())));
}

#[test]
fn nothing_is_told_unless_it_is_set_and_errors_have_codes() {
    let empty = tempfile::tempdir().unwrap();
    let config = ObserveConfig::load(empty.path(), &ServeArgs::default()).unwrap();
    assert_eq!(config, ObserveConfig::default());
    let mut deliveries = super::super::deliver::Deliveries::default();
    assert!(super::super::open(&config, &mut deliveries).unwrap().is_none());
    let code = |text: &str| load(text, &ServeArgs::default()).unwrap_err().code().id();
    assert_eq!(code("unknown = 1"), "NOD-0007");
    let filter = ObserveConfig { filter: "a=b=c".to_owned(), ..ObserveConfig::default() };
    assert_eq!(filter.filter().unwrap_err().code().id(), "NOD-0007");
}

#[test]
fn peers_are_named_by_their_ids() {
    let peers = |peers: Vec<String>| ObserveConfig { peers, ..ObserveConfig::default() }.peers();
    let node = pluto_p2p::driver::node_of([1; 32]).unwrap();
    let id = pluto_p2p::driver::text_of(node);
    let set = load(&format!("peers = [\"{id}\"]\n"), &ServeArgs::default()).unwrap();
    assert_eq!(set.peers().unwrap(), [node]);
    for bad in [vec!["nobody".to_owned()], vec![id; PEERS_MAX + 1]] {
        assert_eq!(peers(bad).unwrap_err().code().id(), "NOD-0007");
    }
    assert!(peers(Vec::new()).unwrap().is_empty());
}
