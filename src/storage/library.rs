//! The designs kept in this browser: a list, and each design with the version it has reached, its undo steps beside it.
//!
//! Every tab of the browser sees the same storage. A tab writes a design only over the version it read, so that two tabs
//! never overwrite each other: the second one is told [`Refusal::Changed`].

use backpressure_sim::Design;
use backpressure_sim::design::{Reading, read, to_json};
use serde::{Deserialize, Serialize};

/// The list of designs, the one edited last first.
const LIST: &str = "backpressure.designs";
/// Begins the key of a design; its id follows.
const DESIGN: &str = "backpressure.design.";
/// Begins the key of a design's version.
pub const VERSION: &str = "backpressure.version.";
/// Begins the key of a design's undo steps.
const STEPS: &str = "backpressure.steps.";
/// Most designs kept; beyond, nothing new is, and the person is told.
const MOST: usize = 200;

/// A design on the list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Names it in storage.
    pub id: String,
    /// Its title; may be empty.
    pub name: String,
    /// When it was edited last, ms since 1970.
    pub edited_ms: f64,
    /// How many components it has.
    pub nodes: usize,
}

/// A version of a design: counted up with each write, by the tab that wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// 1 for the first.
    pub number: u64,
    /// Name of the tab.
    pub tab: String,
}

impl Version {
    /// Reads `12 tab`.
    pub fn read(text: &str) -> Option<Self> {
        let (number, tab) = text.split_once(' ')?;
        Some(Self { number: number.parse().ok()?, tab: tab.to_owned() })
    }

    fn text(&self) -> String {
        format!("{} {}", self.number, self.tab)
    }
}

/// Why a design was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Another tab has written it since.
    Changed,
    /// There is no room, or no storage.
    Full,
}

/// A design as it was kept.
pub struct Kept {
    /// What was read.
    pub reading: Reading,
    /// Its version.
    pub version: Version,
    /// Its undo steps, as [`backpressure_editor::Editor::saved_steps`] made them; empty if there are none.
    pub steps: Vec<u8>,
}

/// The designs, the one edited last first.
pub fn list() -> Vec<Entry> {
    get(LIST).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

/// A kept design.
pub fn load(id: &str) -> Option<Kept> {
    let reading = read(get(&key(DESIGN, id))?.as_bytes());
    let version = version(id).unwrap_or_default();
    let steps = get(&key(STEPS, id)).and_then(|text| {
        // Steps of another version would undo to what never was.
        let (of, steps) = text.split_once(' ')?;
        // A letter a byte, as they were written.
        (of.parse() == Ok(version.number)).then(|| steps.chars().map(|c| c as u8).collect())
    });
    Some(Kept { reading, version, steps: steps.unwrap_or_default() })
}

/// The design's text without reading it, for a picture; nothing if it is long.
pub fn glance(id: &str) -> Option<Design> {
    let text = get(&key(DESIGN, id)).filter(|text| text.len() < 200_000)?;
    Some(read(text.as_bytes()).design)
}

/// The version that a design has reached.
pub fn version(id: &str) -> Option<Version> {
    Version::read(&get(&key(VERSION, id))?)
}

/// Keeps a design that was read or written at `base` (`None`: a new one, or written over whatever is there). Gives the
/// version it has now.
pub fn keep(id: &str, tab: &str, base: Option<&Version>, design: &Design, steps: &[u8]) -> Result<Version, Refusal> {
    let there = version(id);
    if let (Some(base), Some(there)) = (base, &there)
        && base != there
    {
        return Err(Refusal::Changed);
    }
    let mut list = list();
    list.retain(|e| e.id != id);
    if list.len() >= MOST {
        return Err(Refusal::Full);
    }
    let number = there.map_or(0, |v| v.number).max(base.map_or(0, |v| v.number)) + 1;
    let version = Version { number, tab: tab.to_owned() };
    put(&key(DESIGN, id), &to_json(design))?;
    put(&key(VERSION, id), &version.text())?;
    list.insert(
        0,
        Entry {
            id: id.to_owned(),
            name: design.name.clone(),
            edited_ms: js_sys::Date::now(),
            nodes: design.nodes.len(),
        },
    );
    put_list(&list)?;
    let mut text = format!("{number} ");
    text.extend(steps.iter().map(|byte| char::from(*byte)));
    // Without its steps a design is whole; they are the first to go where room is short.
    if put(&key(STEPS, id), &text).is_err() {
        remove(&key(STEPS, id));
    }
    Ok(version)
}

/// Forgets a design.
pub fn forget(id: &str) {
    let mut list = list();
    list.retain(|e| e.id != id);
    for begin in [DESIGN, VERSION, STEPS] {
        remove(&key(begin, id));
    }
    let _ = put_list(&list);
}

fn put_list(list: &[Entry]) -> Result<(), Refusal> {
    put(LIST, &serde_json::to_string(list).unwrap_or_default())
}

fn key(begin: &str, id: &str) -> String {
    format!("{begin}{id}")
}

fn get(key: &str) -> Option<String> {
    storage()?.get_item(key).ok()?
}

/// Writes; where there is no room, undo steps of other designs make some, the oldest first.
fn put(key: &str, text: &str) -> Result<(), Refusal> {
    let storage = storage().ok_or(Refusal::Full)?;
    if storage.set_item(key, text).is_ok() {
        return Ok(());
    }
    for entry in list().iter().rev() {
        let steps = format!("{STEPS}{}", entry.id);
        if storage.get_item(&steps).ok().flatten().is_some() {
            remove(&steps);
            if storage.set_item(key, text).is_ok() {
                return Ok(());
            }
        }
    }
    Err(Refusal::Full)
}

fn remove(key: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(key);
    }
}

/// Throws where a browser forbids storage.
fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}
