//! Drawing links and moving their ends.

use super::named;
use crate::history::Origin;
use crate::placement::Namer;
use crate::rules::{self, MAX_LINKS};
use crate::transaction::Transaction;
use crate::{Editor, Point, Selection};
use backpressure_sim::{Design, Link};

impl Editor {
    /// Connect two components; `at` is where on the screen to say why not.
    pub(crate) fn connect(&mut self, from: &str, to: &str, at: Option<Point>) -> bool {
        let done = self.change(Origin::Connect, at, |tx| {
            link(tx, from, to)?;
            // Not selected: its end would lie over the port that the next link begins at.
            Ok(None)
        });
        if done {
            self.announce(format!("Connected {} to {}", named(self.doc(), from), named(self.doc(), to)));
        }
        done
    }

    /// Give a link other ends.
    pub(crate) fn reconnect(&mut self, link: &str, from: &str, to: &str, at: Option<Point>) -> bool {
        let Some(place) = self.doc().link_at(link) else { return false };
        if self.doc().link(link).is_some_and(|l| l.from == from && l.to == to) {
            return false;
        }
        let verdict = rules::may_connect(&without_link(self.design(), place), from, to);
        let done = self.change(Origin::Reconnect, at, |tx| {
            verdict?;
            tx.edit_links(&[place], |l| {
                l.from = from.to_owned();
                l.to = to.to_owned();
            });
            Ok(Some(Selection::of_link(link)))
        });
        if done {
            self.announce(format!("Reconnected: {} to {}", named(self.doc(), from), named(self.doc(), to)));
        }
        done
    }
}

/// Append a link if it may be.
pub(super) fn link(tx: &mut Transaction, from: &str, to: &str) -> Result<String, String> {
    rules::may_connect(tx.doc().design(), from, to)?;
    if tx.doc().design().links.len() >= MAX_LINKS {
        return Err(format!("A design holds at most {MAX_LINKS} links"));
    }
    let id = Namer::new(tx.doc()).link();
    tx.add_links(vec![Link { id: id.clone(), from: from.to_owned(), to: to.to_owned(), ..Link::default() }]);
    Ok(id)
}

/// The design without one link, to ask what would be allowed if it were not there.
pub(crate) fn without_link(design: &Design, at: usize) -> Design {
    let mut design = design.clone();
    if at < design.links.len() {
        design.links.remove(at);
    }
    design
}
