use serde_json::{Map, Value, json};

use crate::design::{Distribution, FieldKind, Numbers, Reader, Severity};

choice! {
    /// How it tastes.
    pub enum Taste {
        /// Like sugar.
        Sweet = "sweet", "Sweet";
        /// Like a lemon.
        /// Very much so.
        Sour = "sour", "Sour";
    }
}

variant! {
    /// What it is.
    pub enum Fruit tag "fruit" {
        /// One.
        Apple = "apple", "Apple" {
            /// Mass.
            mass_g: f64 = 100.0, label "Mass", unit "g", range 1.0..=1_000.0;
            /// Taste.
            taste: Taste = Taste::Sour, label "Taste";
        }
        /// Nothing.
        None = "none", "None" {}
    }
}

params! {
    /// One thing in the basket.
    pub struct Thing {
        /// What it is called.
        name: String = "thing".to_owned(), label "Name", max_len 8;
        /// How many.
        count: u32 = 1, label "Count", range 1..=10;
    }
}

params! {
    /// A basket.
    pub struct Basket check heavy {
        /// Wide enough?
        wide: bool = true, label "Wide";
        /// The fruit
        /// in it.
        fruit: Fruit = Fruit::Apple { mass_g: 7.0, taste: Taste::Sweet }, label "Fruit", advanced;
        /// Things.
        things: Vec<Thing> = vec![Thing::default()], label "Things", item "thing", items 1..=3;
        /// Deposit.
        deposit: Option<f64> = None, label "Deposit", unit "€", range 0.5..=2.0;
        /// Best thing.
        best: Thing = Thing { name: "best".to_owned(), count: 3 }, label "Best";
        /// Samples.
        samples: Numbers = Numbers(vec![1.0]), label "Samples", range 0.0..=9.0, items 1..=3, item "sample";
        /// Time.
        time: Distribution = Distribution::Exponential { mean_ms: 6.0 }, label "Time";
        /// Big count.
        big: u64 = 5, label "Big";
    }
}

fn heavy(basket: &mut Basket, reader: &mut Reader) {
    if basket.things.iter().map(|t| t.count).sum::<u32>() > 15 {
        reader.at("things", |r| r.error("too heavy"));
    }
}

fn read(value: Value) -> (Basket, Vec<(Option<String>, String)>) {
    let mut reader = Reader::node("b");
    let map = value.as_object().cloned().unwrap_or_else(Map::new);
    let basket = Basket::read(&map, &mut reader);
    let problems = reader.into_problems().into_iter();
    (basket, problems.map(|p| (p.field, p.message)).collect())
}

#[test]
fn nothing_given_means_defaults() {
    assert_eq!(read(json!({})), (Basket::default(), vec![]));
}

#[test]
fn what_is_written_reads_back_the_same() {
    let (basket, problems) = read(json!({
        "wide": false,
        "fruit": {"fruit": "none"},
        "things": [{"name": "a", "count": 2.0}, {}],
        "deposit": 1.5,
        "best": {"name": "x"},
        "samples": [1, 2.5],
        "time": {"distribution": "pareto", "min_ms": 2, "alpha": 1.5},
        "big": 4_000_000_000_000_000_000u64,
    }));
    assert_eq!(problems, []);
    assert_eq!(basket.fruit, Fruit::None {});
    assert_eq!(basket.things[0].count, 2);
    assert_eq!(basket.things[1], Thing::default());
    assert_eq!(basket.best.count, 3, "a group's missing field comes from the field's default");
    assert_eq!(basket.big, 4_000_000_000_000_000_000);
    assert_eq!(read(Value::Object(basket.write())), (basket, vec![]));
}

#[test]
fn every_bad_value_is_named_and_has_its_default() {
    let (basket, problems) = read(json!({
        "wide": "yes",
        "fruit": {"fruit": "pear"},
        "things": [{"name": "far too long", "count": 1e9}, 7],
        "deposit": -1,
        "best": [],
        "samples": [1, "x"],
        "time": {"distribution": "exponential", "mean_ms": -6},
        "big": -1,
    }));
    let mut expected = Basket::default();
    expected.things.push(Thing::default());
    assert_eq!(basket, expected);
    let fields: Vec<_> = problems.iter().filter_map(|(f, _)| f.as_deref()).collect();
    assert_eq!(
        fields,
        [
            "/wide",
            "/fruit/fruit",
            "/things/0/name",
            "/things/0/count",
            "/things/1",
            "/deposit",
            "/best",
            "/samples/1",
            "/time/mean_ms",
            "/big"
        ]
    );
    assert_eq!(problems[5].1, "`deposit` is -1; accepted: a number from 0.5 to 2 €.");
    assert_eq!(problems[1].1, "`fruit` is \"pear\"; accepted: apple, none.");
}

#[test]
fn too_many_items_and_the_check_are_reported() {
    let (basket, problems) = read(json!({"things": [{}, {}, {}, {}]}));
    assert_eq!(basket, Basket::default());
    assert_eq!(problems.len(), 1);
    assert!(problems[0].1.contains("1 to 3 things"), "{problems:?}");
    let (_, problems) = read(json!({"things": [{"count": 10}, {"count": 10}]}));
    assert_eq!(problems, [(Some("/things".to_owned()), "too heavy".to_owned())]);
}

#[test]
fn unknown_fields_are_warnings() {
    let mut reader = Reader::link("l");
    let map = json!({"colour": "red", "fruit": {"fruit": "apple", "x": 1}});
    let map = map.as_object().cloned().unwrap_or_default();
    assert_eq!(Basket::read(&map, &mut reader), Basket::default());
    assert!(reader.problems().iter().all(|p| p.severity == Severity::Warning));
    let fields: Vec<_> = reader.problems().iter().map(|p| p.field.clone()).collect();
    assert_eq!(fields, [Some("/colour".to_owned()), Some("/fruit/x".to_owned())]);
}

#[test]
fn a_variant_without_its_tag_is_of_the_default_case() {
    let (basket, problems) = read(json!({"fruit": {"mass_g": 9}, "time": {"mean_ms": 2}}));
    assert_eq!(problems, []);
    let apple = Fruit::Apple { mass_g: 9.0, taste: Taste::Sweet };
    assert_eq!(basket.fruit, apple);
    assert_eq!(basket.time, Distribution::Exponential { mean_ms: 2.0 });
}

#[test]
fn fields_describe_the_form() {
    let fields = Basket::fields();
    assert_eq!(fields[1].help, "The fruit in it.");
    assert!(fields[1].advanced && !fields[0].advanced);
    assert_eq!(fields[1].default, json!({"fruit": "apple", "mass_g": 7, "taste": "sweet"}));
    let FieldKind::Variant { tag, cases } = &fields[1].kind else { panic!("not a variant: {:?}", fields[1].kind) };
    assert_eq!((*tag, cases.len()), ("fruit", 2));
    assert_eq!(cases[0].fields[0].default, json!(7), "the default case shows the field's values");
    assert!(cases[1].fields.is_empty());
    assert_eq!(fields[3].kind, FieldKind::Number { unit: "€", min: 0.5, max: 2.0 });
    assert!(fields[3].optional && fields[3].default.is_null());
    assert_eq!(Taste::OPTIONS[1].help, "Like a lemon. Very much so.");
}
