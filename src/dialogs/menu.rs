//! The context menu.

use super::{focus_canvas, place};
use crate::clipboard;
use crate::session::{Note, Notice, Session};
use backpressure_editor::{Action, Editor, Effect, Part, Point};
use backpressure_sim::components::kind;
use web_sys::HtmlElement;
use yew::prelude::*;

/// Properties of [`Menu`].
#[derive(Properties, PartialEq)]
pub struct MenuProps {
    /// The page's session.
    pub session: Session,
    /// Where, screen point of the canvas.
    pub at: Point,
    /// Called when it closes.
    pub on_closed: Callback<()>,
}

/// What an item does.
#[derive(Clone, Debug, PartialEq)]
enum Does {
    Act(Action),
    Rename(Part),
    Paste,
    Add,
}

type Item = (&'static str, &'static str, Does);

/// The items for what is selected.
fn items(session: &Session, at: Point) -> Vec<Item> {
    let editor = session.editor();
    let selection = editor.selection();
    let mut items: Vec<Item> = Vec::new();
    let editable = session.is_editable();
    let some_nodes = !selection.nodes.is_empty();
    if editable && !selection.is_empty() {
        items.extend(editing(&editor));
    }
    if some_nodes || !selection.notes.is_empty() {
        if editable {
            items.push(("Duplicate", "Ctrl D", Does::Act(Action::DuplicateSelection)));
            items.push(("Cut", "Ctrl X", Does::Act(Action::Cut)));
        }
        items.push(("Copy", "Ctrl C", Does::Act(Action::Copy)));
    }
    if !selection.is_empty() {
        if editable {
            items.push(("Delete", "Delete", Does::Act(Action::DeleteSelection)));
        }
        items.push(("Show the selection", "Shift 2", Does::Act(Action::FitSelection)));
        return items;
    }
    if editable {
        let world = editor.camera().to_world(at);
        items.push(("Add a component…", "/", Does::Add));
        items.push(("Add a note", "N", Does::Act(Action::AddNote { at: Some(world) })));
        items.push(("Paste", "Ctrl V", Does::Paste));
        items.push(("Tidy up", "Shift T", Does::Act(Action::TidyUp)));
    }
    items.push(("Select all", "Ctrl A", Does::Act(Action::SelectAll)));
    items.push(("Show everything", "Shift 1", Does::Act(Action::FitAll)));
    items
}

/// The items that change the selection's names and zones.
fn editing(editor: &Editor) -> Vec<Item> {
    let selection = editor.selection();
    let mut items: Vec<Item> = Vec::new();
    match (selection.nodes.as_slice(), selection.links.as_slice(), selection.notes.as_slice()) {
        ([node], _, []) => {
            if editor.node(node).and_then(|n| kind(&n.kind)).is_none_or(|k| k.makes_calls) {
                items.push(("Connect to…", "A", Does::Act(Action::StartConnecting { from: node.clone() })));
            }
            items.push(("Rename", "F2", Does::Rename(Part::Node(node.clone()))));
        }
        ([], [link], []) => items.push(("Label", "F2", Does::Rename(Part::Link(link.clone())))),
        ([], [], [note]) => items.push(("Edit the note", "F2", Does::Rename(Part::Note(note.clone())))),
        _ => {}
    }
    if let Some(zone) = editor.selected_zone() {
        items.push(("Rename the zone", "F2", Does::Rename(Part::Zone(zone.id.clone()))));
    } else if selection.nodes.len() > 1 {
        items.push(("Group as a zone", "Ctrl G", Does::Act(Action::Group)));
    }
    if selection.nodes.iter().filter_map(|id| editor.node(id)).any(|n| n.zone.is_some()) {
        items.push(("Take out of the zone", "Ctrl Shift G", Does::Act(Action::Ungroup)));
    }
    items
}

/// The menu.
#[component]
pub fn Menu(props: &MenuProps) -> Html {
    let root = use_node_ref();
    let list = use_memo((), |()| items(&props.session, props.at));
    let chosen = use_state_eq(|| 0usize);
    {
        let root = root.clone();
        use_effect_with(*chosen, move |chosen| {
            let item = root
                .cast::<HtmlElement>()
                .and_then(|r| r.query_selector_all("[role=menuitem]").ok()?.get(u32::try_from(*chosen).ok()?));
            if let Some(item) = item.and_then(|i| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(i).ok()) {
                let _ = item.focus();
            }
        });
    }
    let close = {
        let closed = props.on_closed.clone();
        Callback::from(move |()| {
            closed.emit(());
            focus_canvas();
        })
    };
    let run = {
        let (session, close, at) = (props.session.clone(), close.clone(), props.at);
        Callback::from(move |does: Does| {
            close.emit(());
            carry_out(&session, does, at);
        })
    };
    let onkeydown = {
        let (list, chosen, close) = (list.clone(), chosen.clone(), close.clone());
        Callback::from(move |event: KeyboardEvent| {
            let n = list.len();
            match event.key().as_str() {
                "ArrowDown" => chosen.set((*chosen + 1) % n),
                "ArrowUp" => chosen.set((*chosen + n - 1) % n),
                "Home" => chosen.set(0),
                "End" => chosen.set(n - 1),
                "Escape" | "Tab" => close.emit(()),
                _ => return,
            }
            event.prevent_default();
            event.stop_propagation();
        })
    };
    let outside = {
        let close = close.clone();
        Callback::from(move |event: PointerEvent| {
            event.prevent_default();
            close.emit(());
        })
    };
    let (x, y) = place(props.at, (220.0, 36.0 * list.len() as f64 + 16.0));
    html! {
        <div class="menu-cover" onpointerdown={outside} oncontextmenu={Callback::from(|e: MouseEvent| e.prevent_default())}>
            <ul ref={root} class="menu" role="menu" aria-label="Actions" data-testid="context-menu" style={format!("left: {x}px; top: {y}px")} {onkeydown}
                onpointerdown={Callback::from(|e: PointerEvent| e.stop_propagation())}>
                { for list.iter().map(|(label, keys, does)| {
                    let (run, does) = (run.clone(), does.clone());
                    html! {
                        <li key={*label} role="none">
                            <button type="button" role="menuitem" tabindex="-1" onclick={Callback::from(move |_: MouseEvent| run.emit(does.clone()))}>
                                <span>{ *label }</span><kbd aria-hidden="true">{ *keys }</kbd>
                            </button>
                        </li>
                    }
                }) }
            </ul>
        </div>
    }
}

fn carry_out(session: &Session, does: Does, at: Point) {
    match does {
        Does::Act(action) => session.act(action),
        Does::Rename(part) => session.notify(Note::Effect(Effect::Edit(part))),
        Does::Add => session.notify(Note::Effect(Effect::OpenQuickAdd { at, connect_from: None, connect_to: None })),
        Does::Paste => {
            let session = session.clone();
            wasm_bindgen_futures::spawn_local(async move {
                match clipboard::get().await {
                    Some(text) => session.act(Action::Paste { text }),
                    None => session.notify(Note::Notice(Notice::info(
                        "The browser keeps the clipboard to itself here: press Ctrl+V on the canvas instead.",
                    ))),
                }
            });
        }
    }
}
