//! Setting parameters: of one component, of all selected ones, of a link.

use crate::Editor;
use crate::history::Origin;
use crate::rules;
use serde_json::Value;

impl Editor {
    pub(super) fn set_node_param(&mut self, node: &str, pointer: &str, value: Option<Value>) {
        let Some(at) = self.doc().node_at(node) else { return };
        self.set_params(&[at], &format!("node {node} {pointer}"), pointer, value);
    }

    pub(super) fn set_selected_param(&mut self, pointer: &str, value: Option<Value>) {
        let name = pointer.split('/').nth(1).unwrap_or_default();
        let has = |at: &usize| {
            let kind = &self.design().nodes[*at].kind;
            rules::fields(kind).iter().any(|f| f.name == name)
        };
        let places: Vec<usize> =
            self.selection.nodes.iter().filter_map(|id| self.doc().node_at(id)).filter(has).collect();
        let mark = format!("nodes {} {pointer}", self.selection.nodes.join(" "));
        self.set_params(&places, &mark, pointer, value);
    }

    fn set_params(&mut self, places: &[usize], mark: &str, pointer: &str, value: Option<Value>) {
        self.merge(Origin::Param, mark, |tx| {
            tx.edit_nodes(places, |n| {
                let fields = rules::fields(&n.kind);
                _ = crate::params::set(&mut n.params, fields, pointer, value.clone());
            });
        });
    }

    pub(super) fn set_link_param(&mut self, link: &str, pointer: &str, value: Option<Value>) {
        let Some(at) = self.doc().link_at(link) else { return };
        let fields = rules::link_fields();
        self.merge(Origin::Param, &format!("link {link} {pointer}"), |tx| {
            tx.edit_links(&[at], |l| _ = crate::params::set(&mut l.params, &fields, pointer, value.clone()));
        });
    }
}
