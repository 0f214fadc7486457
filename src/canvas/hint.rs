//! What an empty canvas says.

use crate::icons::{Symbol, icon};
use yew::prelude::*;

/// The way in, while there is nothing to see yet.
pub fn empty_hint(empty: bool) -> Html {
    html! {
        <div class="empty-hint" hidden={!empty}>
            <span class="empty-hint-icon">{ icon(Symbol::Plus, 24) }</span>
            <p class="empty-hint-title by-mouse">{ "Drag a component here, or press " }<kbd>{ "/" }</kbd></p>
            <p class="empty-hint-title by-touch">{ "Tap Add to place a component" }</p>
            <p class="empty-hint-more">{ "Start with users and an app server, connect them, and press play. Or open an example under Designs." }</p>
        </div>
    }
}
