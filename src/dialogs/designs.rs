//! The start screen: the designs kept in this browser, and our examples by topic, with a search over both.

use super::focus_canvas_soon;
use super::miniature::miniature;
use super::modal::modal;
use crate::app;
use crate::commands::score;
use crate::icons::{Symbol, icon};
use crate::part::part;
use crate::session::{Note, Notice, Session, use_mounted};
use crate::storage::examples::{self, Example};
use crate::storage::library::{self, Entry};
use backpressure_sim::design::Design;
use std::rc::Rc;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// The start screen. `on_closed` is called when it closes.
pub fn designs(session: &Session, on_closed: Callback<()>) -> Html {
    let body = part::<Designs>(DesignsProps { session: session.clone(), on_closed: on_closed.clone() });
    modal("Designs", "modal-wide modal-designs", on_closed, body)
}

#[derive(Properties, PartialEq)]
struct DesignsProps {
    session: Session,
    on_closed: Callback<()>,
}

/// A kept design with what its picture shows; long ones have no picture.
type Recent = (Entry, Option<Design>);

fn recent() -> Rc<Vec<Recent>> {
    Rc::new(library::list().into_iter().map(|e| (e.clone(), library::glance(&e.id))).collect())
}

#[component]
fn Designs(props: &DesignsProps) -> Html {
    let recent_now = use_state_eq(recent);
    let loaded = use_state(|| None::<Result<Rc<Vec<Example>>, String>>);
    {
        let loaded = loaded.setter();
        use_mounted(move || {
            wasm_bindgen_futures::spawn_local(async move { loaded.set(Some(examples::all().await.map(Rc::new))) });
        });
    }
    let examples = loaded.as_ref().and_then(|l| l.as_ref().ok()).cloned().unwrap_or_default();
    let typed = use_state_eq(String::new);
    let as_list = use_state_eq(|| false);
    let oninput = {
        let typed = typed.setter();
        Callback::from(move |event: InputEvent| typed.set(event.target_unchecked_into::<HtmlInputElement>().value()))
    };
    let view = |list: bool, symbol: Symbol, label: &'static str, testid: &'static str| {
        let as_list = as_list.clone();
        html! {
            <button type="button" class="segment" aria-pressed={(*as_list == list).to_string()} aria-label={label} title={label}
                    data-testid={testid} onclick={Callback::from(move |_: MouseEvent| as_list.set(list))}>
                { icon(symbol, 16) }
            </button>
        }
    };
    let wanted = typed.trim().to_lowercase();
    let open_empty = {
        let (session, closed) = (props.session.clone(), props.on_closed.clone());
        Callback::from(move |_: MouseEvent| {
            app::open(&session, Design::default(), "an empty canvas");
            closed.emit(());
            focus_canvas_soon();
        })
    };
    let open = props.session.keeper().place().id;
    let delete = {
        let (session, recent_now) = (props.session.clone(), recent_now.setter());
        Callback::from(move |id: String| {
            forget(&session, &id);
            recent_now.set(recent());
        })
    };
    let mine: Vec<Html> = recent_now
        .iter()
        .filter(|(entry, _)| score(&wanted, &entry.name, "").is_some())
        .map(|(entry, design)| kept_card(props, entry, design.as_ref(), open.as_deref() == Some(&entry.id), &delete))
        .collect();
    let mut topics: Vec<&str> = examples.iter().map(|e| e.topic.as_str()).collect();
    topics.dedup();
    let fits = |e: &&Example| {
        let more = format!("{} {} {}", e.name, e.topic, e.design.description);
        score(&wanted, &e.design.name, &more).is_some()
    };
    let status = match &*loaded {
        None => "Loading the examples…".to_owned(),
        Some(Err(why)) => format!("{why} Close this and open it again to try once more."),
        Some(Ok(_)) if mine.is_empty() && !examples.iter().any(|e| fits(&e)) => {
            "No design or example fits these words.".to_owned()
        }
        Some(Ok(_)) => String::new(),
    };
    let topic = |topic: &str| {
        let cards: Vec<Html> =
            examples.iter().filter(|e| e.topic == topic).filter(fits).map(|e| example_card(props, e)).collect();
        html! {
            <section key={topic.to_owned()} class="designs-group" hidden={cards.is_empty()}>
                <h3>{ topic.to_owned() }</h3>
                <ul class="preset-grid">{ for cards }</ul>
            </section>
        }
    };
    let groups: Vec<Html> = topics.into_iter().map(topic).collect();
    html! {
        <div class={classes!("designs", as_list.then_some("is-list"))}>
            <div class="designs-head">
                <div class="palette-search designs-search">
                    { icon(Symbol::Search, 16) }
                    <input class="input" type="search" aria-label="Find a design or an example" placeholder="Find a design or an example"
                           data-testid="designs-search" autocomplete="off" spellcheck="false" value={(*typed).clone()} {oninput} />
                </div>
                <div class="segments" role="group" aria-label="Show as">
                    { view(false, Symbol::Grid, "Pictures", "designs-grid") }
                    { view(true, Symbol::List, "List", "designs-list") }
                </div>
                <button type="button" class="button button-primary" data-testid="preset-empty" onclick={open_empty}>
                    { icon(Symbol::Plus, 18) }{ "New design" }
                </button>
            </div>
            <section class="designs-group" hidden={mine.is_empty()} aria-label="Your designs">
                <h3>{ "Your designs, kept in this browser" }</h3>
                <ul class="preset-grid" data-testid="designs-kept">{ for mine }</ul>
            </section>
            { for groups }
            <p class="modal-lead" role="status">{ status }</p>
        </div>
    }
}

fn kept_card(
    props: &DesignsProps,
    entry: &Entry,
    design: Option<&Design>,
    open: bool,
    delete: &Callback<String>,
) -> Html {
    let name = if entry.name.is_empty() { "Untitled design" } else { &entry.name };
    let onclick = {
        let (session, closed, id) = (props.session.clone(), props.on_closed.clone(), entry.id.clone());
        Callback::from(move |_: MouseEvent| {
            if !open {
                app::open_kept(&session, &id);
            }
            closed.emit(());
            focus_canvas_soon();
        })
    };
    let ondelete = {
        let (delete, id) = (delete.clone(), entry.id.clone());
        Callback::from(move |_: MouseEvent| delete.emit(id.clone()))
    };
    let components = if entry.nodes == 1 { "1 component".to_owned() } else { format!("{} components", entry.nodes) };
    let when = if open { "open now".to_owned() } else { ago((js_sys::Date::now() - entry.edited_ms) / 60_000.0) };
    html! {
        <li key={entry.id.clone()} class="kept">
            <button type="button" class="preset" data-testid="kept-design" aria-current={open.then_some("true")} {onclick}>
                <span class="preset-picture">{ design.map(miniature).unwrap_or_default() }</span>
                <span class="preset-title">{ name.to_owned() }</span>
                <span class="preset-text">{ format!("{components}, {when}") }</span>
            </button>
            <button type="button" class="icon-button kept-delete" aria-label={format!("Delete {name}")} title="Delete" disabled={open}
                    data-testid="kept-delete" onclick={ondelete}>{ icon(Symbol::Trash, 16) }</button>
        </li>
    }
}

fn example_card(props: &DesignsProps, example: &Example) -> Html {
    let (session, closed) = (props.session.clone(), props.on_closed.clone());
    let (design, title) = (example.design.clone(), example.design.name.clone());
    let onclick = Callback::from(move |_: MouseEvent| {
        app::open(&session, design.clone(), &format!("“{title}”"));
        closed.emit(());
        focus_canvas_soon();
    });
    let first = example.design.description.split("\n\n").next().unwrap_or_default().to_owned();
    html! {
        <li key={example.name.clone()}>
            <button type="button" class="preset" data-testid={format!("preset-{}", example.name)} {onclick}>
                <span class="preset-picture">{ miniature(&example.design) }</span>
                <span class="preset-title">{ example.design.name.clone() }</span>
                <span class="preset-text">{ first }</span>
            </button>
        </li>
    }
}

/// Deletes a kept design, which can be had back for a moment.
fn forget(session: &Session, id: &str) {
    let Some(kept) = library::load(id) else { return library::forget(id) };
    let name = kept.reading.design.name.clone();
    library::forget(id);
    let (id, kept) = (id.to_owned(), Rc::new(kept));
    let back = Callback::from(move |()| {
        // Back in its place with what can be undone; its version goes on from what it was.
        let _ = library::keep(&id, "", Some(&kept.version), &kept.reading.design, &kept.steps);
    });
    let what = if name.is_empty() { "the untitled design".to_owned() } else { format!("“{name}”") };
    session.notify(Note::Notice(Notice::info(format!("Deleted {what}.")).with_action("Bring it back", back)));
}

/// How long ago, in minutes, as people say it.
fn ago(minutes: f64) -> String {
    let said = |n: f64, one: &str| {
        let n = n.floor() as u64;
        format!("{n} {one}{} ago", if n == 1 { "" } else { "s" })
    };
    match minutes {
        _ if minutes < 1.0 => "just now".to_owned(),
        _ if minutes < 60.0 => said(minutes, "minute"),
        _ if minutes < 36.0 * 60.0 => said(minutes / 60.0, "hour"),
        _ => said(minutes / 1440.0, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::ago;

    #[test]
    fn times_are_said_as_people_say_them() {
        assert_eq!(
            [0.2, 1.0, 59.9, 60.0, 150.0, 2200.0, 10_000.0].map(ago),
            ["just now", "1 minute ago", "59 minutes ago", "1 hour ago", "2 hours ago", "1 day ago", "6 days ago"]
        );
    }
}
