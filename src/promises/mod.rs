//! What the design promises, as sentences that can be tested, and whether it keeps them.

use crate::canvas::figures::unbroken;
use crate::icons::{Symbol, icon};
use crate::metrics::MetricsProps;
use crate::session::{Note, Session, use_session};
use backpressure_editor::Action;
use backpressure_sim::analysis::assertions::{self, Verdict};
use std::rc::Rc;
use web_sys::HtmlInputElement;
use yew::prelude::*;

fn read(session: &Session) -> (Vec<String>, Rc<Vec<Verdict>>, bool) {
    let run = session.run();
    (session.editor().design().assertions.clone(), run.verdicts.clone(), run.testing)
}

fn set(session: &Session, assertions: Vec<String>) {
    session.act(Action::SetAssertions { assertions });
}

/// The panel.
#[component]
pub fn PromisesPanel(props: &MetricsProps) -> Html {
    let session = &props.session;
    let now = use_session(session, |n| matches!(n, Note::Design | Note::Verdicts), read);
    let (list, verdicts, testing) = &*now;
    let problem = use_state(|| None::<String>);
    let add = {
        let (session, problem) = (session.clone(), problem.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let form = event.target_unchecked_into::<web_sys::HtmlElement>();
            let Some(input) = form.query_selector("input").ok().flatten() else { return };
            let input: HtmlInputElement = wasm_bindgen::JsCast::unchecked_into(input);
            let text = input.value().trim().to_owned();
            match assertions::problem(&text) {
                Some(why) => problem.set(Some(why)),
                None => {
                    let mut all = session.editor().design().assertions.clone();
                    all.push(text);
                    set(&session, all);
                    input.set_value("");
                    problem.set(None);
                }
            }
        })
    };
    let run = {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| session.test_promises())
    };
    let row = |(i, text): (usize, &String)| {
        let verdict = verdicts.iter().find(|v| v.assertion == *text);
        let (mark, word) = match verdict {
            Some(v) if v.holds => ("kept", "Kept"),
            Some(_) => ("broken", "Broken"),
            None => ("open", "Not tested"),
        };
        let remove = {
            let session = session.clone();
            Callback::from(move |_: MouseEvent| {
                let mut all = session.editor().design().assertions.clone();
                if i < all.len() {
                    all.remove(i);
                    set(&session, all);
                }
            })
        };
        html! {
            <tr key={format!("{i} {text}")} data-verdict={mark}>
                <td class="promise-mark">{ icon(match mark { "kept" => Symbol::Check, "broken" => Symbol::Close, _ => Symbol::Minus }, 14) }{ word }</td>
                <th scope="row">{ text.clone() }</th>
                <td>{ verdict.map(|v| unbroken(&v.sentence)).unwrap_or_default() }</td>
                <td><button type="button" class="icon-button" aria-label="Remove this promise" disabled={!session.is_editable()} onclick={remove}>{ icon(Symbol::Close, 14) }</button></td>
            </tr>
        }
    };
    html! {
        <div class="promises" data-testid="promises">
            <form class="promises-add" onsubmit={add}>
                <input class="input" data-testid="promise-input" aria-label="A promise that can be tested" placeholder="p99 < 200 ms at 500 rps" disabled={!session.is_editable()} />
                <button type="submit" class="button button-small" disabled={!session.is_editable()}>{ "Add" }</button>
                <button type="button" class="button button-small button-primary" data-testid="promises-test" disabled={list.is_empty() || *testing} onclick={run}>
                    { if *testing { "Testing…" } else { "Test all" } }
                </button>
            </form>
            <p class="field-problem" role="alert" hidden={problem.is_none()}>{ (*problem).clone().unwrap_or_default() }</p>
            <table class="table" hidden={list.is_empty()}>
                <caption>{ "Each is tested in runs of its own, 60 simulated seconds after a warm-up of 10; the run on the canvas goes on." }</caption>
                <tbody>{ for list.iter().enumerate().map(row) }</tbody>
            </table>
            <p class="promises-none" hidden={!list.is_empty()}>
                { "What should this design keep to? Write it down: p99 < 200 ms at 500 rps, error rate < 0.1 %, utilisation of Database < 80 %, survives the loss of one zone, cost < 2 USD/h." }
            </p>
        </div>
    }
}
