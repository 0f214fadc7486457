//! The sweep: what comes out at one value of a parameter after another, as curves that fill in, a table and a sentence.

mod axis;
mod curve;
mod result;

use crate::metrics::MetricsProps;
use crate::session::{Note, Session, Sweep, use_session};
use axis::{Axis, axes};
use backpressure_sim::analysis::sweep::Length;
use result::result;
use std::rc::Rc;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Names of the components, by id: tables say names.
type Names = Vec<(String, String)>;

fn read(session: &Session) -> (Vec<Axis>, Names, Rc<Sweep>) {
    let editor = session.editor();
    let design = editor.design();
    let names = design.nodes.iter().map(|n| (n.id.clone(), n.name.clone())).collect();
    (axes(design), names, session.run().sweep.clone())
}

/// The panel.
#[component]
pub fn SweepPanel(props: &MetricsProps) -> Html {
    let session = &props.session;
    let now = use_session(session, |n| matches!(n, Note::Design | Note::Sweep), read);
    let (all, names, sweep) = &*now;
    let chosen = use_state(|| None::<String>);
    // What was typed, and for which parameter: another one has values of its own.
    let typed = use_state(|| (String::new(), None::<String>));
    let seconds = use_state(|| "100".to_owned());
    let problem = use_state(String::new);
    let path = chosen.as_ref().or(Some(&sweep.path)).filter(|p| all.iter().any(|a| a.path == **p)).cloned();
    let Some(axis) = path.and_then(|p| all.iter().find(|a| a.path == p)).or(all.first()) else {
        return html! { <p class="sweep-none">{ "Put a component on the canvas: a sweep tries one value of a parameter after another." }</p> };
    };
    let values = typed.1.clone().filter(|_| typed.0 == axis.path).unwrap_or(axis.suggested.clone());
    let start = {
        let (session, problem, path) = (session.clone(), problem.setter(), axis.path.clone());
        let (values, seconds) = (values.clone(), seconds.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if session.run().sweep.running {
                return session.stop_sweep();
            }
            let measured_s = seconds.trim().parse::<f64>().unwrap_or(f64::NAN);
            problem.set(match measured_s {
                s if (1.0..=100_000.0).contains(&s) => {
                    let length = Length { warmup_s: s / 5.0, measured_s: s };
                    session.sweep(&path, values.trim(), length).err().unwrap_or_default()
                }
                _ => "Simulated seconds: from 1 to 100000.".to_owned(),
            });
        })
    };
    let choose = {
        let chosen = chosen.setter();
        Callback::from(move |event: Event| {
            chosen.set(Some(event.target_unchecked_into::<web_sys::HtmlSelectElement>().value()));
        })
    };
    let text = |event: &InputEvent| event.target_unchecked_into::<HtmlInputElement>().value();
    let type_values = {
        let (typed, problem, path) = (typed.setter(), problem.setter(), axis.path.clone());
        Callback::from(move |event: InputEvent| {
            typed.set((path.clone(), Some(text(&event))));
            problem.set(String::new());
        })
    };
    let type_seconds = {
        let (seconds, problem) = (seconds.setter(), problem.setter());
        Callback::from(move |event: InputEvent| {
            seconds.set(text(&event));
            problem.set(String::new());
        })
    };
    let done = sweep.points.iter().flatten().count();
    let swept = all.iter().find(|a| a.path == sweep.path).unwrap_or(axis);
    html! {
        <div class="sweep" data-testid="sweep">
            <form class="sweep-form" onsubmit={start}>
                <label>{ "Parameter" }
                    <select class="input" data-testid="sweep-parameter" onchange={choose} disabled={sweep.running}>
                        { for all.iter().map(|a| html! {
                            <option value={a.path.clone()} selected={a.path == axis.path}>{ a.with_unit(&a.label, ", ") }</option>
                        }) }
                    </select>
                </label>
                <label key={axis.path.clone()}>{ "Values" }
                    <input class="input" name="values" data-testid="sweep-values" value={values} oninput={type_values} disabled={sweep.running}
                           title="20 at equal steps: 100..2000x20; at equal ratios: 100..2000x20log; a list: 1, 2, 4" />
                </label>
                <label>{ "Seconds" }
                    <input class="input sweep-seconds" name="seconds" inputmode="numeric" data-testid="sweep-seconds" value={(*seconds).clone()} oninput={type_seconds} disabled={sweep.running}
                           title="Simulated time measured at each value, after a fifth of it as warm-up" />
                </label>
                <p class="field-problem" role="alert" hidden={problem.is_empty()}>{ (*problem).clone() }</p>
                <button type="submit" class="button button-small button-primary" data-testid="sweep-start">
                    { if sweep.running { "Stop" } else { "Sweep" } }
                </button>
                <progress class="sweep-progress" hidden={!sweep.running} max={sweep.points.len().to_string()} value={done.to_string()}
                          aria-label="Values that are done" />
                <p class="sweep-hint" hidden={!problem.is_empty()}>
                    { "Values as 100..2000x20 (twenty of them) or as 1, 2, 4." }
                </p>
            </form>
            { result(sweep, names, swept) }
        </div>
    }
}
