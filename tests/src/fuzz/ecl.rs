//! Policies from elsewhere: any text has a tree with that text, and a layout that changes nothing.

use pluto_core::Canonical;
use pluto_core::policy::Gas;
use pluto_ecl::artifact::Artifact;
use pluto_ecl::format::format;
use pluto_ecl::interpreter::{Frame, Program};
use pluto_ecl::limits::DIAGNOSTICS_MAX;
use pluto_ecl::lower::lower;
use pluto_ecl::reference;
use pluto_ecl::syntax::parse;
use pluto_testkit::ecl::{Choices, RandomFacts, bundle, limit, request, request_for};

pub(super) fn source(bytes: &[u8]) {
    let Ok(source) = std::str::from_utf8(bytes) else { return };
    let parsed = parse(source);
    assert_eq!(parsed.syntax().text().to_string(), source, "text is lost");
    assert!(parsed.diagnostics.len() <= DIAGNOSTICS_MAX);
    for found in &parsed.diagnostics {
        let labels = found.secondary.iter().chain([&found.primary]).map(|label| label.span);
        for span in labels.chain(found.fixes.iter().map(|fix| fix.span)) {
            let place = span.start as usize..span.end as usize;
            assert!(source.get(place).is_some(), "{} is not at a place of the source", found.code);
        }
    }
    let Ok(once) = format(source) else { return };
    assert!(!parsed.has_errors(), "what has errors is not laid out");
    assert_eq!(meaning(&once), meaning(source), "the layout changes the program");
    assert!(format(&once).is_ok_and(|twice| twice == once), "the layout is not stable");
}

/// The program without the places in the source.
fn meaning(source: &str) -> String {
    let text = format!("{:?}", parse(source).ast);
    let mut parts = text.split("Span { start: ");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    parts.for_each(|part| plain.push_str(part.split_once('}').map_or(part, |(_, rest)| rest)));
    plain
}

/// Code from elsewhere is refused or runs, and the optimiser changes none of its answers.
pub(super) fn artifact(bytes: &[u8]) {
    let Ok(artifact) = Artifact::from_bytes(bytes) else { return };
    assert_eq!(artifact.encode(), bytes);
    let Ok(written) = Program::load_as_written(&artifact.module) else { return };
    let Ok(program) = Program::load(&artifact.module) else { return };
    let mut choices = Choices::from_bytes(bytes.last_chunk::<8>().map_or(bytes, |end| end));
    let (mut first, mut second) = (Frame::new(), Frame::new());
    for (index, policy) in artifact.module.policies.iter().enumerate() {
        let facts = RandomFacts::new(&mut choices);
        let request = request_for(&mut choices, &artifact.module.types, &policy.params);
        let limit = limit(&mut choices, policy.bound);
        let expected = written.decide(index, &request, &facts, limit, &mut first);
        assert!(expected.gas.fits(policy.bound) && expected.gas.fits(limit));
        assert_eq!(program.decide(index, &request, &facts, limit, &mut second), expected);
    }
}

/// A random policy that the bytes steer: the interpreter answers as the reference does, with the
/// optimiser and without.
pub(super) fn engines(bytes: &[u8]) {
    let mut choices = Choices::from_bytes(bytes);
    let bundle = bundle(&mut choices);
    let Ok(module) = lower(&bundle) else { return };
    let bound = module.policies.first().map_or(Gas::ZERO, |policy| policy.bound);
    let programs =
        [Program::load(&module), Program::load_as_written(&module)].map(|loaded| match loaded {
            Ok(program) => program,
            Err(error) => unreachable!("lowered code is refused: {error}"),
        });
    let mut frame = Frame::new();
    for _ in 0..4 {
        let facts = RandomFacts::new(&mut choices);
        let request = request(&mut choices, &bundle);
        let limit = limit(&mut choices, bound);
        let expected = reference::decide(&bundle, 0, &request, &facts, limit, bound);
        for program in &programs {
            assert_eq!(program.decide(0, &request, &facts, limit, &mut frame), expected);
        }
    }
}
