//! The document under hostile and random input: reading never panics, and nothing that was read is lost.

use backpressure_sim::design::{Design, Fault, Link, Node, Note, Zone, check, may_connect, read, share, to_json};
use proptest::prelude::*;
use serde_json::{Map, Number, Value};

/// Any JSON a parameter or an unknown field may hold.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter_map("finite", |x| Number::from_f64(x).map(Value::Number)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((any::<String>(), inner), 0..4).prop_map(|f| Value::Object(f.into_iter().collect())),
        ]
    })
}

fn fields() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec(("\\PC{0,12}", json()), 0..4).prop_map(|f| f.into_iter().collect())
}

/// Unknown fields: any name but those that mean something.
fn unknown() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec(("\\PC{0,12}", json()), 0..3)
        .prop_map(|f| f.into_iter().map(|(name, value)| (format!("my {name}"), value)).collect())
}

fn kind() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec!["users", "load_balancer", "app_server", "cache", "sql_database"])
            .prop_map(str::to_owned),
        "[a-z_]{1,12}",
    ]
}

prop_compose! {
    fn design()(
        name in "\\PC{0,20}",
        description in "\\PC{0,20}",
        seed in any::<u64>(),
        nodes in prop::collection::vec(
            (kind(), "\\PC{0,20}", -1e6..1e6, prop::num::i32::ANY, prop::option::of(0usize..5), fields(), unknown()), 0..8),
        links in prop::collection::vec((0usize..9, 0usize..9, "\\PC{0,9}", fields(), unknown()), 0..12),
        zones in prop::collection::vec(("\\PC{0,20}", unknown()), 0..4),
        notes in prop::collection::vec((any::<String>(), -1e6..1e6, unknown()), 0..4),
        faults in prop::collection::vec((0usize..9, 0u8..3, fields(), unknown()), 0..4),
        faults_off in any::<bool>(),
        assertions in prop::collection::vec("\\PC{0,30}", 0..4),
        unknown in unknown(),
    ) -> Design {
        Design {
            format: 1,
            name,
            description,
            seed,
            nodes: nodes.into_iter().enumerate().map(|(i, (kind, name, x, y, zone, params, unknown))| Node {
                id: format!("n{i}"), kind, name, x, y: f64::from(y % 1_000_000), zone: zone.map(|z| format!("z{z}")), cost_usd_per_hour: None, params, unknown,
            }).collect(),
            links: links.into_iter().enumerate().map(|(i, (from, to, name, params, unknown))| Link {
                id: format!("l{i}"), from: format!("n{from}"), to: format!("n{to}"), name, params, unknown,
            }).collect(),
            zones: zones.into_iter().enumerate().map(|(i, (name, unknown))| Zone { id: format!("z{i}"), name, unknown }).collect(),
            notes: notes.into_iter().enumerate().map(|(i, (text, x, unknown))| Note {
                id: format!("t{i}"), text, x, y: -x.round(), unknown,
            }).collect(),
            faults: faults.into_iter().enumerate().map(|(i, (at, what, params, unknown))| {
                let on = |this: u8, id: String| (this == what).then_some(id);
                Fault {
                    id: format!("f{i}"), node: on(0, format!("n{at}")), link: on(1, format!("l{at}")), zone: on(2, format!("z{at}")),
                    params, unknown,
                }
            }).collect(),
            faults_off,
            assertions,
            unknown,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let reading = read(&bytes);
        check(&reading.design);
    }

    #[test]
    fn any_text_that_looks_like_json_is_read(text in "[\\[\\]{}\",:\\\\0-9eE+.a-z \n-]{0,200}") {
        let reading = read(text.as_bytes());
        // Whoever is told nothing must have written JSON.
        if reading.problems.is_empty() {
            prop_assert!(serde_json::from_str::<Value>(&text).is_ok());
        }
    }

    #[test]
    fn any_json_is_read(value in json()) {
        check(&read(value.to_string().as_bytes()).design);
    }

    #[test]
    fn any_document_is_read_and_checked(design in design()) {
        check(&design);
        for node in &design.nodes {
            let _ = may_connect(&design, "n0", &node.id);
        }
    }

    #[test]
    fn a_document_cut_anywhere_is_read(design in design(), at in any::<prop::sample::Index>()) {
        let text = to_json(&design);
        let cut = &text.as_bytes()[..at.index(text.len())];
        let reading = read(cut);
        // All but the final line break matters.
        prop_assert!(!reading.problems.is_empty() || cut.len() + 1 == text.len());
        prop_assert!(reading.design.nodes.len() <= design.nodes.len());
        for (read, written) in reading.design.nodes.iter().zip(&design.nodes) {
            prop_assert_eq!(&read.id[..2], &written.id[..2]);
        }
    }

    #[test]
    fn a_document_round_trip_loses_nothing(design in design()) {
        let reading = read(to_json(&design).as_bytes());
        prop_assert_eq!(&reading.design, &design);
        // Written again it is the same text: saving twice makes no diff.
        prop_assert_eq!(to_json(&reading.design), to_json(&design));
    }

    #[test]
    fn a_share_link_round_trip_loses_nothing(design in design()) {
        let reading = share::decode(&share::encode(&design));
        prop_assert_eq!(reading.map(|r| r.design), Ok(design));
    }

    #[test]
    fn any_share_text_is_decoded_or_refused(text in "1?[A-Za-z0-9_-]{0,300}", other in any::<String>()) {
        let _ = share::decode(&text);
        let _ = share::decode(&other);
    }
}
