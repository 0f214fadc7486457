//! What goes wrong: a timeline of the design's faults, and a row of troubles to drop onto the diagram or to let loose at once.

mod bar;
mod chips;

pub use chips::under;

use crate::canvas::description::name_of;
use crate::inspector::field_row::{Rows, rows};
use crate::metrics::MetricsProps;
use crate::part::{keyed_part, part};
use crate::session::{Note, Session, use_session};
use backpressure_editor::Action;
use backpressure_sim::design::{Fault, FaultParams, Field, FieldKind, Reader, Schedule, Trouble};
use backpressure_sim::engine::Victim;
use backpressure_sim::{Design, Node, components};
use bar::{Bar, BarProps};
use chips::Chips;
use serde_json::{Map, Value};
use yew::prelude::*;

/// Shortest time the axis covers, s.
const SHORTEST_AXIS_S: f64 = 60.0;

/// Every trouble, as a person sees it: name, label, help.
pub fn troubles() -> Vec<(&'static str, &'static str, &'static str)> {
    let trouble = fields().first().map(|f| &f.kind);
    let Some(FieldKind::Variant { cases, .. }) = trouble else { return Vec::new() };
    cases.iter().map(|c| (c.name, c.label, c.help)).collect()
}

/// The label of a trouble by its name in the document.
pub fn trouble_label(name: &str) -> &str {
    troubles().iter().find(|(n, ..)| *n == name).map_or(name, |(_, label, _)| label)
}

/// The parameters of a fault, described once: forms hold on to them.
fn fields() -> &'static [Field] {
    static FIELDS: std::sync::OnceLock<Vec<Field>> = std::sync::OnceLock::new();
    FIELDS.get_or_init(FaultParams::fields)
}

fn params_of(fault: &Fault) -> FaultParams {
    FaultParams::read(&fault.params, &mut Reader::default())
}

/// What a fault befalls, in words.
fn victim_name(design: &Design, fault: &Fault) -> String {
    match (&fault.node, &fault.link, &fault.zone) {
        (Some(id), _, _) => name_of_victim(design, &Victim::Node(id.clone())),
        (_, Some(id), _) => name_of_victim(design, &Victim::Link(id.clone())),
        (_, _, Some(id)) => name_of_victim(design, &Victim::Zone(id.clone())),
        _ => "nothing".to_owned(),
    }
}

/// A component, a link or a zone, in words.
fn name_of_victim(design: &Design, victim: &Victim) -> String {
    let node = |id: &String| design.node(id).map_or(id.as_str(), name_of).to_owned();
    match victim {
        Victim::Node(id) => node(id),
        Victim::Link(id) => design.link(id).map_or(id.clone(), |l| format!("{} → {}", node(&l.from), node(&l.to))),
        Victim::Zone(id) => design.zone(id).map_or(id.clone(), |z| format!("zone {}", z.name)),
    }
}

/// What is selected, as something that can be befallen.
fn selected(session: &Session) -> Option<Victim> {
    let editor = session.editor();
    let selection = editor.selection();
    match (selection.nodes.as_slice(), selection.links.as_slice()) {
        ([node], _) => Some(Victim::Node(node.clone())),
        ([], [link]) => Some(Victim::Link(link.clone())),
        (several, _) => {
            // All of a zone: the zone.
            let zone = several.first().and_then(|id| editor.design().node(id)?.zone.clone())?;
            let all = several.iter().all(|id| editor.design().node(id).is_some_and(|n| n.zone.as_ref() == Some(&zone)));
            all.then_some(Victim::Zone(zone))
        }
    }
}

/// Kinds named at most where it is said what a trouble befalls: what befalls more befalls whatever is called.
const KINDS_TOLD: usize = 6;

/// Why this trouble cannot befall this victim, and what it befalls instead; `None` if it can.
fn unfit(design: &Design, trouble: &Trouble, victim: &Victim) -> Option<String> {
    let suffers = |node: &Node| components::kind(&node.kind).is_none_or(|k| k.suffers(trouble));
    let of_links = trouble.is_of_links();
    let fits = match victim {
        Victim::Link(_) => of_links,
        Victim::Node(_) | Victim::Zone(_) if of_links => false,
        Victim::Node(id) => design.node(id).is_none_or(suffers),
        Victim::Zone(id) => design.nodes.iter().any(|n| n.zone.as_ref() == Some(id) && suffers(n)),
    };
    if fits {
        return None;
    }
    let what = trouble_label(trouble.name());
    if of_links {
        return Some(format!("{what} befalls links: drop it on one."));
    }
    let kinds: Vec<&str> = components::kinds().iter().filter(|k| k.suffers(trouble)).map(|k| k.label).collect();
    let such = if kinds.len() > KINDS_TOLD { "what others call".to_owned() } else { kinds.join(", ") };
    Some(match victim {
        Victim::Link(_) => format!("{what} befalls components ({such}): drop it on one."),
        Victim::Zone(_) => format!("{what} befalls nothing in {}, only {such}.", name_of_victim(design, victim)),
        Victim::Node(_) => format!("{what} does not befall {}, only {such}.", name_of_victim(design, victim)),
    })
}

/// Puts a fault on the timeline, from the present simulated time on; returns its id.
fn add(session: &Session, trouble: Trouble, victim: &Victim) -> String {
    let now_s = (session.run().snapshot.now_ns as f64 / 1e9).ceil();
    let mut faults = session.editor().design().faults.clone();
    let id = (1..).map(|n| format!("fault-{n}")).find(|id| faults.iter().all(|f| f.id != *id)).unwrap_or_default();
    let schedule = Schedule::Once { at_s: if now_s > 0.0 { now_s + 1.0 } else { 10.0 }, for_s: Some(10.0) };
    let mut fault =
        Fault { id: id.clone(), params: FaultParams { trouble, schedule, enabled: true }.write(), ..Fault::default() };
    match victim {
        Victim::Node(node) => fault.node = Some(node.clone()),
        Victim::Link(link) => fault.link = Some(link.clone()),
        Victim::Zone(zone) => fault.zone = Some(zone.clone()),
    }
    faults.push(fault);
    set(session, faults, "add");
    session.act(Action::EndEdit);
    id
}

fn set(session: &Session, faults: Vec<Fault>, mark: &str) {
    session.act(Action::SetFaults { faults, mark: mark.to_owned() });
}

/// Changes one fault.
fn change(session: &Session, id: &str, mark: &str, edit: impl FnOnce(&mut Fault)) {
    let mut faults = session.editor().design().faults.clone();
    if let Some(fault) = faults.iter_mut().find(|f| f.id == id) {
        edit(fault);
        set(session, faults, mark);
    }
}

/// What the timeline shows.
#[derive(Clone, PartialEq)]
struct View {
    faults: Vec<(Fault, String)>,
    off: bool,
    editable: bool,
}

fn view(session: &Session) -> View {
    let editor = session.editor();
    let design = editor.design();
    let faults = design.faults.iter().map(|f| (f.clone(), victim_name(design, f))).collect();
    View { faults, off: design.faults_off, editable: session.is_editable() }
}

/// The panel.
#[component]
pub fn FaultsPanel(props: &MetricsProps) -> Html {
    let session = &props.session;
    let view = use_session(session, |n| matches!(n, Note::Design), view);
    let now_s =
        use_session(session, |n| matches!(n, Note::Run), |s| (s.run().snapshot.now_ns / 100_000_000) as f64 / 10.0);
    let open = use_state(|| None::<String>);
    let end = view.faults.iter().map(|(f, _)| end_s(f)).fold(0.0, f64::max);
    let axis_s = nice(SHORTEST_AXIS_S.max(end * 1.1).max(*now_s * 1.05));
    let switch = {
        let (session, off) = (session.clone(), view.off);
        Callback::from(move |_: MouseEvent| session.act(Action::SetFaultsOff { off: !off }))
    };
    let on_added = {
        let open = open.setter();
        Callback::from(move |id: String| open.set(Some(id)))
    };
    let bars = view.faults.iter().map(|(fault, victim)| {
        let on_open = {
            let (open, id) = (open.clone(), fault.id.clone());
            Callback::from(move |()| open.set((open.as_ref() != Some(&id)).then(|| id.clone())))
        };
        let is_open = open.as_ref() == Some(&fault.id);
        html! {
            <li class="fault" key={fault.id.clone()} data-off={view.off.to_string()}>
                { keyed_part::<Bar>("bar", BarProps {
                    session: session.clone(), fault: fault.clone(), victim: victim.clone(), axis_s, on_open, is_open, editable: view.editable,
                }) }
                if is_open { { details(session, fault, view.editable) } } else { <span hidden=true /> }
            </li>
        }
    });
    let marks = (0..=4).map(|i| {
        let share = f64::from(i) / 4.0;
        html! { <span key={i} style={format!("left: {}%", share * 100.0)}>{ format!("{} s", axis_s * share) }</span> }
    });
    html! {
        <div class="faults" data-testid="faults">
            { part::<Chips>(chips::ChipsProps { session: session.clone(), on_added }) }
            <div class="faults-line" style={format!("--now: {}", (*now_s / axis_s).min(1.0))}>
                <ul class="faults-list">{ for bars }</ul>
                <p class="faults-none" hidden={!view.faults.is_empty()}>
                    { "No fault is planned. Drag one onto a component, a link or a zone, or select something and press +; a click breaks it at once. Faults never change the diagram." }
                </p>
                <div class="faults-axis" aria-hidden="true" hidden={view.faults.is_empty()}>{ for marks }</div>
            </div>
            <button type="button" class="button button-small faults-switch" data-testid="faults-off" aria-pressed={view.off.to_string()}
                    hidden={view.faults.is_empty()} disabled={!view.editable} onclick={switch}>
                { if view.off { "Faults are off: switch on" } else { "Switch all faults off" } }
            </button>
        </div>
    }
}

/// The form of one fault, from its own description.
fn details(session: &Session, fault: &Fault, editable: bool) -> Html {
    let on_change = {
        let (session, id) = (session.clone(), fault.id.clone());
        Callback::from(move |(name, value): (&'static str, Option<Value>)| {
            change(&session, &id, &format!("{id} {name}"), |f| {
                match value {
                    Some(value) => f.params.insert(name.to_owned(), value),
                    None => f.params.shift_remove(name),
                };
            });
        })
    };
    let on_end = {
        let session = session.clone();
        Callback::from(move |kept: bool| session.act(if kept { Action::EndEdit } else { Action::CancelEdit }))
    };
    let params: Map<String, Value> = fault.params.clone();
    html! {
        <div class="fault-details">
            { rows(&Rows {
                fields: fields(), object: params, pointer: AttrValue::default(), problems: Default::default(), on_change, on_end, disabled: !editable,
            }) }
        </div>
    }
}

fn end_s(fault: &Fault) -> f64 {
    match params_of(fault).schedule {
        Schedule::Once { at_s, for_s } => at_s + for_s.unwrap_or(10.0),
        Schedule::Random { mtbf_s, .. } => mtbf_s,
    }
}

/// The next of 60, 120, 300, 600, 1200, … s: a round end for the axis.
fn nice(s: f64) -> f64 {
    let mut unit = 60.0;
    loop {
        for times in [1.0, 2.0, 5.0] {
            if unit * times >= s || unit > 1e9 {
                return unit * times;
            }
        }
        unit *= 10.0;
    }
}
