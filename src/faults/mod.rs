//! What goes wrong: a timeline of the design's faults, and a row of troubles to drop onto the diagram or to let loose at once.

mod aim;
mod bar;
mod chips;
mod form;

pub use aim::{Aim, AimProps};
pub use chips::under;

use crate::canvas::description::name_of;
use crate::metrics::MetricsProps;
use crate::part::{keyed_part, part};
use crate::session::{Note, Session, Spells, use_session};
use backpressure_editor::{Action, Selection};
use backpressure_sim::design::params::Param;
use backpressure_sim::design::{Fault, FaultParams, Field, FieldKind, Reader, Schedule, Trouble};
use backpressure_sim::engine::Victim;
use backpressure_sim::metrics::victim_of;
use backpressure_sim::{Design, Node, components};
use bar::{Bar, BarProps};
use chips::Chips;
use form::{Form, FormProps};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use yew::prelude::*;

/// Shortest time the axis covers, s.
const SHORTEST_AXIS_S: f64 = 60.0;
/// Below this speed a millisecond is long, simulated seconds per wall second.
const SLOW: f64 = 0.1;

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

/// Puts a fault on the timeline, to come in a while; returns its id.
fn plan(session: &Session, trouble: Trouble, victim: &Victim) -> String {
    let now_s = now_s(session).ceil();
    let at_s = if now_s > 0.0 { now_s + 1.0 } else { 10.0 };
    add(session, trouble, victim, Schedule::Once { at_s, for_s: Some(10.0) })
}

/// Breaks something at this instant, until somebody ends it: on the timeline as what happens, so that the next run of the
/// design does the same.
fn break_now(session: &Session, trouble: Trouble, victim: &Victim) {
    // What happens in an instant does not last.
    let for_s = (trouble == Trouble::Flush {}).then_some(1.0);
    add(session, trouble, victim, Schedule::Once { at_s: now_s(session), for_s });
}

/// Ends a fault that is at work.
fn end_now(session: &Session, id: &str) {
    let now_s = now_s(session);
    change(session, id, &[id, " end"].concat(), |f| {
        if let Schedule::Once { at_s, .. } = params_of(f).schedule {
            let for_s = Some(rounded(session, now_s - at_s).max(0.001));
            f.params.insert("schedule".to_owned(), Schedule::Once { at_s, for_s }.write_value());
        }
    });
    session.act(Action::EndEdit);
}

fn remove(session: &Session, id: &str) {
    let faults: Vec<Fault> = session.editor().design().faults.iter().filter(|f| f.id != id).cloned().collect();
    set(session, faults, "remove");
    session.act(Action::EndEdit);
}

/// The present simulated time, s.
fn now_s(session: &Session) -> f64 {
    rounded(session, session.run().snapshot.now_ns as f64 / 1e9)
}

/// To the millisecond, as people read it; to the microsecond where time is slowed down so much that one is long.
fn rounded(session: &Session, s: f64) -> f64 {
    let parts = if session.run().speed < SLOW { 1e6 } else { 1e3 };
    (s * parts).round() / parts
}

fn add(session: &Session, trouble: Trouble, victim: &Victim, schedule: Schedule) -> String {
    let mut faults = session.editor().design().faults.clone();
    let id = (1..).map(|n| format!("fault-{n}")).find(|id| faults.iter().all(|f| f.id != *id)).unwrap_or_default();
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

/// When a fault takes place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct When {
    /// From, simulated s; of one that comes at random the mean time between failures.
    pub at_s: f64,
    /// For so long, s; `None`: to the end.
    pub for_s: Option<f64>,
    /// Does it come at random?
    pub random: bool,
}

impl When {
    fn of(schedule: &Schedule) -> Self {
        match *schedule {
            Schedule::Once { at_s, for_s } => Self { at_s, for_s, random: false },
            Schedule::Random { mtbf_s, mttr_s } => Self { at_s: mtbf_s, for_s: Some(mttr_s), random: true },
        }
    }

    /// In words.
    fn words(&self) -> String {
        let (at, length) = (self.at_s.to_string(), self.for_s.map(|s| s.to_string()));
        match (self.random, length) {
            (true, length) => ["every ", &at, " s on average, for ", &length.unwrap_or_default(), " s"].concat(),
            (false, Some(length)) => ["from ", &at, " s for ", &length, " s"].concat(),
            (false, None) => ["from ", &at, " s until it is ended"].concat(),
        }
    }

    /// The time an axis must reach to show it, s.
    fn end_s(&self) -> f64 {
        self.at_s + self.for_s.unwrap_or(10.0)
    }

    fn is_now(&self, now_s: f64) -> bool {
        !self.random && self.at_s <= now_s && self.for_s.is_none_or(|s| now_s < self.at_s + s)
    }
}

/// What the timeline shows.
#[derive(Clone, PartialEq)]
struct View {
    faults: Vec<Row>,
    off: bool,
}

#[derive(Clone, PartialEq)]
struct Row {
    fault: Fault,
    label: AttrValue,
    victim: AttrValue,
    when: When,
    enabled: bool,
}

fn view(session: &Session) -> View {
    let editor = session.editor();
    let design = editor.design();
    let row = |fault: &Fault| {
        let params = params_of(fault);
        Row {
            fault: fault.clone(),
            label: trouble_label(params.trouble.name()).to_owned().into(),
            victim: victim_of(fault).map_or_else(|| "nothing".to_owned(), |v| name_of_victim(design, &v)).into(),
            when: When::of(&params.schedule),
            enabled: params.enabled,
        }
    };
    View { faults: design.faults.iter().map(row).collect(), off: design.faults_off }
}

/// The clock of the timeline, to the tenth of a second, and what came at random so far.
#[derive(Clone, PartialEq)]
struct Clock {
    now_s: f64,
    going: bool,
    spells: Rc<Vec<(String, Spells)>>,
}

fn clock(session: &Session) -> Clock {
    let run = session.run();
    Clock {
        now_s: (run.snapshot.now_ns / 100_000_000) as f64 / 10.0,
        going: run.snapshot.events > 0,
        spells: run.spells.clone(),
    }
}

/// The panel.
#[component]
pub fn FaultsPanel(props: &MetricsProps) -> Html {
    let session = &props.session;
    let view = use_session(session, |n| matches!(n, Note::Design), view);
    let clock = use_session(session, |n| matches!(n, Note::Run), clock);
    let selection =
        use_session(session, |n| matches!(n, Note::Design | Note::Redraw), |s| s.editor().selection().clone());
    // The fault whose form is shown, until something else is selected: its form lies in the same place.
    let open = use_state(|| None::<(String, Rc<Selection>)>);
    let shown = open.as_ref().filter(|(_, selected)| *selected == selection).map(|(id, _)| id.clone());
    let held = use_state(|| None::<f64>);
    let now_s = clock.now_s;
    let editable = session.is_editable();
    let end = view.faults.iter().map(|row| row.when.end_s()).fold(0.0, f64::max);
    let axis_s = held.unwrap_or_else(|| nice(SHORTEST_AXIS_S.max(end * 1.1).max(now_s * 1.05)));
    let on_hold = {
        let held = held.setter();
        Callback::from(move |by_hand: bool| held.set(by_hand.then_some(axis_s)))
    };
    let switch = {
        let (session, off) = (session.clone(), view.off);
        Callback::from(move |_: MouseEvent| session.act(Action::SetFaultsOff { off: !off }))
    };
    let on_added = {
        let (open, session) = (open.setter(), session.clone());
        Callback::from(move |id: String| open.set(Some((id, Rc::new(session.editor().selection().clone())))))
    };
    let bars = view.faults.iter().map(|row| {
        let id = &row.fault.id;
        let is_open = shown.as_ref() == Some(id);
        let on_open = {
            let (open, id, selection) = (open.setter(), id.clone(), selection.clone());
            Callback::from(move |()| open.set((!is_open).then(|| (id.clone(), selection.clone()))))
        };
        let came = clock.spells.iter().find(|(of, _)| of == id && row.when.random);
        let spells = came.map(|(_, spells)| spells.clone()).unwrap_or_default();
        let now = row.when.is_now(now_s) || spells.last().is_some_and(|(_, to)| to.is_none());
        let running = row.enabled && !view.off && clock.going && now;
        html! {
            <li class="fault" key={id.clone()} data-off={view.off.to_string()}>
                { keyed_part::<Bar>("bar", BarProps {
                    session: session.clone(), id: id.clone(), label: row.label.clone(), victim: row.victim.clone(), when: row.when, spells,
                    running, enabled: row.enabled, axis_s, on_hold: on_hold.clone(), on_open, is_open, editable,
                }) }
            </li>
        }
    });
    let form = view.faults.iter().find(|row| shown.as_ref() == Some(&row.fault.id)).map(|row| {
        let on_close = {
            let (open, id) = (open.setter(), row.fault.id.clone());
            Callback::from(move |()| {
                open.set(None);
                focus_bar(&id);
            })
        };
        let fault = row.fault.clone();
        keyed_part::<Form>(
            fault.id.clone(),
            FormProps {
                session: session.clone(),
                fault,
                label: row.label.clone(),
                victim: row.victim.clone(),
                when: row.when.words().into(),
                on_close,
            },
        )
    });
    let marks = (0..=4).map(|i| {
        let share = f64::from(i) / 4.0;
        html! { <span key={i} style={format!("left: {}%", share * 100.0)}>{ format!("{} s", axis_s * share) }</span> }
    });
    html! {
        <div class="faults" data-testid="faults">
            { part::<Chips>(chips::ChipsProps { session: session.clone(), on_added }) }
            <div class="faults-line" style={format!("--now: {}", (now_s / axis_s).min(1.0))}>
                <div class="faults-head" hidden={view.faults.is_empty()}>
                    <button type="button" class="button button-small faults-switch" data-testid="faults-off" aria-pressed={view.off.to_string()}
                            disabled={!editable} onclick={switch}>
                        { if view.off { "Faults are off: switch on" } else { "Switch all faults off" } }
                    </button>
                    <div class="faults-axis" aria-hidden="true"><div>{ for marks }</div></div>
                </div>
                <ul class="faults-list">{ for bars }</ul>
                <p class="faults-none" hidden={!view.faults.is_empty()}>
                    { "Nothing goes wrong yet. Drag a fault onto a component, a link or a zone to plan it, or choose one and then what it befalls, to break that now. Faults never change the diagram." }
                </p>
            </div>
            { form.unwrap_or_default() }
        </div>
    }
}

/// The keyboard goes on where the form was opened.
fn focus_bar(id: &str) {
    let css = ["[data-testid='fault-", id, "']"].concat();
    let bar = web_sys::window().and_then(|w| w.document()).and_then(|d| d.query_selector(&css).ok().flatten());
    if let Some(bar) = bar.and_then(|bar| bar.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = bar.focus();
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
