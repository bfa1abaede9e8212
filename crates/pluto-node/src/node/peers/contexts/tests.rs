//! Contexts of runs are given out once, and the oldest goes.

use super::*;

fn run(n: usize) -> Vec<u8> {
    let mut run = vec![0; 100];
    run[2..10].copy_from_slice(&n.to_be_bytes());
    run
}

#[test]
fn a_context_is_given_out_once_and_the_oldest_is_forgotten() {
    let context = |n: usize| Traceparent::new(&format!("{n:055}")).unwrap();
    let mut contexts = Contexts::default();
    for n in 0..=CONTEXTS_MAX {
        contexts.keep(&run(n), context(n));
    }
    assert_eq!(contexts.take(&run(0)), None, "it was the oldest");
    assert_eq!(contexts.take(&run(CONTEXTS_MAX)), Some(context(CONTEXTS_MAX)));
    assert_eq!(contexts.take(&run(CONTEXTS_MAX)), None);
    assert_eq!(contexts.take(&run(1)), Some(context(1)));
    contexts.keep(b"short", context(0));
    assert_eq!(contexts.0.len(), CONTEXTS_MAX - 2);
}
