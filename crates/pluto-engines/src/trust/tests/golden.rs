//! The fold over real ratings equals the study prototype to the last unit.
//!
//! 35,592 ratings of Bitcoin OTC (Kumar et al., ICDM 2016 and WSDM 2018), with the first five
//! attesters as roots. The expected value is the SHA-256 of the prototype's listing.

use std::collections::BTreeSet;

use pluto_testkit::shared_data;

use crate::testing::{R, World, did, sha256_hex};
use crate::trust::{day, standing};

const GOLDEN_SHA256: &str = "e629f969b701dce6fe148d9fd62a2fc82bf3a9e5788f9bb9eaa6e4703a61c0c9";

struct Row {
    attester: u64,
    subject: u64,
    value: i8,
    day: u64,
}

fn row(line: &str) -> Row {
    let fields: Vec<&str> = line.trim().split(',').collect();
    let seconds: u64 = fields[3].split('.').next().unwrap().parse().unwrap();
    Row {
        attester: fields[0].parse().unwrap(),
        subject: fields[1].parse().unwrap(),
        value: fields[2].parse().unwrap(),
        day: seconds / 86_400,
    }
}

fn ratings() -> Option<Vec<Row>> {
    let text = std::fs::read_to_string(shared_data("ratings/soc-sign-bitcoinotc.csv")?).unwrap();
    Some(text.lines().skip(1).map(row).collect())
}

#[test]
fn fold_of_real_ratings_equals_the_prototype() {
    let Some(rows) = ratings() else { return };
    let mut world = World::new(&[6, 1, 4, 13, 7], 0);
    for row in &rows {
        world.add(row.subject);
        world.at_day(row.day);
        world.rate(row.attester, row.subject, row.value);
    }
    let subjects: BTreeSet<u64> = rows.iter().map(|row| row.subject).collect();
    let mut listing = "subject,day,flow,spent,pos,neg,value\n".to_owned();
    for subject in subjects {
        let s = standing(&world, did(subject), R, day(&world));
        let (day, flow, spent, pos, neg, value) =
            (day(&world), s.flow, s.spent, s.pos, s.neg, s.value_ppm());
        listing.push_str(&format!("{subject},{day},{flow},{spent},{pos},{neg},{value}\n"));
    }
    assert_eq!(sha256_hex(listing.as_bytes()), GOLDEN_SHA256);
}
