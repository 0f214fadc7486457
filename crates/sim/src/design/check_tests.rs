use serde_json::json;

use super::*;
use crate::design::read;

/// A design from `id:kind` words and `from>to` words.
fn design(words: &str) -> Design {
    let mut design = Design::default();
    for word in words.split_whitespace() {
        if let Some((id, kind)) = word.split_once(':') {
            let node = json!({"id": id, "kind": kind});
            design.nodes.push(serde_json::from_value(node).unwrap());
        } else if let Some((from, to)) = word.split_once('>') {
            let link = json!({"id": format!("l{}", design.links.len()), "from": from, "to": to});
            design.links.push(serde_json::from_value(link).unwrap());
        }
    }
    design
}

#[track_caller]
fn only(words: &str, severity: Severity, message: &str) -> Problem {
    let problems = check(&design(words));
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].severity, severity);
    assert!(problems[0].message.contains(message), "{problems:?}");
    problems[0].clone()
}

#[test]
fn good_designs_have_no_problems() {
    assert_eq!(check(&design("u:users s:app_server u>s")), []);
    // Two ways to the same place are no cycle.
    let diamond = "u:users b:load_balancer s:app_server t:app_server d:sql_database u>b b>s b>t s>d t>d";
    assert_eq!(check(&design(diamond)), []);
}

#[test]
fn nothing_to_do() {
    only("", Severity::Error, "The design is empty");
    only("s:app_server", Severity::Error, "no users");
    let problem = only("u:users", Severity::Warning, "Nothing is linked behind Users");
    assert_eq!(problem.node.as_deref(), Some("u"));
    let problem = only("u:users s:app_server t:app_server u>s", Severity::Warning, "No request reaches App server");
    assert_eq!(problem.node.as_deref(), Some("t"));
    only("u:users b:load_balancer u>b", Severity::Warning, "Nothing is linked behind Load balancer");
}

#[test]
fn cycles_are_named() {
    let words = "u:users a:app_server b:app_server c:app_server u>a a>b b>c c>a";
    let mut looped = design(words);
    looped.nodes[2].name = "Beta".into();
    let problems = check(&looped);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].link.as_deref(), Some("l3"));
    assert!(problems[0].message.contains("App server → Beta → App server → App server"), "{problems:?}");
    only("u:users a:app_server u>a a>a", Severity::Error, "cannot call itself");
}

#[test]
fn a_long_chain_is_walked_without_recursion() {
    let mut words = "u:users u>n0 ".to_owned();
    for i in 0..5_000 - 1 {
        words += &format!("n{i}:app_server ");
        if i > 0 {
            words += &format!("n{}>n{i} ", i - 1);
        }
    }
    assert_eq!(check(&design(&words)), []);
    words += "n4998>n0";
    let problems = check(&design(&words));
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.len() < 400, "{}", problems[0].message);
}

#[test]
fn bad_links() {
    only("u:users s:app_server u>s s>x", Severity::Error, "leads to `x`, which is not in the design");
    only("u:users s:app_server u>s y>s", Severity::Error, "comes from `y`");
    only("u:users s:app_server u>s u>s", Severity::Error, "a link from Users to App server already");
    only("u:users s:app_server v:users u>s s>v v>s", Severity::Error, "users only make requests");
    only("u:users d:sql_database s:app_server u>d u>s d>s", Severity::Error, "a SQL database only answers");
    let mut twins = design("u:users s:app_server u>s");
    twins.nodes.push(twins.nodes[1].clone());
    assert!(check(&twins).iter().any(|p| p.message == "Two components have the id `s`."));
}

#[test]
fn bad_parameters_name_their_node_and_field() {
    let document = json!({"format": 1, "nodes": [
        {"id": "u", "kind": "users", "params": {
            "workload": {"workload": "open", "rate_rps": -5},
            "endpoints": [{"name": "a", "weight": 0}, {"name": "b", "weight": 0}]
        }},
        {"id": "s", "kind": "app_server", "params": {"instances": 1e9}},
        {"id": "q", "kind": "quantum_computer"},
    ], "links": [
        {"id": "l", "from": "u", "to": "s", "params": {"latency": {"distribution": "constant", "mean_ms": -1}, "weight": 0}},
        {"id": "m", "from": "u", "to": "q", "params": {"weight": 0}},
    ]});
    let reading = read(document.to_string().as_bytes());
    assert_eq!(reading.problems, []);
    let problems = check(&reading.design);
    let at = |p: &Problem| (p.node.clone().or(p.link.clone()).unwrap_or_default(), p.field.clone().unwrap_or_default());
    let places: Vec<_> = problems.iter().map(at).collect();
    for (id, field) in [
        ("u", "/workload/rate_rps"),
        ("u", "/endpoints"),
        ("s", "/instances"),
        ("q", ""),
        ("l", "/latency/mean_ms"),
        ("u", ""),
    ] {
        assert!(places.contains(&(id.to_owned(), field.to_owned())), "{id} {field}: {problems:#?}");
    }
    let instances = problems.iter().find(|p| p.field.as_deref() == Some("/instances")).unwrap();
    assert!(instances.message.starts_with("`instances` is 1,000,000,000; accepted: a whole number from 1 to "));
}

#[test]
fn may_connect_says_why_not() {
    let design = design("u:users b:load_balancer s:app_server d:sql_database u>b b>s");
    assert_eq!(may_connect(&design, "s", "d"), Ok(()));
    for (from, to, why) in [
        ("u", "b", "There is a link from Users to Load balancer already."),
        ("s", "u", "Nothing can call Users: users only make requests."),
        ("d", "s", "SQL database calls nothing: a SQL database only answers."),
        ("s", "s", "App server cannot call itself."),
        ("s", "b", "A request would go round for ever: Load balancer → App server → Load balancer."),
        ("s", "nobody", "A link needs a component at both ends."),
    ] {
        assert_eq!(may_connect(&design, from, to), Err(why.to_owned()));
    }
}

#[test]
fn zones_never_keep_a_design_from_running() {
    let mut zoned = design("u:users s:app_server u>s");
    zoned.nodes[0].zone = Some("gone".into());
    zoned.zones.push(serde_json::from_value(json!({"id": "z", "name": "Region 1"})).unwrap());
    let problems = check(&zoned);
    let said: Vec<_> = problems.iter().map(|p| (p.severity, p.message.as_str())).collect();
    assert_eq!(
        said,
        [
            (Severity::Warning, "Users belongs to the zone `gone`, which is not in the design."),
            (Severity::Warning, "No component belongs to the zone Region 1: it is not drawn."),
        ]
    );
    zoned.nodes[0].zone = Some("z".into());
    assert_eq!(check(&zoned), []);
}
