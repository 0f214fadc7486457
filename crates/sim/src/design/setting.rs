//! One parameter of a design, named by a path: `users.workload.rate_rps`, or `users.rate_rps` where that is no other.

use super::reader::brief;
use super::{Design, Field, FieldKind, LinkParams, Severity, check};
use crate::components::kind;
use serde_json::{Map, Value};

/// A parameter that can be set to another value.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Id of the node or link.
    owner: String,
    of_link: bool,
    /// Names (and numbers of list items) from the owner's parameters to the value.
    steps: Vec<String>,
    /// The same for people.
    labels: Vec<String>,
    kind: SettingKind,
}

/// What values a [`Setting`] takes.
#[derive(Clone, Debug, PartialEq)]
pub enum SettingKind {
    /// Numbers in this unit, which may be empty.
    Number(&'static str),
    /// Whole numbers in this unit, which may be empty.
    Integer(&'static str),
    /// `true` or `false`.
    Bool,
    /// One of these names, or any text if there are none.
    Name(Vec<&'static str>),
}

/// Most names listed in a message.
const MAX_LISTED: usize = 40;

impl Setting {
    /// The parameter that `path` names: the id of a node or link, a point, and the path of the parameter, of which the
    /// beginning may be left out as long as no other parameter ends the same. The error says what there is.
    pub fn find(design: &Design, path: &str) -> Result<Self, String> {
        let (of_link, owner, rest) = owner(design, path)?;
        let all = settings(design, of_link, owner);
        let wanted: Vec<&str> = rest.split('.').collect();
        if let Some(exact) = all.iter().find(|s| s.steps == wanted) {
            return Ok(exact.clone());
        }
        let ending: Vec<&Setting> =
            all.iter().filter(|s| s.steps.len() > wanted.len() && s.steps.ends_with(&owned(&wanted))).collect();
        match ending.as_slice() {
            [one] => Ok((*one).clone()),
            [] => Err(format!("{owner} has no parameter `{rest}`; it has {}", listed(all.iter()))),
            many => Err(format!("`{rest}` of {owner} may be {}; say which", listed(many.iter().copied()))),
        }
    }

    /// Every parameter of the node `id`, in the order of its form.
    pub fn of_node(design: &Design, id: &str) -> Vec<Self> {
        settings(design, false, id)
    }

    /// Its full path.
    pub fn path(&self) -> String {
        format!("{}.{}", self.owner, self.steps.join("."))
    }

    /// What it is called in the owner's form: "Request mix 1 › Weight".
    pub fn label(&self) -> String {
        self.labels.join(" › ")
    }

    /// Is it how much users ask for: their rate, or how many they are?
    pub fn is_load(&self, design: &Design) -> bool {
        let of_users = !self.of_link && design.node(&self.owner).is_some_and(|n| n.kind == "users");
        of_users && (self.steps == ["workload", "rate_rps"] || self.steps == ["workload", "users"])
    }

    /// What values it takes.
    pub fn kind(&self) -> &SettingKind {
        &self.kind
    }

    /// Its value now, if it is a number.
    pub fn number(&self, design: &Design) -> Option<f64> {
        let params = self.params(design)?;
        let mut at = params.get(&self.steps[0]).cloned();
        at = at.or_else(|| default_of(&fields(design, self.of_link, &self.owner)?, &self.steps[0]));
        for step in &self.steps[1..] {
            at = at.and_then(|v| member(&v, step).cloned());
        }
        at?.as_f64()
    }

    /// The design with this value in it. The error says what is wrong with the value.
    pub fn set(&self, design: &Design, value: &Value) -> Result<Design, String> {
        let mut changed = design.clone();
        let known = fields(design, self.of_link, &self.owner).unwrap_or_default();
        let params = if self.of_link {
            changed.links.iter_mut().find(|l| l.id == self.owner).map(|l| &mut l.params)
        } else {
            changed.nodes.iter_mut().find(|n| n.id == self.owner).map(|n| &mut n.params)
        };
        let params = params.ok_or_else(|| format!("there is no {}", self.owner))?;
        put(params, &known, &self.steps, value);
        // What was wrong before is not the value's fault.
        let before = check(design);
        let new = check(&changed).into_iter().find(|p| p.severity == Severity::Error && !before.contains(p));
        match new {
            Some(problem) => Err(format!("{} = {}: {}", self.path(), brief(value), problem.message)),
            None => Ok(changed),
        }
    }

    fn params<'d>(&self, design: &'d Design) -> Option<&'d Map<String, Value>> {
        if self.of_link {
            design.links.iter().find(|l| l.id == self.owner).map(|l| &l.params)
        } else {
            design.node(&self.owner).map(|n| &n.params)
        }
    }
}

/// The node or link at the beginning of a path, and the rest.
fn owner<'d, 'p>(design: &'d Design, path: &'p str) -> Result<(bool, &'d str, &'p str), String> {
    let (id, rest) = path.split_once('.').ok_or_else(|| {
        format!("`{path}` names no parameter; accepted: COMPONENT.PARAMETER, such as `users.rate_rps`")
    })?;
    let nodes = design.nodes.iter().map(|n| (false, n.id.as_str()));
    let links = design.links.iter().map(|l| (true, l.id.as_str()));
    let found = nodes.clone().chain(links).find(|(_, known)| *known == id);
    found.map(|(of_link, id)| (of_link, id, rest)).ok_or_else(|| {
        let ids: Vec<&str> = nodes.map(|(_, id)| id).take(MAX_LISTED).collect();
        format!("`{path}` begins with no component or link of the design; its components are {}", ids.join(", "))
    })
}

fn owned(steps: &[&str]) -> Vec<String> {
    steps.iter().map(|s| (*s).to_owned()).collect()
}

fn listed<'s>(settings: impl Iterator<Item = &'s Setting>) -> String {
    settings.map(|s| s.steps.join(".")).take(MAX_LISTED).collect::<Vec<_>>().join(", ")
}

fn fields(design: &Design, of_link: bool, owner: &str) -> Option<Vec<Field>> {
    if of_link { Some(LinkParams::fields()) } else { Some(kind(&design.node(owner)?.kind)?.fields.clone()) }
}

fn settings(design: &Design, of_link: bool, owner: &str) -> Vec<Setting> {
    let setting =
        Setting { owner: owner.to_owned(), of_link, steps: Vec::new(), labels: Vec::new(), kind: SettingKind::Bool };
    let empty = Map::new();
    let params = setting.params(design).unwrap_or(&empty);
    let mut out = Vec::new();
    walk(&fields(design, of_link, owner).unwrap_or_default(), params, &setting, &mut out);
    out
}

/// Every value among these fields that can be set, given what stands in the document.
fn walk(fields: &[Field], params: &Map<String, Value>, above: &Setting, out: &mut Vec<Setting>) {
    for field in fields {
        let value = params.get(field.name).unwrap_or(&field.default);
        let here = |kind: SettingKind| {
            let mut steps = above.steps.clone();
            steps.push(field.name.to_owned());
            let mut labels = above.labels.clone();
            labels.push(field.label.to_owned());
            Setting { steps, labels, kind, ..above.clone() }
        };
        let inner = value.as_object().cloned().unwrap_or_default();
        match &field.kind {
            FieldKind::Number { unit, .. } => out.push(here(SettingKind::Number(unit))),
            FieldKind::Integer { unit, .. } => out.push(here(SettingKind::Integer(unit))),
            FieldKind::Bool => out.push(here(SettingKind::Bool)),
            FieldKind::Text { .. } => out.push(here(SettingKind::Name(Vec::new()))),
            FieldKind::Choice { options } => {
                out.push(here(SettingKind::Name(options.iter().map(|o| o.name).collect())));
            }
            FieldKind::Group { fields } => walk(fields, &inner, &here(SettingKind::Bool), out),
            FieldKind::Variant { tag, cases } => {
                let mut of_tag = here(SettingKind::Name(cases.iter().map(|c| c.name).collect()));
                of_tag.steps.push((*tag).to_owned());
                out.push(of_tag);
                let name = inner.get(*tag).or_else(|| field.default.get(*tag)).and_then(Value::as_str);
                if let Some(case) = cases.iter().find(|c| Some(c.name) == name) {
                    walk(&case.fields, &inner, &here(SettingKind::Bool), out);
                }
            }
            FieldKind::List { fields, .. } => {
                for (i, item) in value.as_array().into_iter().flatten().enumerate() {
                    let mut at = here(SettingKind::Bool);
                    at.steps.push(i.to_string());
                    if let Some(label) = at.labels.last_mut() {
                        *label = format!("{label} {}", i + 1);
                    }
                    walk(fields, &item.as_object().cloned().unwrap_or_default(), &at, out);
                }
            }
            FieldKind::Numbers { .. } => {}
        }
    }
}

fn default_of(fields: &[Field], name: &str) -> Option<Value> {
    fields.iter().find(|f| f.name == name).map(|f| f.default.clone())
}

fn member<'v>(value: &'v Value, step: &str) -> Option<&'v Value> {
    match value {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    }
}

/// Puts a value at the end of these steps. What the document does not say on the way is written out with its default.
fn put(params: &mut Map<String, Value>, fields: &[Field], steps: &[String], value: &Value) {
    let Some((first, rest)) = steps.split_first() else {
        return;
    };
    if rest.is_empty() {
        params.insert(first.clone(), value.clone());
        return;
    }
    let default = default_of(fields, first).filter(|d| !d.is_null()).unwrap_or_else(|| Value::Object(Map::new()));
    let mut at = params.entry(first.clone()).or_insert(default);
    for (i, step) in rest.iter().enumerate() {
        let last = i + 1 == rest.len();
        let next = match at {
            Value::Array(items) => step.parse::<usize>().ok().and_then(|n| items.get_mut(n)),
            other => {
                if !other.is_object() {
                    *other = Value::Object(Map::new());
                }
                other.as_object_mut().map(|o| o.entry(step.clone()).or_insert_with(|| Value::Object(Map::new())))
            }
        };
        let Some(next) = next else {
            return;
        };
        if last {
            *next = value.clone();
            return;
        }
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::read;
    use serde_json::json;

    fn design() -> Design {
        let text = json!({
            "format": 1,
            "nodes": [
                {"id": "users", "kind": "users"},
                {"id": "lb", "kind": "load_balancer"},
                {"id": "web", "kind": "app_server", "params": {"service_time": {"distribution": "uniform", "min_ms": 1, "max_ms": 3}}},
            ],
            "links": [{"id": "a", "from": "users", "to": "lb"}, {"id": "b", "from": "lb", "to": "web"}],
        });
        let reading = read(text.to_string().as_bytes());
        assert_eq!(reading.problems, []);
        reading.design
    }

    fn path(given: &str) -> Result<String, String> {
        Setting::find(&design(), given).map(|s| s.path())
    }

    #[test]
    fn people_read_what_the_form_calls_it() {
        let label = |path: &str| Setting::find(&design(), path).map(|s| s.label());
        assert_eq!(label("users.workload.rate_rps").as_deref(), Ok("Workload › Rate"));
        assert_eq!(label("users.endpoints.0.weight").as_deref(), Ok("Request mix 1 › Weight"));
    }

    #[test]
    fn a_path_may_be_as_short_as_it_is_clear() {
        assert_eq!(path("users.workload.rate_rps").as_deref(), Ok("users.workload.rate_rps"));
        assert_eq!(path("users.rate_rps").as_deref(), Ok("users.workload.rate_rps"));
        assert_eq!(path("web.slots").as_deref(), Ok("web.slots"));
        assert_eq!(path("web.max_ms").as_deref(), Ok("web.service_time.max_ms"));
        assert_eq!(path("users.endpoints.0.keys").as_deref(), Ok("users.endpoints.0.keys"));
        assert_eq!(path("a.latency.mean_ms").as_deref(), Ok("a.latency.mean_ms"), "a link");
    }

    #[test]
    fn what_is_wrong_with_a_path_is_said_with_what_there_is() {
        let error = |p: &str| path(p).unwrap_err();
        assert!(error("server.slots").contains("users, lb, web"), "{}", error("server.slots"));
        assert!(error("slots").contains("COMPONENT.PARAMETER"));
        assert!(error("web.colour").contains("instances, slots"), "{}", error("web.colour"));
        // A closed workload's field is not there while the workload is open.
        assert!(error("users.think_time").contains("no parameter `think_time`"));
        assert!(error("b.mean").contains("latency.mean_ms"), "{}", error("b.mean"));
    }

    #[test]
    fn a_value_is_set_where_the_document_says_nothing_yet() {
        let d = design();
        let at = |path: &str| Setting::find(&d, path).unwrap();
        assert_eq!(at("users.rate_rps").number(&d), Some(100.0), "the default");
        let changed = at("users.rate_rps").set(&d, &json!(250.0)).unwrap();
        assert_eq!(changed.nodes[0].params["workload"]["rate_rps"], 250.0);
        assert_eq!(changed.nodes[0].params["workload"]["workload"], "open", "the rest of the default with it");
        assert_eq!(at("users.rate_rps").number(&changed), Some(250.0));
        let changed = at("web.max_ms").set(&d, &json!(9)).unwrap();
        assert_eq!(
            changed.nodes[2].params["service_time"],
            json!({"distribution": "uniform", "min_ms": 1, "max_ms": 9})
        );
        let changed = at("users.endpoints.0.keys").set(&d, &json!(7)).unwrap();
        assert_eq!(changed.nodes[0].params["endpoints"][0]["keys"], 7);
    }

    #[test]
    fn a_value_out_of_range_is_refused_with_what_is_accepted() {
        let d = design();
        let error = Setting::find(&d, "web.slots").unwrap().set(&d, &json!(0)).unwrap_err();
        assert!(error.starts_with("web.slots = 0: ") && error.contains("accepted"), "{error}");
    }
}
