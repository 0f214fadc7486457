//! The parts of the page around the canvas, and what each note opens.

use super::address::{self, Options};
use super::hands::Hands;
use super::notices::{Shown, toasts};
use super::opening::{loaded, offer_kept, open_bytes, open_link};
use crate::canvas::{CanvasView, CanvasViewProps, picture};
use crate::dialogs::{Dialog, dialogs};
use crate::faults::{Aim, AimProps};
use crate::icons::{Symbol, icon};
use crate::inspector::{Inspector, InspectorProps};
use crate::metrics::{FindingStrip, MetricsPanel, MetricsProps};
use crate::palette::{Palette, PaletteProps};
use crate::part::part;
use crate::session::{Note, Notice, RunCommand, Session, use_mounted, use_session};
use crate::storage::{keeper, source};
use crate::toolbar::{Toolbar, ToolbarProps};
use crate::{clipboard, embed};
use backpressure_editor::Effect;
use gloo::events::EventListener;
use wasm_bindgen::prelude::*;
use yew::prelude::*;

/// Properties of [`Shell`].
#[derive(Properties, PartialEq)]
pub struct ShellProps {
    /// The page's session.
    pub session: Session,
    /// What the address asks for.
    pub options: Options,
    /// What there is to tell at the start.
    pub notices: Vec<Notice>,
    /// An address to load a design from.
    pub src: Option<String>,
}

/// What lies over the canvas on a small screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// The palette.
    Add,
    /// The inspector.
    Inspect,
    /// Charts and tables.
    Metrics,
}

/// The page.
#[component]
pub fn Shell(props: &ShellProps) -> Html {
    let dialog = use_state(|| None::<Dialog>);
    let sheet = use_state(|| None::<Sheet>);
    let notices = {
        let first = props.notices.clone();
        use_reducer(move || Shown::of(first))
    };
    {
        let (dialog, dispatch) = (dialog.setter(), notices.dispatcher());
        let (options, src) = (props.options.clone(), props.src.clone());
        let session = props.session.clone();
        use_mounted(move || live(&session, &options, src, dialog, dispatch));
    }
    let on_closed = {
        let dialog = dialog.setter();
        Callback::from(move |()| dialog.set(None))
    };
    let on_close_notice = {
        let dispatch = notices.dispatcher();
        Callback::from(move |id: u32| dispatch.dispatch(super::notices::Change::Close(id)))
    };
    let session = &props.session;
    let o = &props.options;
    let selected = use_session(session, |n| matches!(n, Note::Redraw | Note::Design), |s| s.editor().selection().len());
    let toggle = |which: Sheet, testid: &'static str, symbol: Symbol, label: &'static str| {
        let (sheet, on) = (sheet.clone(), *sheet == Some(which));
        html! {
            <button type="button" class="tab-button" data-testid={testid} aria-expanded={on.to_string()}
                    onclick={Callback::from(move |_: MouseEvent| sheet.set((!on).then_some(which)))}>
                { icon(symbol, 20) }<span>{ label }</span>
            </button>
        }
    };
    let close_sheet = {
        let sheet = sheet.setter();
        Callback::from(move |()| sheet.set(None))
    };
    let on_aim = close_sheet.clone();
    let close_by_click = {
        let sheet = sheet.setter();
        Callback::from(move |_: MouseEvent| sheet.set(None))
    };
    let sheet_name = match *sheet {
        None => "none",
        Some(Sheet::Add) => "add",
        Some(Sheet::Inspect) => "inspect",
        Some(Sheet::Metrics) => "metrics",
    };
    html! {
        <div class={classes!("app", o.embed.then_some("is-embed"), o.hide_palette.then_some("no-palette"),
                             o.hide_inspector.then_some("no-inspector"), o.hide_metrics.then_some("no-metrics"),
                             (!o.controls).then_some("no-controls"), (*selected > 0).then_some("has-selection"))}
             data-sheet={sheet_name}>
            { part::<Toolbar>(ToolbarProps { session: session.clone(), embed: o.embed, editable: o.editable }) }
            <div class="side side-left" hidden={o.hide_palette}>
                { sheet_head("Add a component", &close_by_click) }
                { part::<Palette>(PaletteProps { session: session.clone(), on_added: close_sheet }) }
            </div>
            <main class="stage">
                { part::<CanvasView>(CanvasViewProps { session: session.clone() }) }
                { part::<Aim>(AimProps { session: session.clone(), on_aim }) }
                { toasts(&notices, &on_close_notice) }
            </main>
            <div class="side side-right" hidden={o.hide_inspector}>
                { sheet_head("Inspect", &close_by_click) }
                { part::<Inspector>(InspectorProps { session: session.clone() }) }
            </div>
            { part::<FindingStrip>(MetricsProps { session: session.clone() }) }
            <div class="metrics-slot" hidden={o.hide_metrics}>
                { sheet_head("Metrics", &close_by_click) }
                { part::<MetricsPanel>(MetricsProps { session: session.clone() }) }
            </div>
            <div class="bottom-bar" hidden={!o.controls}>
                <nav class="tabs" aria-label="Panels">
                    if !o.hide_palette { { toggle(Sheet::Add, "sheet-add", Symbol::Plus, "Add") } } else { <span hidden=true /> }
                    if !o.hide_inspector { { toggle(Sheet::Inspect, "sheet-inspect", Symbol::Sliders, "Inspect") } } else { <span hidden=true /> }
                    if !o.hide_metrics { { toggle(Sheet::Metrics, "sheet-metrics", Symbol::Chart, "Metrics") } } else { <span hidden=true /> }
                </nav>
            </div>
            { dialogs(session, dialog.as_ref(), on_closed) }
        </div>
    }
}

/// The top of a sheet on a phone: what it is, and the way out.
fn sheet_head(title: &'static str, on_close: &Callback<MouseEvent>) -> Html {
    html! {
        <section class="sheet-head" aria-label={["Sheet: ", title].concat()}>
            <span class="sheet-title">{ title }</span>
            <button type="button" class="icon-button" aria-label={format!("Close: {title}")} onclick={on_close.clone()}>{ icon(Symbol::Close, 20) }</button>
        </section>
    }
}

/// Everything that lives as long as the page: listeners, autosave, the embed's manners.
fn live(
    session: &Session,
    options: &Options,
    src: Option<String>,
    dialog: UseStateSetter<Option<Dialog>>,
    notices: UseReducerDispatcher<Shown>,
) -> impl Sized + use<> {
    let own = session.clone();
    let subscription = session.subscribe(Callback::from(move |note: Note| match note {
        Note::Notice(notice) => notices.dispatch(super::notices::Change::Show(notice)),
        Note::Open(opened) => dialog.set(Some(opened)),
        Note::Effect(effect) => match effect {
            Effect::OpenQuickAdd { at, connect_from, connect_to } => {
                dialog.set(Some(Dialog::QuickAdd { at, from: connect_from, to: connect_to }))
            }
            Effect::OpenContextMenu { at } => dialog.set(Some(Dialog::Menu { at })),
            Effect::OpenHelp => dialog.set(Some(Dialog::Help)),
            Effect::Copy { json } => clipboard::write(&own, json),
            Effect::Refused { message, .. } => notices.dispatch(super::notices::Change::Show(Notice::info(message))),
            _ => {}
        },
        _ => {}
    }));
    let keeper = (!options.embed && options.editable).then(|| keeper::keep(session));
    if !options.embed && options.editable {
        offer_kept(session);
    }
    if let Some(address) = src {
        load(session.clone(), address, options.running);
    }
    if let Some(speed) = options.speed {
        session.command(RunCommand::Speed(speed));
    }
    if let Some(at_s) = options.at_s {
        session.command(RunCommand::Seek((at_s * 1e9).min(1e18) as u64));
    }
    if options.running {
        session.command(RunCommand::Play);
    }
    let hands = Hands::new(session);
    let printing = picture::print_well(session);
    let manners = options.embed.then(|| embed::Manners::of(session));
    let fragment = follow_fragment(session);
    let hook = kill_hook(session);
    tell_ready();
    (subscription, keeper, hands, printing, manners, fragment, hook)
}

fn load(session: Session, address: String, running: bool) {
    wasm_bindgen_futures::spawn_local(async move {
        match source::load(&address).await {
            Ok(bytes) => {
                open_bytes(&session, &bytes, &address);
                if running {
                    session.command(RunCommand::Play);
                }
            }
            Err(why) => session.notify(Note::Notice(Notice::problem(why.sentence))),
        }
        loaded(&session);
    });
}

/// A person who pastes another link into the address bar of this page gets its design.
fn follow_fragment(session: &Session) -> Option<EventListener> {
    let window = web_sys::window()?;
    let session = session.clone();
    Some(EventListener::new(&window.clone(), "hashchange", move |_| {
        if let Some(text) = window.location().hash().ok().as_deref().and_then(address::design_in) {
            open_link(&session, &text);
        }
    }))
}

/// `__backpressure_kill_worker()`: ends the worker as a crash of the browser would, for the tests of its recovery.
fn kill_hook(session: &Session) -> Option<Closure<dyn FnMut()>> {
    let window = web_sys::window()?;
    let session = session.clone();
    let kill = Closure::<dyn FnMut()>::new(move || session.kill_worker());
    js_sys::Reflect::set(&window, &"__backpressure_kill_worker".into(), kill.as_ref()).ok()?;
    Some(kill)
}

/// The page can be used from now on.
pub fn tell_ready() {
    if let Some(body) = web_sys::window().and_then(|w| w.document()).and_then(|d| d.body()) {
        let _ = body.set_attribute("data-ready", "true");
    }
}
