//! The context menu.

use super::{focus_canvas, place};
use crate::commands::{Command, words};
use crate::session::Session;
use backpressure_editor::Point;
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

/// What is on the menu when something is selected, and when nothing is: names of commands.
const ON_SELECTION: &[&str] =
    &["connect-to", "rename", "group", "ungroup", "duplicate", "cut", "copy", "delete", "fit-selection"];
const ON_NOTHING: &[&str] =
    &["add", "note", "paste", "tidy", "select-all", "zoom-fit", "export-png", "export-svg", "print"];

fn items(session: &Session) -> Vec<&'static Command> {
    let nothing = session.editor().selection().is_empty();
    let names = if nothing { ON_NOTHING } else { ON_SELECTION };
    names.iter().map(|name| Command::of(name)).filter(|c| (c.when)(session)).collect()
}

/// The menu.
#[component]
pub fn Menu(props: &MenuProps) -> Html {
    let root = use_node_ref();
    let list = use_memo((), |()| items(&props.session));
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
        Callback::from(move |command: &'static Command| {
            close.emit(());
            command.run(&session, Some(at));
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
                { for list.iter().map(|command| {
                    let (run, command) = (run.clone(), *command);
                    html! {
                        <li key={command.id} role="none">
                            <button type="button" role="menuitem" tabindex="-1" data-testid={format!("menu-{}", command.id)}
                                    onclick={Callback::from(move |_: MouseEvent| run.emit(command))}>
                                <span>{ command.title }</span><kbd aria-hidden="true">{ command.keys.first().map(|k| words(k)) }</kbd>
                            </button>
                        </li>
                    }
                }) }
            </ul>
        </div>
    }
}
