//! What the fold says about a real log is what a few lines of plain Rust say about it; the policy does
//! what its tests say; a made-up case shows every rule.
//!
//! Without optimisation the first 150 cases are enough for a minute; `PLUTO_FULL=1` takes all.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use pluto_core::state::read;
use pluto_core::{Canonical, Component, EventId, Namespace};
use pluto_decision::record::{DecisionRecord, decision_key};
use pluto_ecl::testing::run_with_reference;
use pluto_identity::{IdentitySecret, Rotation, SecretSeed};
use pluto_realm::saga::{SagaRecord, SagaStatus};
use pluto_storage::{LogOptions, Store};
use pluto_testkit::shared_data;

use super::*;
use crate::node::{Author, Node};

const CASES_IN_DEBUG: usize = 150;

fn owner() -> IdentitySecret {
    IdentitySecret::from_seed(SecretSeed::from([1; 32]), Namespace::Person, Rotation::Never)
}

fn node(dir: &Path) -> Node {
    Node::start(Store::open(dir, LogOptions::default()).unwrap(), &|_| {}).unwrap()
}

fn replay(node: &Node, owner: &IdentitySecret, events: &[LogEvent]) -> Tally {
    let artifact = permits().unwrap();
    let first_ms = events[0].time_ms;
    let mut replay = Replay::begin(node, owner, "permits", artifact, "T04 ", first_ms).unwrap();
    days(events).iter().for_each(|day| replay.day(day).unwrap());
    replay.finish().unwrap();
    replay.tally().clone()
}

/// The permit process of a municipality.
fn real_log() -> Option<Vec<u8>> {
    Some(std::fs::read(shared_data("process-log/receipt.csv")?).unwrap())
}

/// Counts what a log breaks by rule, with none of the code under test: `str::split`, a sort, and the
/// rules once more in another language. The log has no quotes. Keeps the first `cases` cases.
fn recount(log: &str, cases: usize) -> BTreeMap<String, usize> {
    let mut lines = log.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let column = |name| header.iter().position(|column| *column == name).unwrap();
    let names = ["time:timestamp", "case:deadline", "case:concept:name", "concept:name"];
    let [time, deadline, case, step] = names.map(column);
    let [who, group] = ["org:resource", "org:group"].map(column);
    let mut rows: Vec<(u64, Vec<&str>)> = lines.map(|row| (millis(row[time]), row)).collect();
    rows.sort_by_key(|(at, _)| *at);
    let (mut kept, mut roles, mut found) = (HashSet::new(), HashSet::new(), BTreeMap::new());
    let mut done: HashMap<(&str, &str), &str> = HashMap::new();
    for (at, row) in rows {
        if !kept.contains(row[case]) && kept.len() == cases {
            continue;
        }
        let is_first = kept.insert(row[case]);
        roles.insert((row[who], row[group]));
        let number = row[step].split(' ').next().unwrap();
        let last = |number| done.get(&(row[case], number)).copied();
        let (needs, role, other) = match number {
            "T02" => (None, Some("Group 4"), None),
            "T04" => (Some("T02"), Some("Group 3"), Some("T02")),
            "T05" => (Some("T04"), Some("Group 2"), None),
            "T12" => (Some("T11"), Some("Group 4"), Some("T11")),
            "T14" => (Some("T12"), Some("Group 3"), Some("T12")),
            "T15" => (Some("T14"), Some("Group 2"), None),
            "T17" => (None, Some("Group 4"), None),
            "T19" => (Some("T17"), Some("Group 3"), Some("T17")),
            "T20" => (Some("T19"), Some("Group 2"), None),
            _ => (None, None, None),
        };
        let again = matches!(number, "T02" | "T03") && last("T04").is_some();
        let rule = if is_first != (number == "Confirmation")
            || needs.is_some_and(|needs| last(needs).is_none())
            || again
        {
            Some("order")
        } else if role.is_some_and(|role| !roles.contains(&(row[who], role))) {
            Some("role")
        } else if other.is_some_and(|other| last(other) == Some(row[who])) {
            Some("four eyes")
        } else if at > millis(row[deadline]) {
            Some("deadline")
        } else {
            None
        };
        if let Some(rule) = rule {
            *found.entry(rule.to_owned()).or_default() += 1;
        }
        done.insert((row[case], number), row[who]);
    }
    found
}

/// What became of the cases as sagas, counted likewise: day by day for each case on its own. A day is one
/// that somebody did something, or a case ended.
fn recount_cases(log: &str, cases: usize) -> CaseCount {
    let mut lines = log.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let column = |name| header.iter().position(|column| *column == name).unwrap();
    let [time, deadline, end, case] =
        ["time:timestamp", "case:deadline", "case:enddate", "case:concept:name"].map(column);
    let day = |at: u64| at / DAY_MS;
    let mut rows: Vec<(u64, Vec<&str>)> = lines.map(|row| (millis(row[time]), row)).collect();
    rows.sort_by_key(|(at, _)| *at);
    let mut steps: HashMap<&str, Vec<u64>> = HashMap::new();
    let mut ends: HashMap<&str, (u64, Option<u64>)> = HashMap::new();
    for (at, row) in &rows {
        if !steps.contains_key(row[case]) && steps.len() == cases {
            continue;
        }
        steps.entry(row[case]).or_default().push(day(*at));
        let ended = (!row[end].is_empty()).then(|| millis(row[end]));
        ends.insert(row[case], (millis(row[deadline]), ended));
    }
    let last = steps.values().flatten().max().copied().unwrap();
    let closes = |case: &&str| {
        let (_, ended) = ends[case];
        ended.map(|ended| day(ended).max(steps[case][0])).filter(|closed| *closed <= last)
    };
    let mut news: Vec<u64> = steps.values().flatten().copied().collect();
    news.extend(steps.keys().filter_map(closes));
    let mut count = CaseCount::default();
    for (case, days) in &steps {
        let deadline = ends[case].0;
        // Time is known on days with news: the first of them that begins at the deadline or after it.
        let over = news.iter().copied().filter(|day| day * DAY_MS >= deadline).min();
        let (over, closed) = (over.unwrap_or(u64::MAX), closes(case).unwrap_or(u64::MAX));
        if over <= days[0] {
            count.late += 1;
            count.steps_without += days.len();
            continue;
        }
        let (within, after) = match over.min(closed) {
            u64::MAX => (&mut count.open, &mut count.steps_above),
            _ if over <= closed => (&mut count.timed_out, &mut count.steps_after_timeout),
            _ => (&mut count.completed, &mut count.steps_after_end),
        };
        *within += 1;
        let taken = |day: &&u64| **day < over && **day <= closed;
        let named = days.iter().filter(taken).count();
        count.steps += named;
        *after += days.len() - named;
    }
    count
}

/// `2011-10-11 13:45:40.276000+02:00` in milliseconds since 2000, counted day by day.
fn millis(text: &str) -> u64 {
    let number = |range: std::ops::Range<usize>| text[range].parse::<u64>().unwrap();
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let leap = |year: u64| u64::from(year.is_multiple_of(4));
    let months = [31, 28 + leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days: u64 = (2000..year).map(|year| 365 + leap(year)).sum::<u64>()
        + months.iter().take(month as usize - 1).sum::<u64>()
        + day
        - 1;
    let zone = text.len() - 6;
    assert_eq!(&text[zone..=zone], "+");
    let minutes = days * 1_440 + number(11..13) * 60 + number(14..16)
        - number(zone + 1..zone + 3) * 60
        - number(zone + 4..zone + 6);
    let fraction = text[19..zone].strip_prefix('.').unwrap_or("000");
    minutes * 60_000 + number(17..19) * 1_000 + fraction[..3].parse::<u64>().unwrap()
}

#[test]
fn a_real_log_breaks_the_rules_as_often_as_a_recount_says() {
    let Some(log) = real_log() else { return };
    let mut events = parse_log(&log[..]).unwrap();
    let full = !cfg!(debug_assertions) || std::env::var_os("PLUTO_FULL").is_some();
    let cases = if full { usize::MAX } else { CASES_IN_DEBUG };
    events = first_cases(&events, cases);
    let (dir, owner) = (tempfile::tempdir().unwrap(), owner());
    let node = node(dir.path());
    let tally = replay(&node, &owner, &events);
    let expected = recount(std::str::from_utf8(&log).unwrap(), cases);
    let found: BTreeMap<String, usize> =
        tally.by_rule().into_iter().map(|(rule, count)| (rule.to_owned(), count)).collect();
    assert_eq!(found, expected);
    assert!(found["four eyes"] > 10, "{found:?}");
    assert_eq!(tally.cases, recount_cases(std::str::from_utf8(&log).unwrap(), cases));
    assert!(tally.cases.completed > 0 && tally.cases.timed_out > 0, "{:?}", tally.cases);
    let violated = tally.violated();
    let counts = (tally.steps, tally.allowed + violated, tally.reported, tally.mistaken);
    assert_eq!(counts, (events.len(), events.len(), violated, 0));
    node.stop().unwrap();
}

#[test]
fn the_policy_passes_its_tests_and_they_meet_every_rule() {
    let compiled = compile(PERMITS);
    let (bundle, _) = compiled.result.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
    let run = run_with_reference(&bundle);
    let failed = run.reports.iter().filter(|report| !report.passed);
    assert_eq!(failed.map(|report| &report.message).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(run.undecided().map(|rule| rule.rule).collect::<Vec<_>>(), Vec::<u16>::new());
}

fn step(minute: u64, person: &str, activity: &str, group: Option<&str>) -> LogEvent {
    LogEvent {
        case: "case-1".into(),
        activity: activity.into(),
        person: person.into(),
        group: group.map(str::to_owned),
        time_ms: 20 * DAY_MS + minute * 60_000,
        deadline_ms: Some(21 * DAY_MS),
        end_ms: None,
    }
}

#[test]
fn a_denied_step_that_was_done_counts_for_those_after_it() {
    let (checks, determines) = (Some("Group 4"), Some("Group 3"));
    let events = [
        step(0, "Ann", "Confirmation of receipt", None),
        step(1, "Ann", "T02 Check", None),
        step(2, "Ann", "T04 Determine", determines),
        step(3, "Bob", "T02 Check", checks),
        step(4, "Bob", "T05 Send", Some("Group 2")),
        step(1_441, "Bob", "T10 Determine", None),
    ];
    let (dir, owner) = (tempfile::tempdir().unwrap(), owner());
    let node = node(dir.path());
    let tally = replay(&node, &owner, &events);
    let by_rule = [("deadline", 1), ("four eyes", 1), ("order", 1), ("role", 1)];
    assert_eq!(tally.by_rule(), BTreeMap::from(by_rule));
    assert_eq!((tally.allowed, tally.reported, tally.mistaken), (2, 4, 0));
    let again = Replay::begin(&node, &owner, "permits", permits().unwrap(), "T04 ", 0);
    assert_eq!(again.err().unwrap().code(), crate::codes::NAME_TAKEN);
    node.stop().unwrap();
}

#[test]
fn a_case_is_a_saga_that_is_closed_or_times_out() {
    let of = |case: &str, minute, deadline_day: u64, end_day: Option<u64>| LogEvent {
        case: case.into(),
        deadline_ms: Some(deadline_day * DAY_MS + 1),
        end_ms: end_day.map(|day| day * DAY_MS + 7),
        ..step(minute, "Ann", "Confirmation of receipt", None)
    };
    let day = 1_440;
    let (dir, owner) = (tempfile::tempdir().unwrap(), owner());
    let node = node(dir.path());
    let events = [
        // Ends on a day without steps, the day of its deadline; then a step more.
        of("ended", 0, 21, Some(21)),
        of("late", 1, 19, Some(20)),
        // Its deadline passes on a day on which nothing happens.
        of("over", 2, 22, Some(24)),
        of("open", 3, 4_000, None),
        of("ended", 3 * day, 21, Some(21)),
        of("over", 3 * day + 1, 22, Some(24)),
        of("open", 3 * day + 2, 4_000, None),
        of("open", 4 * day, 4_000, None),
    ];
    let cases = replay(&node, &owner, &events).cases;
    let expected = CaseCount {
        completed: 1,
        timed_out: 1,
        open: 1,
        late: 1,
        steps: 5,
        steps_after_end: 1,
        steps_after_timeout: 1,
        steps_without: 1,
        steps_above: 0,
    };
    assert_eq!(cases, expected);
    let snapshot = node.snapshot(node.realm(Some("permits")).unwrap()).unwrap();
    let sagas = snapshot.entries(Component::SagaComposer);
    let records: Vec<SagaRecord> =
        sagas.iter().map(|(_, value)| SagaRecord::decode(value).unwrap()).collect();
    let deadlines: BTreeMap<u64, SagaStatus> =
        records.iter().map(|record| (record.deadline_ms, record.status)).collect();
    let expected = [
        (21, SagaStatus::Completed),
        (22, SagaStatus::Stuck),
        // As far as a saga can go.
        (20 + 3_650, SagaStatus::Running),
    ];
    let rest = |day: u64| if day > 1_000 { 0 } else { 1 };
    assert_eq!(deadlines, expected.map(|(day, is)| (day * DAY_MS + rest(day), is)).into());
    // Every step has the decision about it as its result.
    for step in records.iter().flat_map(|record| &record.named) {
        let decision = EventId(step.result.unwrap().0);
        let record: DecisionRecord =
            read(&*snapshot, Component::Execution, &decision_key(&decision)).unwrap();
        assert_eq!(record.actor, step.by);
    }
    node.stop().unwrap();
}

#[test]
fn an_approval_is_proven() {
    let events = [
        step(0, "Ann", "Confirmation of receipt", None),
        step(1, "Ann", "T02 Check", Some("Group 4")),
        step(2, "Bob", "T04 Determine", Some("Group 3")),
    ];
    let (dir, owner) = (tempfile::tempdir().unwrap(), owner());
    let node = node(dir.path());
    let approved = replay(&node, &owner, &events).approved.unwrap();
    assert_eq!((approved.person.as_str(), approved.case.as_str()), ("Bob", "case-1"));
    let realm = node.realm(Some("permits")).unwrap();
    let (_, signed) = Author::new(&owner).sign_checkpoint(&node, realm, 21 * DAY_MS).unwrap();
    assert!(signed.event.verdict.is_effective());
    let position = node.position_of(realm, approved.decision).unwrap();
    let witnessed = node.witnessed(realm, position, None).unwrap();
    let bundles = node.bundles(realm, &[approved.decision], &witnessed, &|_| {}).unwrap();
    let report =
        pluto_decision::bundle::verify(&bundles[0].encode(), &pluto_identity::Zip215Verifier);
    assert!(report.failure().is_none(), "{:?}", report.failure());
    node.stop().unwrap();
}

#[test]
fn the_first_cases_are_whole() {
    let of = |case: &str, minute| LogEvent { case: case.into(), ..step(minute, "Ann", "x", None) };
    let events = [of("a", 0), of("b", 1), of("a", 2), of("c", 3)];
    let kept = first_cases(&events, 2);
    assert_eq!(kept, [of("a", 0), of("b", 1), of("a", 2)]);
}
