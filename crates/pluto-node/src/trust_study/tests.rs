//! The parser, the measures, and the study on real ratings.

use pluto_testkit::shared_data;
use proptest::prelude::*;

use super::measure::mean_percentile;
use super::*;

fn parsed(text: &str) -> Result<Vec<Rating>, String> {
    parse_ratings(text.as_bytes()).map_err(|error| format!("{} {error}", error.code()))
}

fn rating(attester: u32, subject: u32, value: i8, time_s: u64) -> Rating {
    Rating { attester, subject, value, time_s }
}

#[test]
fn reads_with_and_without_header() {
    let expected = vec![rating(6, 2, 4, 1_289_241_911), rating(6, 5, -10, 1_289_241_941)];
    let lines = "6,2,4,1289241911.72836\n6,5,-10,1289241941";
    for text in
        [lines.to_owned(), format!("{lines}\r\n\n"), format!("from,to,feature,time\n{lines}")]
    {
        assert_eq!(parsed(&text).unwrap(), expected);
    }
}

#[test]
fn sorts_by_time_and_keeps_the_order_within_a_second() {
    let found = parsed("1,2,1,9\n3,4,1,8.9\n5,6,1,8.1\n").unwrap();
    assert_eq!(found, [rating(3, 4, 1, 8), rating(5, 6, 1, 8), rating(1, 2, 1, 9)]);
}

#[test]
fn names_the_line_that_is_wrong() {
    let cases = [
        ("1,2,3,4\n1,2,11,4\n", "NOD-0101 line `2`: expected a rating from -10 to 10, found `11`"),
        (
            "1,2,3,4\nfrom,2,3,4\n",
            "NOD-0101 line `2`: expected the number of a person, found `from`",
        ),
        ("1,-2,3,4\n", "NOD-0101 line `1`: expected the number of a person, found `-2`"),
        ("1,2,3\n", "NOD-0101 line `1`: expected a time in Unix seconds, found ``"),
        ("1,2,3,4.x\n", "NOD-0101 line `1`: expected a time in Unix seconds, found `4.x`"),
        ("1,2,3,+4\n", "NOD-0101 line `1`: expected a time in Unix seconds, found `+4`"),
        ("1,2,3,4,5\n", "NOD-0101 line `1`: expected source,target,rating,time, found `1,2,3,4,5`"),
        ("", "NOD-0104 expected at least one rating, found none"),
        ("from,to,rating,time\n", "NOD-0104 expected at least one rating, found none"),
    ];
    for (text, expected) in cases {
        assert_eq!(parsed(text).unwrap_err(), expected);
    }
    let long = format!("1,2,3,4\n{}", "9".repeat(LINE_BYTES_MAX + 1));
    assert_eq!(parsed(&long).unwrap_err(), "NOD-0102 line `2` is longer than `256` bytes");
}

proptest! {
    #[test]
    fn any_input_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        if let Ok(ratings) = parse_ratings(bytes.as_slice()) {
            prop_assert!(ratings.is_sorted_by_key(|rating| rating.time_s));
        }
    }

    #[test]
    fn auc_counts_pairs(scored in prop::collection::vec((0..6_i32, any::<bool>()), 0..40)) {
        let mut wins = 0.0;
        let side = |wanted| scored.iter().filter(move |(_, positive)| *positive == wanted);
        for (high, _) in side(true) {
            for (low, _) in side(false) {
                wins += if high > low { 1.0 } else if high == low { 0.5 } else { 0.0 };
            }
        }
        let pairs = (side(true).count() * side(false).count()) as f64;
        let found = auc(scored.iter().map(|(score, sign)| (f64::from(*score), *sign)).collect());
        prop_assert_eq!(found.is_some(), pairs > 0.0);
        prop_assert!(found.is_none_or(|found| (found - wins / pairs).abs() < 1e-12));
    }
}

#[test]
fn percentiles_count_ties_half() {
    assert_eq!(mean_percentile(vec![4, 1, 2, 2], &[1]), 12.5);
    assert_eq!(mean_percentile(vec![4, 1, 2, 2], &[2]), 50.0);
    assert_eq!(mean_percentile(vec![4, 1, 2, 2], &[4, 1]), 50.0);
    assert_eq!(mean_percentile(vec![], &[]), 0.0);
}

#[test]
fn chooses_roots() {
    let ratings = [rating(9, 1, 1, 1), rating(3, 9, 1, 2), rating(9, 2, 1, 3), rating(1, 2, 1, 4)];
    let roots = |choice| choose(&ratings, choice);
    assert_eq!(roots(RootChoice::FirstAttesters(2)), [3, 9]);
    assert_eq!(roots(RootChoice::default()), [1, 3, 9]);
    assert_eq!(roots(RootChoice::People(vec![7, 2, 7])), [2, 7]);
}

#[test]
fn a_small_study_is_whole_and_reproducible() {
    let ratings = [rating(1, 1, 5, 1), rating(1, 2, 5, 2)];
    let study = run(&ratings, RootChoice::default());
    assert_eq!((study.ratings, study.void, study.people), (2, 1, 2));
    assert_eq!(study.prediction.auc, None);
    assert_eq!(study.top[0], Ranked { person: 2, value_ppm: 280_000, praise: 1, complaints: 0 });
    assert_eq!(study, run(&ratings, RootChoice::default()));
}

fn real_ratings() -> Option<Vec<Rating>> {
    let file = std::fs::File::open(shared_data("ratings/soc-sign-bitcoinotc.csv")?).unwrap();
    Some(parse_ratings(std::io::BufReader::new(file)).unwrap())
}

/// The goals that the algorithm was chosen for, on the ratings of Bitcoin OTC.
#[test]
fn predicts_and_resists_on_real_ratings() {
    let Some(ratings) = real_ratings() else { return };
    let study = run(&ratings, RootChoice::default());
    println!("{study}");
    assert_eq!((study.ratings, study.void, study.people), (35_592, 0, 5_881));
    assert_eq!(study.roots, [1, 4, 6, 7, 13]);
    let prediction = &study.prediction;
    assert_eq!((prediction.trained_on, prediction.predicted), (28_473, 4_402));
    assert!(prediction.auc.unwrap() >= 0.63);
    assert!(prediction.auc > prediction.auc_beta && prediction.auc_beta > prediction.auc_mean);
    let gain = |buyers, edges| {
        let found = study.attacks.iter().find(|row| row.buyers == buyers && row.edges == edges);
        found.unwrap().gain()
    };
    assert!(gain(Buyers::Random, 0).abs() <= 0.5);
    assert!(gain(Buyers::Random, 20) <= 2.0);
    assert!(gain(Buyers::Top, 20) <= 2.0);
    assert_eq!((study.top.len(), study.bottom.len()), (10, 10));
    assert!(study.top[0].value_ppm > study.bottom[0].value_ppm);
}

/// Voice at the end of the real ratings: uniform decay leaves its concentration where it was, decay of
/// what is above the cap lowers it.
#[test]
fn progressive_decay_lowers_real_concentration() {
    let Some(ratings) = real_ratings() else { return };
    let found = run(&ratings, RootChoice::default()).concentration.unwrap();
    println!("{found}");
    let mut before = found.now;
    for Faded { days, uniform, progressive } in &found.later {
        assert!(uniform.gini_ppm.abs_diff(found.now.gini_ppm) <= 1, "{days} days");
        assert!(uniform.top_ppm.abs_diff(found.now.top_ppm) <= 1, "{days} days");
        assert!(progressive.gini_ppm < before.gini_ppm, "{days} days");
        assert!(progressive.top_ppm < before.top_ppm, "{days} days");
        before = *progressive;
    }
    let year = found.later.last().unwrap().progressive;
    assert!(found.now.gini_ppm - year.gini_ppm > 15_000);
    assert!(found.now.top_ppm - year.top_ppm > 80_000);
}
