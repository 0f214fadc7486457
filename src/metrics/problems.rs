//! What keeps the design from running, or is odd about it; each line leads to the place.

use super::MetricsProps;
use crate::icons::{Symbol, icon};
use crate::session::{Note, use_session};
use backpressure_editor::{Action, Selection};
use backpressure_sim::{Problem, Severity};
use yew::prelude::*;

/// How many there are, beside the finding, so that it lies over no component; and, opened by that, the list. Nothing while
/// there are none.
#[component]
pub fn Problems(props: &MetricsProps) -> Html {
    let problems = use_session(
        &props.session,
        |n| matches!(n, Note::Problems | Note::Design),
        // An empty canvas has its own hint.
        |s| if s.editor().design().nodes.is_empty() { Vec::new() } else { s.run().problems.clone() },
    );
    // Closed at first: warnings come and go while a design is being built, and the list lies over it.
    let open = use_state(|| false);
    let errors = problems.iter().filter(|p| p.severity == Severity::Error).count();
    let warnings = problems.len() - errors;
    let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let title = match (errors, warnings) {
        (0, w) => plural(w, "warning"),
        (e, 0) => plural(e, "problem"),
        (e, w) => format!("{}, {}", plural(e, "problem"), plural(w, "warning")),
    };
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let line = |(i, problem): (usize, &Problem)| {
        let (session, node, link) = (props.session.clone(), problem.node.clone(), problem.link.clone());
        let place = node.is_some() || link.is_some();
        let onclick = Callback::from(move |_: MouseEvent| match (&node, &link) {
            (Some(node), _) => {
                session.act(Action::Select(Selection::of_node(node.clone())));
                session.act(Action::Reveal { node: node.clone() });
            }
            (None, Some(link)) => session.act(Action::Select(Selection::of_link(link.clone()))),
            _ => {}
        });
        html! {
            <li key={i} class={if problem.severity == Severity::Error { "is-error" } else { "is-warning" }}>
                <button type="button" disabled={!place} {onclick}>
                    <span class="visually-hidden">{ if problem.severity == Severity::Error { "Problem: " } else { "Warning: " } }</span>
                    { problem.message.clone() }
                </button>
            </li>
        }
    };
    html! {
        <section class={classes!("problems", (errors > 0).then_some("has-errors"))} data-testid="problems" aria-label="Problems of the design"
                 hidden={problems.is_empty()}>
            <button type="button" class="problems-title" aria-expanded={open.to_string()} onclick={toggle}>
                { icon(Symbol::Warning, 16) }
                <span role="status">{ title }</span>
                { icon(if *open { Symbol::ChevronDown } else { Symbol::ChevronUp }, 14) }
            </button>
            <ul hidden={!*open}>{ for problems.iter().take(20).enumerate().map(line) }</ul>
        </section>
    }
}
