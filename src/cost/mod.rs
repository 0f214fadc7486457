//! What a design costs: the total, what a million requests cost, what each component contributes, and what it would cost bigger.

use crate::canvas::description::{label_of_kind, name_of};
use crate::canvas::figures;
use crate::metrics::MetricsProps;
use crate::session::{Note, Session, use_session};
use backpressure_editor::{Action, Selection};
use backpressure_sim::analysis::{cost, growth};
use backpressure_sim::components;
use backpressure_sim::design::Node;
use web_sys::HtmlInputElement;
use yew::prelude::*;

/// Hours of a month, as clouds count them.
const HOURS_A_MONTH: f64 = 730.0;

/// A price with as many decimals as it takes to tell small ones apart, as a field takes it.
fn plain(usd: f64) -> String {
    let decimals = if usd >= 100.0 || usd == 0.0 { 0 } else { 2 + 2 * usize::from(usd < 1.0) };
    let text = format!("{usd:.decimals$}");
    // Two decimals stay: 0.425, 0.80.
    let (cents, rest) = text.split_at(text.len() - decimals.saturating_sub(2));
    [cents, rest.trim_end_matches('0')].concat()
}

/// The same to be read: thousands stand apart, millions are rounded.
fn money(usd: f64) -> String {
    let whole = usd.round() as u64;
    match whole {
        0..1000 => plain(usd),
        1000..1_000_000 => format!("{},{:03}", whole / 1000, whole % 1000),
        _ => figures::text(figures::amount, usd),
    }
}

/// Where a price is seen and changed; emptied, it is again what the kind costs by default.
fn price(session: &Session, node: &Node, label: &str, testid: &'static str) -> Html {
    let change = {
        let (session, id) = (session.clone(), node.id.clone());
        Callback::from(move |event: Event| {
            let value = event.target_unchecked_into::<HtmlInputElement>().value();
            session.act(Action::SetCost { node: id.clone(), usd_per_hour: value.trim().parse().ok() });
            session.act(Action::EndEdit);
        })
    };
    html! {
        <input type="number" class="input" min="0" step="any" data-testid={testid} aria-label={label.to_owned()} value={plain(cost::of_node(node))}
               title="USD per hour. Empty: what a component of this size costs by default."
               disabled={!session.is_editable()} onchange={change} />
    }
}

/// For the inspector: what a component costs, and what a bigger one would do and cost.
#[inline(never)]
pub fn of_component(session: &Session, node: &Node) -> Html {
    let by_size = components::kind(&node.kind).map_or(0.0, |k| (k.cost_usd_per_hour)(&node.params));
    html! {
        <section class="cost" data-testid="cost-section" aria-label="Cost">
            <h2 class="inspector-heading">{ "Cost" }</h2>
            <label class="cost-row">
                <span>{ "Price, USD per hour" }</span>
                { price(session, node, "Price, USD per hour", "cost") }
            </label>
            <p class="inspector-note" hidden={node.cost_usd_per_hour.is_none()}>
                { ["Your price. By its size it costs ", &money(by_size), ": empty the field to go back to that."].concat() }
            </p>
            <ul class="growth" data-testid="growth">
                { for growth::sentences(node).into_iter().enumerate().map(|(i, sentence)| html! { <li key={i}>{ sentence }</li> }) }
            </ul>
        </section>
    }
}

fn components_of(session: &Session) -> (Vec<Node>, bool) {
    (session.editor().design().nodes.clone(), session.is_editable())
}

/// Answered a second over the last stretch, in steps that an eye can follow; `None` before the run begins.
fn answered_per_s(session: &Session) -> Option<f64> {
    let run = session.run();
    let rate = run.snapshot.window.answered_per_s;
    let step = 10f64.powf(rate.max(1e-3).log10().floor() - 1.0);
    (run.snapshot.now_ns > 0).then_some((rate / step).round() * step)
}

/// What components that scale themselves cost an hour by the instances that ran so far, by id; empty before the run begins.
/// To four digits, as it is shown.
fn as_run(session: &Session) -> Vec<(String, f64)> {
    let run = session.run();
    let editor = session.editor();
    let nodes = run.snapshot.nodes.iter().filter(|_| run.snapshot.now_ns > 0);
    nodes
        .filter(|n| {
            let node = editor.design().node(&n.id);
            node.is_some_and(|node| node.params.get("autoscaling").is_some_and(|policy| policy.is_object()))
        })
        .map(|n| (n.id.clone(), (n.cost_usd_per_hour * 1e4).round() / 1e4))
        .collect()
}

/// The panel: the design's total and what each component contributes.
#[component]
pub fn CostPanel(props: &MetricsProps) -> Html {
    let session = &props.session;
    let now = use_session(session, |n| matches!(n, Note::Design), components_of);
    let rate = use_session(session, |n| matches!(n, Note::Run), answered_per_s);
    let ran = use_session(session, |n| matches!(n, Note::Run | Note::Design), as_run);
    let ran_of = |node: &Node| ran.iter().find(|(id, _)| *id == node.id).map(|(_, usd)| *usd);
    let mut nodes: Vec<(&Node, f64)> =
        now.0.iter().map(|n| (n, ran_of(n).unwrap_or_else(|| cost::of_node(n)))).collect();
    // The dearest first; in the order of the design where they cost the same.
    nodes.sort_by(|a, b| b.1.total_cmp(&a.1));
    let total = nodes.iter().fold(0.0, |all, (_, usd)| all + usd);
    let per_million = |usd: f64| cost::per_million(usd, rate.unwrap_or(0.0)).map_or("–".to_owned(), money);
    let row = |(node, usd): &(&Node, f64)| {
        let share = if total > 0.0 { usd / total } else { 0.0 };
        let name = name_of(node);
        let select = {
            let (session, id) = (session.clone(), node.id.clone());
            Callback::from(move |_: MouseEvent| {
                session.act(Action::Select(Selection { nodes: vec![id.clone()], ..Selection::default() }));
            })
        };
        html! {
            <tr key={node.id.clone()}>
                <th scope="row"><button type="button" class="link-button" title="Select it" onclick={select}>{ name.to_owned() }</button></th>
                <td>{ label_of_kind(&node.kind).to_owned() }</td>
                <td class="number">
                    { price(session, node, &[name, ": price, USD per hour"].concat(), "price") }
                    { for ran_of(node).map(|usd| html! { <small class="cost-ran" data-testid="cost-ran">{ "so far: " }{ money(usd) }</small> }) }
                </td>
                <td>
                    <span class="cost-share"><span aria-hidden="true" style={format!("inline-size: {:.1}%", share * 100.0)}></span></span>
                    <span class="cost-percent">{ crate::metrics::scale::percent(share) }</span>
                </td>
                <td class="number">{ per_million(*usd) }</td>
            </tr>
        }
    };
    let figure = |label: &'static str, value: String, key: &'static str| {
        html! { <div class="cost-figure" key={key}><dt>{ label }</dt><dd data-testid={key}>{ value }</dd></div> }
    };
    html! {
        <div class="costs" data-testid="costs">
            <div>
                <dl class="cost-total">
                    { figure("USD an hour, all together", money(total), "cost-hour") }
                    { figure("USD a month", money(total * HOURS_A_MONTH), "cost-month") }
                    { figure("USD a million requests", per_million(total), "cost-million") }
                </dl>
                <p class="cost-note">
                    { match *rate {
                        Some(rate) if rate > 0.0 => "At the rate at which requests are answered now. ",
                        Some(_) => "Nothing is answered now: what a million cost is said when something is. ",
                        None => "Press play: what a million cost depends on how many are answered. ",
                    } }
                    { "Prices go by size; put your own in their place. Select a component to see what a bigger one costs." }
                    { for (!ran.is_empty()).then_some(" What scales itself costs what its instances cost that ran so far.") }
                </p>
            </div>
            <table class="table">
                <thead><tr>
                    <th scope="col">{ "Component" }</th><th scope="col">{ "Kind" }</th><th scope="col" class="number">{ "USD an hour" }</th>
                    <th scope="col">{ "Share" }</th><th scope="col" class="number">{ "USD a million" }</th>
                </tr></thead>
                <tbody>{ for nodes.iter().map(row) }</tbody>
            </table>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_read_as_prices_do_and_small_ones_can_be_told_apart() {
        let cases = [(0.0, "0"), (0.0125, "0.0125"), (0.8, "0.80"), (0.425, "0.425"), (7.6789, "7.68"), (153.1, "153")];
        for (usd, text) in cases {
            assert_eq!((plain(usd), money(usd)), (text.to_owned(), text.to_owned()));
        }
        assert_eq!((plain(11_175.3), money(11_175.3)), ("11175".to_owned(), "11,175".to_owned()));
        assert_eq!(money(2_345_678.0), "2.35M");
    }
}
