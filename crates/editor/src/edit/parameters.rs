//! Setting parameters: of one component or link, or of all selected ones.

use crate::Editor;
use crate::history::Origin;
use crate::rules;
use serde_json::Value;

impl Editor {
    pub(super) fn set_node_param(&mut self, node: &str, pointer: &str, value: Option<Value>) {
        let Some(at) = self.doc().node_at(node) else { return };
        self.set_params(&[at], &format!("node {node} {pointer}"), pointer, value);
    }

    /// Of all selected components that have such a parameter; of the links if no component is selected.
    pub(super) fn set_selected_param(&mut self, pointer: &str, value: Option<Value>) {
        let selection = &self.selection;
        let mark = format!("all {} {} {pointer}", selection.nodes.join(" "), selection.links.join(" "));
        if selection.nodes.is_empty() {
            let places: Vec<usize> = selection.links.iter().filter_map(|id| self.doc().link_at(id)).collect();
            return self.set_params_of_links(&places, &mark, pointer, value);
        }
        let name = pointer.split('/').nth(1).unwrap_or_default();
        let has = |at: &usize| rules::fields(&self.design().nodes[*at].kind).iter().any(|f| f.name == name);
        let places: Vec<usize> = selection.nodes.iter().filter_map(|id| self.doc().node_at(id)).filter(has).collect();
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
        self.set_params_of_links(&[at], &format!("link {link} {pointer}"), pointer, value);
    }

    fn set_params_of_links(&mut self, places: &[usize], mark: &str, pointer: &str, value: Option<Value>) {
        let fields = rules::link_fields();
        self.merge(Origin::Param, mark, |tx| {
            tx.edit_links(places, |l| _ = crate::params::set(&mut l.params, &fields, pointer, value.clone()));
        });
    }
}
