//! The document a person edits, saves and shares.

use backpressure_pack::{Pack, Source};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A design: components, the links between them, and how to run it.
///
/// Parameters stay as JSON here, so that unknown fields survive a round trip and a half-typed value never
/// loses the rest; `components` reads them into typed structs, reporting a [`crate::Problem`] for each bad one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Design {
    /// Format version of the document; this build writes 1.
    pub format: u32,
    /// Title shown to people.
    #[serde(default)]
    pub name: String,
    /// What to try: a paragraph of plain text, shown beside the diagram. Empty when there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Seed of every random stream in the run.
    #[serde(default = "one")]
    pub seed: u64,
    /// Components, in the order they were added. Ids are unique.
    #[serde(default)]
    pub nodes: Vec<Node>,
    /// Links, in the order they were added: a component calls its downstream links in this order.
    #[serde(default)]
    pub links: Vec<Link>,
    /// Zones: named groups of components, in the order they were made. Ids are unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<Zone>,
    /// Notes on the canvas, in the order they were made. Ids are unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// What goes wrong, and when. Ids are unique.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// All faults are switched off together.
    #[serde(default, skip_serializing_if = "is_false")]
    pub faults_off: bool,
    /// What the design promises, as sentences that can be tested (`p99 < 200 ms`): see [`crate::analysis`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assertions: Vec<String>,
    /// Fields this build does not know, kept as they were read.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

fn is_false(value: &bool) -> bool {
    !value
}

fn one() -> u64 {
    1
}

/// A component on the canvas.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Unique, stable, never shown as a title: letters, digits, `-`, `_`; at most 64 bytes.
    pub id: String,
    /// Kind of component by its field name: `users`, `load_balancer`, `app_server`, `cache`, `sql_database`.
    pub kind: String,
    /// Name shown to people; empty means the kind's label.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Left edge, world units.
    #[serde(default)]
    pub x: f64,
    /// Top edge, world units.
    #[serde(default)]
    pub y: f64,
    /// Id of the zone it belongs to, if it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What it costs, USD per hour, where a person knows better than the kind's default for its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_usd_per_hour: Option<f64>,
    /// Parameters that differ from the kind's defaults, by field name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, Value>,
    /// Fields this build does not know, kept as they were read.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// A directed link: `from` calls `to`; replies travel back over it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Unique among links.
    pub id: String,
    /// Id of the calling node.
    pub from: String,
    /// Id of the called node.
    pub to: String,
    /// Label shown on the canvas; empty means none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Parameters that differ from the defaults (`latency`, `weight`), by field name.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, Value>,
    /// Fields this build does not know, kept as they were read.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// A flat group of components: a region, a team, a tier. Its frame is that of its members, so it has no place of its own,
/// and it changes nothing about the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Zone {
    /// Unique among zones; [`Node::zone`] names it.
    pub id: String,
    /// Name shown to people; empty means "Zone".
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Fields this build does not know, kept as they were read.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// Text on the canvas, for whoever reads the diagram.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// Unique among notes.
    pub id: String,
    /// Plain text; line breaks count.
    #[serde(default)]
    pub text: String,
    /// Left edge, world units.
    #[serde(default)]
    pub x: f64,
    /// Top edge, world units.
    #[serde(default)]
    pub y: f64,
    /// Fields this build does not know, kept as they were read.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// Something that goes wrong on its own, at a time: it never edits the diagram.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Unique among faults.
    pub id: String,
    /// Id of the component it befalls, if it befalls one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Id of the link it befalls, if it befalls one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Id of the zone whose components it befalls, if it befalls one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What goes wrong and when, as far as it differs from the defaults (see [`crate::design::FaultParams`]).
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, Value>,
    /// Fields this build does not know, kept as they were read.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

impl Default for Design {
    fn default() -> Self {
        Self {
            format: 1,
            name: String::new(),
            description: String::new(),
            seed: 1,
            nodes: Vec::new(),
            links: Vec::new(),
            zones: Vec::new(),
            notes: Vec::new(),
            faults: Vec::new(),
            faults_off: false,
            assertions: Vec::new(),
            unknown: Map::new(),
        }
    }
}

impl Design {
    /// The node with this id. O(nodes).
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|n| n.id == id)
    }

    /// The link with this id. O(links).
    pub fn link(&self, id: &str) -> Option<&Link> {
        self.links.iter().find(|l| l.id == id)
    }

    /// The zone with this id. O(zones).
    pub fn zone(&self, id: &str) -> Option<&Zone> {
        self.zones.iter().find(|z| z.id == id)
    }

    /// The note with this id. O(notes).
    pub fn note(&self, id: &str) -> Option<&Note> {
        self.notes.iter().find(|n| n.id == id)
    }
}

/// Parts of a document are packed as their JSON: they hold fields that nobody knows beforehand.
macro_rules! pack_as_json {
    ($($part:ty),+) => {$(
        impl Pack for $part {
            fn pack(&self, out: &mut Vec<u8>) {
                // Fails for maps whose keys are no texts; these have none.
                serde_json::to_string(self).unwrap_or_default().pack(out);
            }

            fn unpack(from: &mut Source) -> Self {
                serde_json::from_str(&String::unpack(from)).unwrap_or_else(|_| {
                    from.fail();
                    Self::default()
                })
            }
        }
    )+};
}

pack_as_json!(Node, Link, Zone, Note, Fault);
