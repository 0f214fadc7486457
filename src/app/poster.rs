//! What an embed shows until it is wanted: the diagram as a picture, and a button.

use crate::dialogs::miniature;
use crate::icons::{Symbol, icon};
use crate::session::use_mounted;
use backpressure_sim::Design;
use yew::prelude::*;

/// Properties of [`Poster`].
#[derive(Properties, PartialEq)]
pub struct PosterProps {
    /// What the picture shows.
    pub design: Design,
    /// Called when the simulation is wanted.
    pub start: Callback<()>,
}

/// The poster.
#[component]
pub fn Poster(props: &PosterProps) -> Html {
    use_mounted(super::shell::tell_ready);
    let start = props.start.clone();
    let name = if props.design.name.is_empty() { "Backpressure".to_owned() } else { props.design.name.clone() };
    html! {
        <button type="button" class="poster" data-testid="poster" onclick={Callback::from(move |_: MouseEvent| start.emit(()))}>
            { miniature(&props.design) }
            <span class="poster-call">{ icon(Symbol::Play, 24) }{ format!("Load “{name}”") }</span>
        </button>
    }
}
