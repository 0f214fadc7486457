//! The metrics panel: headline figures, charts over simulated time, the same as tables, and the bottleneck in words.

mod chart;
mod chart_view;
mod charts;
mod finding;
mod headline;
mod problems;
pub mod scale;
mod table;

pub use finding::FindingStrip;

use crate::cost::CostPanel;
use crate::faults::FaultsPanel;
use crate::icons::{Symbol, icon};
use crate::part::part;
use crate::promises::PromisesPanel;
use crate::requests::RequestsPanel;
use crate::session::Session;
use crate::sweep::SweepPanel;
use charts::Charts;
use headline::Headline;
use table::Tables;
use yew::prelude::*;

/// Properties of the panel and its parts.
#[derive(Properties, PartialEq)]
pub struct MetricsProps {
    /// The page's session.
    pub session: Session,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Charts,
    Table,
    Faults,
    Requests,
    Promises,
    Sweep,
    Cost,
}

/// The panel under the canvas.
#[component]
pub fn MetricsPanel(props: &MetricsProps) -> Html {
    let tab = use_state(|| Tab::Charts);
    let open = use_state(|| true);
    let choose = |which: Tab, symbol: Symbol, label: &'static str, testid: &'static str| {
        let (tab, open) = (tab.clone(), open.setter());
        let on = *tab == which;
        html! {
            <button type="button" role="tab" id={testid} aria-selected={on.to_string()} aria-controls="metrics-body" data-testid={testid}
                    class="segment" onclick={Callback::from(move |_: MouseEvent| { open.set(true); tab.set(which); })}>
                { icon(symbol, 16) }{ label }
            </button>
        }
    };
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let labelled = match *tab {
        Tab::Charts => "metrics-tab-charts",
        Tab::Table => "metrics-tab-table",
        Tab::Faults => "metrics-tab-faults",
        Tab::Requests => "metrics-tab-requests",
        Tab::Promises => "metrics-tab-promises",
        Tab::Sweep => "metrics-tab-sweep",
        Tab::Cost => "metrics-tab-cost",
    };
    let given = || MetricsProps { session: props.session.clone() };
    let body = match *tab {
        Tab::Charts => part::<Charts>(given()),
        Tab::Table => part::<Tables>(given()),
        Tab::Faults => part::<FaultsPanel>(given()),
        Tab::Requests => part::<RequestsPanel>(given()),
        Tab::Promises => part::<PromisesPanel>(given()),
        Tab::Sweep => part::<SweepPanel>(given()),
        Tab::Cost => part::<CostPanel>(given()),
    };
    html! {
        <section class={classes!("metrics", (!*open).then_some("is-closed"))} data-testid="metrics" aria-label="Metrics">
            <div class="metrics-head">
                { part::<Headline>(MetricsProps { session: props.session.clone() }) }
                <div class="segments" role="tablist" aria-label="Show metrics as">
                    { choose(Tab::Charts, Symbol::Chart, "Charts", "metrics-tab-charts") }
                    { choose(Tab::Table, Symbol::Table, "Table", "metrics-tab-table") }
                    { choose(Tab::Faults, Symbol::Bolt, "Faults", "metrics-tab-faults") }
                    { choose(Tab::Requests, Symbol::Waterfall, "Requests", "metrics-tab-requests") }
                    { choose(Tab::Promises, Symbol::Check, "Promises", "metrics-tab-promises") }
                    { choose(Tab::Sweep, Symbol::Sliders, "Sweep", "metrics-tab-sweep") }
                    { choose(Tab::Cost, Symbol::Coin, "Cost", "metrics-tab-cost") }
                </div>
                <button type="button" class="icon-button metrics-toggle" aria-expanded={open.to_string()} aria-controls="metrics-body"
                        aria-label={if *open { "Hide charts" } else { "Show charts" }} onclick={toggle}>
                    { icon(if *open { Symbol::ChevronDown } else { Symbol::ChevronUp }, 18) }
                </button>
            </div>
            <div id="metrics-body" class="metrics-body" role="tabpanel" aria-labelledby={labelled} tabindex="0" hidden={!*open}>
                if !*open {
                    <span hidden=true />
                } else {
                    { body }
                }
            </div>
        </section>
    }
}
