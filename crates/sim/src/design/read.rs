//! From any bytes to a design and a list of problems.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::json;
use super::params::number_value;
use super::reader::{brief, number, shorten};
use super::{Design, Fault, Link, Node, Note, Problem, Severity, Zone};

/// Format version this build reads and writes.
pub const FORMAT: u32 = 1;
/// Largest document read, bytes.
pub const MAX_BYTES: usize = 2_000_000;
/// Most nodes in a design.
pub const MAX_NODES: usize = 5_000;
/// Most links in a design.
pub const MAX_LINKS: usize = 20_000;
/// Most zones in a design.
pub const MAX_ZONES: usize = 500;
/// Most faults in a design.
pub const MAX_FAULTS: usize = 200;
/// Most assertions in a design.
pub const MAX_ASSERTIONS: usize = 100;
/// Most notes in a design.
pub const MAX_NOTES: usize = 500;
/// Longest text of a note, bytes.
pub const MAX_NOTE: usize = 2_000;
/// Longest name, bytes.
pub const MAX_NAME: usize = 200;
/// Longest description, bytes.
pub const MAX_DESCRIPTION: usize = 10_000;
/// Longest id, bytes.
pub const MAX_ID: usize = 64;
/// Farthest from the origin a node may stand, world units.
pub const MAX_COORDINATE: f64 = 1e6;
/// Most that a node may cost, USD per hour.
pub const MAX_COST: f64 = 1e9;
/// Most problems listed; the rest are counted.
const MAX_PROBLEMS: usize = 200;

/// What reading gave: always a design, and what was wrong with the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// As much of the design as could be understood.
    pub design: Design,
    /// What was wrong with the text. What is wrong with the design is found by [`super::check`].
    pub problems: Vec<Problem>,
}

/// Reads any bytes. Never fails and never panics: what is not understood is reported, the rest is kept.
pub fn read(bytes: &[u8]) -> Reading {
    let mut read = Read::default();
    if bytes.len() > MAX_BYTES {
        read.error(format!(
            "The document is {:.1} MB; accepted: at most {:.0} MB.",
            bytes.len() as f64 / 1e6,
            MAX_BYTES as f64 / 1e6
        ));
        return Reading { design: Design::default(), problems: read.problems };
    }
    let text = String::from_utf8_lossy(bytes);
    if let std::borrow::Cow::Owned(_) = text {
        read.error("The document is not UTF-8 text; what could not be read is replaced by \u{fffd}.".to_owned());
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let parsed = json::parse(text);
    for mistake in parsed.mistakes {
        read.error(mistake);
    }
    let design = match parsed.value {
        Some(Value::Object(map)) => read.design(map),
        Some(other) => {
            read.error(format!("The document is {}; accepted: an object with `nodes` and `links`.", brief(&other)));
            Design::default()
        }
        None => {
            if text.trim().is_empty() {
                read.problems.clear();
                read.error("The document is empty; accepted: an object with `nodes` and `links`.".to_owned());
            }
            Design::default()
        }
    };
    Reading { design, problems: bounded(read.problems) }
}

/// Reads a document that has been parsed.
pub fn read_object(document: Map<String, Value>) -> Reading {
    let mut read = Read::default();
    let design = read.design(document);
    Reading { design, problems: bounded(read.problems) }
}

/// The document as people keep it: one field a line, so that it diffs well; unknown fields as they were read.
pub fn to_json(design: &Design) -> String {
    let mut text = String::new();
    write(&to_value(design), 0, &mut text);
    text.push('\n');
    text
}

/// Writes a value as people read it: a field a line, but a list of numbers on one, as it may be long.
fn write(value: &Value, depth: usize, out: &mut String) {
    let (fields, items) = match value {
        Value::Object(fields) if !fields.is_empty() => (Some(fields), &[][..]),
        Value::Array(items) if items.iter().any(|item| !item.is_number()) => (None, &items[..]),
        flat => return out.push_str(&serde_json::to_string(flat).unwrap_or_default()),
    };
    let line = |out: &mut String, first: bool, depth: usize| {
        out.push_str(if first { "\n" } else { ",\n" });
        (0..depth).for_each(|_| out.push_str("  "));
    };
    out.push(if fields.is_some() { '{' } else { '[' });
    for (i, (key, value)) in fields.into_iter().flatten().enumerate() {
        line(out, i == 0, depth + 1);
        out.push_str(&serde_json::to_string(key).unwrap_or_default());
        out.push_str(": ");
        write(value, depth + 1, out);
    }
    for (i, value) in items.iter().enumerate() {
        line(out, i == 0, depth + 1);
        write(value, depth + 1, out);
    }
    line(out, true, depth);
    out.push(if fields.is_some() { '}' } else { ']' });
}

/// The document as a JSON value.
pub(super) fn to_value(design: &Design) -> Value {
    let mut value = serde_json::to_value(design).unwrap_or_default();
    // Whole coordinates without a fraction, as a person would write them.
    for placed in ["nodes", "notes"] {
        for item in value.get_mut(placed).and_then(Value::as_array_mut).into_iter().flatten() {
            for axis in ["x", "y"] {
                if let Some(at) = item.get_mut(axis) {
                    *at = number_value(at.as_f64().unwrap_or(0.0));
                }
            }
        }
    }
    value
}

/// At most [`MAX_PROBLEMS`], the rest counted, errors first to be kept.
pub(super) fn bounded(mut problems: Vec<Problem>) -> Vec<Problem> {
    if problems.len() > MAX_PROBLEMS {
        let more = problems.len() - MAX_PROBLEMS;
        let (mut errors, warnings): (Vec<_>, Vec<_>) =
            problems.into_iter().partition(|p| p.severity == Severity::Error);
        errors.extend(warnings);
        problems = errors;
        let severity = problems[MAX_PROBLEMS].severity;
        problems.truncate(MAX_PROBLEMS);
        problems.push(Problem::new(severity, format!("… and {more} more problems.")));
    }
    problems
}

/// Brings a document of an earlier format to this one, a step per version; there is none before the first.
fn migrate(map: &mut Map<String, Value>, from: u32) {
    type Step = fn(&mut Map<String, Value>);
    const STEPS: [Step; FORMAT as usize - 1] = [];
    for step in STEPS.iter().skip(from.saturating_sub(1) as usize) {
        step(map);
    }
}

#[derive(Default)]
struct Read {
    problems: Vec<Problem>,
    /// The node or link being read.
    node: Option<String>,
    link: Option<String>,
}

impl Read {
    fn report(&mut self, severity: Severity, message: String) {
        let (node, link) = (self.node.clone(), self.link.clone());
        self.problems.push(Problem { node, link, ..Problem::new(severity, message) });
    }

    fn error(&mut self, message: String) {
        self.report(Severity::Error, message);
    }

    fn warning(&mut self, message: String) {
        self.report(Severity::Warning, message);
    }

    fn design(&mut self, mut map: Map<String, Value>) -> Design {
        let format = self.format(&mut map);
        migrate(&mut map, format);
        let name = self.text(&mut map, "name", MAX_NAME);
        let description = self.text(&mut map, "description", MAX_DESCRIPTION);
        let seed = match map.shift_remove("seed") {
            None => 1,
            Some(value) => value.as_u64().unwrap_or_else(|| {
                self.error(format!("`seed` is {}; accepted: a whole number from 0 to 2^64 − 1.", brief(&value)));
                1
            }),
        };
        let (zones, renamed_zones) = self.zones(&mut map);
        let (nodes, renamed) = self.nodes(&mut map, &renamed_zones);
        let links = self.links(&mut map, &renamed);
        let notes = self.notes(&mut map);
        let faults = self.faults(&mut map);
        let faults_off = self.switch(&mut map, "faults_off");
        let assertions = self.assertions(&mut map);
        self.unknown(&map, "the document");
        let unknown = map;
        Design {
            format: FORMAT,
            name,
            description,
            seed,
            nodes,
            links,
            zones,
            notes,
            faults,
            faults_off,
            assertions,
            unknown,
        }
    }

    fn faults(&mut self, map: &mut Map<String, Value>) -> Vec<Fault> {
        let mut ids = Ids::default();
        let mut faults = Vec::new();
        for (i, mut value) in self.objects(map, "faults", MAX_FAULTS) {
            let id = self.id(&mut value, &mut ids, &format!("faults[{i}]"), "fault");
            let mut victim = |name: &str| match value.shift_remove(name)? {
                Value::Null => None,
                Value::String(id) if id.len() <= MAX_ID => Some(id),
                other => {
                    self.warning(format!("`faults[{i}].{name}` is {}; accepted: an id.", brief(&other)));
                    None
                }
            };
            let (node, link, zone) = (victim("node"), victim("link"), victim("zone"));
            let params = self.params(&mut value);
            self.unknown(&value, "a fault");
            faults.push(Fault { id, node, link, zone, params, unknown: value });
        }
        faults
    }

    fn switch(&mut self, map: &mut Map<String, Value>, name: &str) -> bool {
        map.shift_remove(name).is_some_and(|value| {
            value.as_bool().unwrap_or_else(|| {
                self.error(format!("`{name}` is {}; accepted: true or false.", brief(&value)));
                false
            })
        })
    }

    fn assertions(&mut self, map: &mut Map<String, Value>) -> Vec<String> {
        let mut assertions = Vec::new();
        for (i, value) in self.list(map, "assertions", MAX_ASSERTIONS).into_iter().enumerate() {
            match value {
                Value::String(text) if text.len() <= MAX_NAME => assertions.push(text),
                other => self.error(format!(
                    "`assertions[{i}]` is {}; accepted: text of at most {MAX_NAME} bytes, such as `p99 < 200 ms`.",
                    brief(&other)
                )),
            }
        }
        assertions
    }

    fn format(&mut self, map: &mut Map<String, Value>) -> u32 {
        let Some(value) = map.shift_remove("format") else {
            self.warning(format!("`format` is missing; the document is read as format {FORMAT}."));
            return FORMAT;
        };
        match value.as_u64() {
            Some(format) if (1..=u64::from(FORMAT)).contains(&format) => format as u32,
            Some(format) if format > u64::from(FORMAT) => {
                self.error(format!(
                    "The document has format {format}, of a later version than this one, which knows up to {FORMAT}; \
                     what is understood of it is shown."
                ));
                FORMAT
            }
            _ => {
                self.error(format!("`format` is {}; accepted: {FORMAT}.", brief(&value)));
                FORMAT
            }
        }
    }

    fn zones(&mut self, map: &mut Map<String, Value>) -> (Vec<Zone>, BTreeMap<String, String>) {
        let mut ids = Ids::default();
        let mut zones = Vec::new();
        for (i, mut value) in self.objects(map, "zones", MAX_ZONES) {
            let id = self.id(&mut value, &mut ids, &format!("zones[{i}]"), "zone");
            let name = self.text(&mut value, "name", MAX_NAME);
            self.unknown(&value, "a zone");
            zones.push(Zone { id, name, unknown: value });
        }
        (zones, ids.renamed)
    }

    fn notes(&mut self, map: &mut Map<String, Value>) -> Vec<Note> {
        let mut ids = Ids::default();
        let mut notes = Vec::new();
        for (i, mut value) in self.objects(map, "notes", MAX_NOTES) {
            let id = self.id(&mut value, &mut ids, &format!("notes[{i}]"), "note");
            let text = self.text(&mut value, "text", MAX_NOTE);
            let (x, y) = (self.coordinate(&mut value, "x"), self.coordinate(&mut value, "y"));
            self.unknown(&value, "a note");
            notes.push(Note { id, text, x, y, unknown: value });
        }
        notes
    }

    /// The zone a node names, whether there is one of that name or not: [`super::check`] says so.
    fn zone_of(&mut self, map: &mut Map<String, Value>, renamed: &BTreeMap<String, String>) -> Option<String> {
        match map.shift_remove("zone")? {
            Value::Null => None,
            Value::String(id) => {
                let id = renamed.get(&id).cloned().unwrap_or(id);
                if id.len() > MAX_ID {
                    self.warning(format!("`zone` is {:?}; accepted: the id of a zone.", shorten(&id, 80)));
                    return None;
                }
                Some(id)
            }
            other => {
                self.warning(format!("`zone` is {}; accepted: the id of a zone.", brief(&other)));
                None
            }
        }
    }

    fn nodes(
        &mut self,
        map: &mut Map<String, Value>,
        zones: &BTreeMap<String, String>,
    ) -> (Vec<Node>, BTreeMap<String, String>) {
        let mut ids = Ids::default();
        let mut nodes = Vec::new();
        for (i, mut value) in self.objects(map, "nodes", MAX_NODES) {
            let kind = match value.shift_remove("kind") {
                Some(Value::String(kind)) if !kind.is_empty() => kind,
                other => {
                    let found = other.as_ref().map_or("missing".to_owned(), brief);
                    self.error(format!(
                        "`nodes[{i}].kind` is {found}; accepted: the name of a component. The node is left out."
                    ));
                    continue;
                }
            };
            let id = self.id(&mut value, &mut ids, &format!("nodes[{i}]"), &kind);
            self.node = Some(id.clone());
            nodes.push(Node {
                id,
                kind,
                name: self.text(&mut value, "name", MAX_NAME),
                x: self.coordinate(&mut value, "x"),
                y: self.coordinate(&mut value, "y"),
                zone: self.zone_of(&mut value, zones),
                cost_usd_per_hour: self.cost(&mut value),
                params: self.params(&mut value),
                unknown: {
                    self.unknown(&value, "a node");
                    value
                },
            });
            self.node = None;
        }
        (nodes, ids.renamed)
    }

    fn links(&mut self, map: &mut Map<String, Value>, renamed: &BTreeMap<String, String>) -> Vec<Link> {
        let mut ids = Ids::default();
        let mut links = Vec::new();
        for (i, mut value) in self.objects(map, "links", MAX_LINKS) {
            let mut end = |name: &str| match value.shift_remove(name) {
                Some(Value::String(id)) => Some(renamed.get(&id).cloned().unwrap_or(id)),
                other => {
                    let found = other.as_ref().map_or("missing".to_owned(), brief);
                    self.error(format!(
                        "`links[{i}].{name}` is {found}; accepted: the id of a node. The link is left out."
                    ));
                    None
                }
            };
            let (Some(from), Some(to)) = (end("from"), end("to")) else {
                continue;
            };
            let id = self.id(&mut value, &mut ids, &format!("links[{i}]"), "link");
            self.link = Some(id.clone());
            let name = self.text(&mut value, "name", MAX_NAME);
            let params = self.params(&mut value);
            self.unknown(&value, "a link");
            links.push(Link { id, from, to, name, params, unknown: value });
            self.link = None;
        }
        links
    }

    /// The objects of a list with their places in it; what is none is reported and left out.
    fn objects(&mut self, map: &mut Map<String, Value>, name: &str, most: usize) -> Vec<(usize, Map<String, Value>)> {
        let items = self.list(map, name, most).into_iter().enumerate();
        let mut objects = Vec::with_capacity(items.len());
        for (i, value) in items {
            match value {
                Value::Object(object) => objects.push((i, object)),
                other => {
                    self.error(format!("`{name}[{i}]` is {}; accepted: an object. It is left out.", brief(&other)));
                }
            }
        }
        objects
    }

    fn list(&mut self, map: &mut Map<String, Value>, name: &str, most: usize) -> Vec<Value> {
        match map.shift_remove(name) {
            None => Vec::new(),
            Some(Value::Array(mut items)) => {
                if items.len() > most {
                    self.error(format!(
                        "`{name}` has {} entries; accepted: at most {}. Those beyond are left out.",
                        number(items.len() as f64),
                        number(most as f64)
                    ));
                    items.truncate(most);
                }
                items
            }
            Some(other) => {
                self.error(format!("`{name}` is {}; accepted: a list.", brief(&other)));
                Vec::new()
            }
        }
    }

    /// A usable, unique id: as given if possible, mended otherwise. `place` is where it stands, `stem` what to call
    /// it for want of anything better.
    fn id(&mut self, map: &mut Map<String, Value>, ids: &mut Ids, place: &str, stem: &str) -> String {
        let given = map.shift_remove("id");
        let rule = format!("letters, digits, `-` and `_`, at most {MAX_ID} bytes, each id once");
        let (wanted, complaint) = match &given {
            Some(Value::String(id)) if is_id(id) && !ids.taken.contains(id) => (id.clone(), None),
            Some(Value::String(id)) if is_id(id) => (id.clone(), Some(format!("{id:?}, which is already taken"))),
            Some(Value::String(id)) => (id.clone(), Some(format!("{:?}", shorten(id, 80)))),
            Some(other) => (stem.to_owned(), Some(brief(other))),
            None => (stem.to_owned(), Some("missing".to_owned())),
        };
        let id = ids.take(&wanted);
        if let Some(complaint) = complaint {
            self.error(format!("`{place}.id` is {complaint}; accepted: {rule}. It becomes `{id}`."));
        }
        if let Some(Value::String(given)) = given {
            // Of two that share an id, links mean the first.
            ids.renamed.entry(given).or_insert_with(|| id.clone());
        }
        id
    }

    fn text(&mut self, map: &mut Map<String, Value>, name: &str, most: usize) -> String {
        match map.shift_remove(name) {
            None => String::new(),
            Some(Value::String(mut text)) => {
                if text.len() > most {
                    self.warning(format!("`{name}` has {} bytes; accepted: at most {most}. It is cut.", text.len()));
                    text.truncate(text.floor_char_boundary(most));
                }
                text
            }
            Some(other) => {
                self.error(format!("`{name}` is {}; accepted: text.", brief(&other)));
                String::new()
            }
        }
    }

    fn coordinate(&mut self, map: &mut Map<String, Value>, name: &str) -> f64 {
        match map.shift_remove(name) {
            None => 0.0,
            Some(value) => match value.as_f64() {
                Some(at) if at.abs() <= MAX_COORDINATE => at,
                found => {
                    // A node in an odd place runs all the same.
                    self.warning(format!(
                        "`{name}` is {}; accepted: a number from −{max} to {max}.",
                        brief(&value),
                        max = number(MAX_COORDINATE)
                    ));
                    found.map_or(0.0, |at| at.clamp(-MAX_COORDINATE, MAX_COORDINATE))
                }
            },
        }
    }

    fn cost(&mut self, map: &mut Map<String, Value>) -> Option<f64> {
        let value = map.shift_remove("cost_usd_per_hour").filter(|v| !v.is_null())?;
        let cost = value.as_f64().filter(|c| (0.0..=MAX_COST).contains(c));
        if cost.is_none() {
            self.warning(format!(
                "`cost_usd_per_hour` is {}; accepted: a number from 0 to {}.",
                brief(&value),
                number(MAX_COST)
            ));
        }
        cost
    }

    fn params(&mut self, map: &mut Map<String, Value>) -> Map<String, Value> {
        match map.shift_remove("params") {
            None => Map::new(),
            Some(Value::Object(params)) => params,
            Some(other) => {
                self.error(format!("`params` is {}; accepted: an object.", brief(&other)));
                Map::new()
            }
        }
    }

    fn unknown(&mut self, rest: &Map<String, Value>, place: &str) {
        // `$schema` is for the person's text editor, not for us.
        for name in rest.keys().filter(|name| *name != "$schema") {
            self.warning(format!(
                "`{}` is not a field of {place} known here; it is kept and has no effect.",
                shorten(name, 40)
            ));
        }
    }
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_ID && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[derive(Default)]
struct Ids {
    taken: BTreeSet<String>,
    /// What a given id became.
    renamed: BTreeMap<String, String>,
    /// Where to go on counting for a stem, so that a thousand equal ids do not take a million tries.
    next: BTreeMap<String, usize>,
}

impl Ids {
    /// Takes this id, or the nearest that is allowed and free.
    fn take(&mut self, wanted: &str) -> String {
        let mut stem: String = wanted
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' })
            .take(MAX_ID - 8)
            .collect();
        if is_id(wanted) {
            stem = wanted.to_owned();
        }
        if stem.is_empty() {
            stem.push_str("node");
        }
        if self.taken.insert(stem.clone()) {
            return stem;
        }
        stem.truncate(MAX_ID - 8);
        let next = self.next.entry(stem.clone()).or_insert(2);
        loop {
            let id = format!("{stem}-{next}");
            *next += 1;
            if self.taken.insert(id.clone()) {
                return id;
            }
        }
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
