//! Schemas that follow each other, and records through all of them.

use pluto_core::codec::Canonical;
use pluto_core::did::{Did, Namespace};
use pluto_core::policy::Value;

use super::*;
use crate::artifact::Artifact;
use crate::code::Module;
use crate::compile::compile;
use crate::interpreter::Program;
use crate::reference::migrate as migrate_by_meaning;

const V1: &str = "store people { name: text<64> age: int index name }";
const V1_GROWN: &str = "store people { name: text<64> age: int city: symbol = here index age }";
const V2: &str = "enum level { low, high }
store people version 2 { title: text<80> level: level note: option<int> = none index level }
migrate people from 1 { name: text<64>, age: int, city: symbol } {
  title: old.name
  level: if old.age > 40 then high else low
  note: none
}";
const V3: &str = "enum level { low, high }
store people version 3 { title: text<80> level: level score: int }
migrate people from 1 { name: text<64>, age: int, city: symbol } {
  title: old.name
  level: if old.age > 40 then high else low
  note: none
}
migrate people from 2 { title: text<80>, level: level, note: option<int> } {
  title: old.title
  level: old.level
  score: 100 / (or_else(old.note, 3) + 1)
}
policy grown on custom (key: text<64>) { require people[key]?.score > 10 }";

fn module(source: &str) -> Module {
    let compiled = compile(source);
    assert!(compiled.result.is_some(), "{:?}", compiled.diagnostics);
    compiled.result.unwrap().1
}

fn declared(source: &str) -> Declared {
    Declared::all(&module(source)).unwrap().remove(0)
}

/// Installs the sources one after the other; the schemas by version.
fn history(sources: &[&str]) -> Result<Vec<Schema>, Refused> {
    let mut known: Vec<Schema> = Vec::new();
    for source in sources {
        let of = |version: u16| known.iter().find(|schema| schema.version == version).cloned();
        let next = evolve(&declared(source), known.last(), &of)?;
        known.retain(|schema| schema.version != next.version);
        known.push(next);
    }
    Ok(known)
}

#[track_caller]
fn check_refused(sources: &[&str], expected: &str) {
    let refused = history(sources).unwrap_err().to_string();
    assert!(refused.contains(expected), "{refused}");
}

#[test]
fn a_store_grows_and_moves_on() {
    let known = history(&[V1, V1, V1_GROWN, V2, V3]).unwrap();
    let [first, second, third] = known.as_slice() else { panic!("{known:?}") };
    assert_eq!((first.version, first.minor), (1, 1));
    assert_eq!((first.width(0), first.width(1)), (2, 3));
    let indexes: Vec<_> = first.indexes.iter().map(|i| (i.field, i.added, i.removed)).collect();
    assert_eq!(indexes, [(0, 0, Some(1)), (1, 1, None)]);
    assert_eq!((second.version, second.minor, third.version), (2, 0, 3));
    for schema in &known {
        assert_eq!(Schema::from_bytes(&schema.encode()).unwrap(), *schema);
    }
}

#[test]
fn what_breaks_records_is_refused_with_what_to_write() {
    let retyped = "store people { name: text<64> age: fixed }";
    check_refused(&[V1, retyped], "field `age` has another type");
    check_refused(&[V1, retyped], "`version 2` and `migrate … from 1 { name: text<64>, age: int }");
    check_refused(&[V1, "store people { name: text<64> }"], "field `age` is gone");
    let demanding = "store people { name: text<64> age: int city: symbol }";
    check_refused(&[V1, demanding], "field `city` is new and has no default");
    check_refused(
        &[V1_GROWN, V3],
        "expected version 1 or 2, found 3: versions are installed one by",
    );
    check_refused(&[V3, V2], "expected version 3 or 4, found 2");
    check_refused(&[V1, V2], "the migration from version 1 takes another record");
}

fn person(name: &str, age: i64) -> Vec<Value> {
    vec![Value::Text(name.into()), Value::Int(age)]
}

#[test]
fn records_of_every_age_read_alike_by_code_and_by_meaning() {
    let schemas = history(&[V1, V1_GROWN]).unwrap();
    let compiled = compile(V3).result.unwrap();
    let artifact = Artifact { edition: 1, source: V3.into(), module: compiled.1, wasm: None };
    let bytes = artifact.to_bytes().unwrap();
    let artifact = Artifact::from_bytes(&bytes).unwrap();
    for program in [
        Program::load(&artifact.module).unwrap(),
        Program::load_as_written(&artifact.module).unwrap(),
    ] {
        for age in [0, 40, 41, i64::MAX] {
            let old = schemas[0].complete(person("Ann", age)).unwrap();
            let read = newest(&program, "people", 1, old.clone());
            assert_eq!(read, migrate_by_meaning(&compiled.0, "people", 1, &old));
            let level = if age > 40 { "high" } else { "low" };
            let expected =
                vec![Value::Text("Ann".into()), Value::Variant(level.into()), Value::Int(25)];
            assert_eq!(read.unwrap(), expected);
        }
    }
}

#[test]
fn a_migration_that_faults_is_a_fault() {
    let program = Program::load(&module(V3)).unwrap();
    let two = |note| {
        let note = Value::Option(Some(Box::new(Value::Int(note))));
        vec![Value::Text("x".into()), Value::Variant("low".into()), note]
    };
    use pluto_core::policy::Fault;
    assert_eq!(newest(&program, "people", 2, two(-1)), Err(Fault::DivisionByZero));
    assert_eq!(newest(&program, "people", 2, two(i64::MAX)), Err(Fault::Overflow));
    assert_eq!(newest(&program, "people", 2, Vec::new()), Err(Fault::BadRequest));
    assert_eq!(newest(&program, "people", 9, Vec::new()), Err(Fault::NotSupported));
    assert_eq!(newest(&program, "nobody", 1, Vec::new()), Err(Fault::NotSupported));
}

#[test]
fn reading_pays_for_the_dearest_way_to_the_present() {
    let module = module(V3);
    let of = |name: &str| module.policies.iter().find(|p| p.name == name).unwrap().bound;
    let steps = of("people@1").plus(of("people@2"));
    let price = module.record_price(0);
    assert_eq!(price, crate::gas::RECORD.plus(steps));
    let paid = of("grown");
    assert!(paid.storage >= price.storage && paid.compute >= price.compute, "{paid:?} {price:?}");
}

#[test]
fn a_forged_history_is_refused() {
    let good = module(V3);
    let broken = |change: &dyn Fn(&mut Module)| {
        let mut module = good.clone();
        change(&mut module);
        assert!(crate::verify::verify(&module).is_err());
    };
    fn of(module: &mut Module) -> &mut crate::code::History {
        module.stores[0].history.as_mut().unwrap()
    }
    crate::verify::verify(&good).unwrap();
    broken(&|module| of(module).migrations.truncate(1));
    broken(&|module| of(module).migrations.swap(0, 1));
    broken(&|module| of(module).migrations[1].policy = 0);
    broken(&|module| of(module).migrations[1].policy = 99);
    broken(&|module| of(module).defaults.clear());
    broken(&|module| of(module).defaults[0] = Some(crate::hir::Constant::None));
    broken(&|module| of(module).indexes.push(7));
    broken(&|module| module.stores[0].version = 2);
}

#[test]
fn typed_records_have_one_encoding() {
    let known = history(&[V1, V1_GROWN]).unwrap();
    let schema = &known[0];
    let whole = [person("Ann", -7), vec![Value::Symbol("there".into())]].concat();
    for fields in [person("Ann", -7), whole] {
        let record = TypedRecord { version: 1, fields };
        let bytes = record.to_bytes(schema).unwrap();
        assert_eq!(TypedRecord::from_bytes(schema, &bytes).unwrap(), record);
        for length in 0..bytes.len() {
            let cut = TypedRecord::from_bytes(schema, &bytes[..length]);
            assert!(cut.is_err(), "cut at {length}");
        }
    }
    let wrong = TypedRecord { version: 1, fields: vec![Value::Int(1)] };
    assert_eq!(wrong.to_bytes(schema), None);
    let long = TypedRecord { version: 1, fields: vec![Value::Text("x".repeat(65))] };
    assert_eq!(long.to_bytes(schema), None);
}

#[test]
fn words_of_an_index_keep_values_apart() {
    let did = Value::Did(Did { namespace: Namespace::Person, id: [7; 32] });
    let long = |end: &str| Value::Text(format!("{}{end}", "x".repeat(100)));
    let values = [Value::Int(-1), Value::Int(1), did, long("a"), long("b"), Value::Text("".into())];
    let words: Vec<_> = values.iter().map(|value| Shape::index_word(value).unwrap()).collect();
    for (at, word) in words.iter().enumerate() {
        assert!(word.len() <= 65 && !words[..at].contains(word));
    }
    assert!(words[0] < words[1]);
    assert_eq!(Shape::index_word(&Value::Option(None)), None);
}
