//! What goes wrong and what things cost: edits that leave the diagram as it is.

use super::named;
use crate::Editor;
use crate::history::Origin;
use backpressure_sim::design::{Fault, MAX_COST, MAX_FAULTS};

impl Editor {
    pub(super) fn set_faults(&mut self, mut faults: Vec<Fault>, mark: &str) {
        faults.truncate(MAX_FAULTS);
        if faults != self.design().faults {
            self.merge(Origin::Faults, mark, |tx| tx.edit_head(|head| head.faults = faults));
        }
    }

    pub(super) fn set_cost(&mut self, node: &str, usd_per_hour: Option<f64>) {
        let cost = usd_per_hour.filter(|c| c.is_finite()).map(|c| c.clamp(0.0, MAX_COST));
        if let Some(at) = self.doc().node_at(node) {
            let mark = format!("cost of {}", named(self.doc(), node));
            self.merge(Origin::Param, &mark, |tx| tx.edit_nodes(&[at], |n| n.cost_usd_per_hour = cost));
        }
    }
}
