//! Published test vectors, and hexadecimal of any length.

use serde_json::Value;

/// The tests of a Wycheproof file, each with its group.
pub(crate) fn wycheproof(file: &Value) -> Vec<(&Value, &Value)> {
    let groups = file["testGroups"].as_array().unwrap();
    let tests: Vec<_> = groups
        .iter()
        .flat_map(|group| group["tests"].as_array().unwrap().iter().map(move |test| (group, test)))
        .collect();
    assert_eq!(tests.len() as u64, file["numberOfTests"].as_u64().unwrap());
    tests
}

/// The bytes a JSON string spells in hexadecimal.
pub(crate) fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    assert!(text.len().is_multiple_of(2));
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}
