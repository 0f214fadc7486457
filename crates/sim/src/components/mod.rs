//! One file per kind of component: its parameters, its behaviour, its metrics, its tests.
//!
//! A component is a state machine that receives calls and replies and acts through a [`Context`]. Adding one is adding
//! one file here, its line in the list below, and an icon.

use crate::analysis::model::Model;
use crate::design::{Field, Reader};
use crate::engine::call::CallId;
use crate::engine::{Context, Reply};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// What the palette, the inspector and the documents say about a kind of component.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Name in the document (`load_balancer`).
    pub name: &'static str,
    /// Label on the palette (`Load balancer`).
    pub label: &'static str,
    /// One sentence: what it does in a system.
    pub summary: &'static str,
    /// What the model leaves out, a sentence each.
    pub leaves_out: &'static [&'static str],
    /// May other components call it?
    pub accepts_calls: bool,
    /// May it call other components?
    pub makes_calls: bool,
    /// Its parameters.
    pub fields: Vec<Field>,
    /// Reads parameters from a document only to collect the problems with them.
    pub check: fn(&Map<String, Value>, &mut Reader),
}

/// The behaviour of a component.
pub(crate) trait Component: Sized {
    /// What people are told about it.
    fn kind() -> Kind;
    /// What queueing theory sees of it with these parameters.
    fn model(_params: &Map<String, Value>) -> Model {
        Model::Unknown
    }
    /// A component with these parameters. Its neighbours may not exist yet.
    fn new(params: &Map<String, Value>, cx: &mut Context) -> Self;
    /// The design was edited. Lanes for constant delays must be claimed again; all else only if `changed`.
    fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context);
    /// The links out, or what they lead to, may have changed. Also called once after `new`.
    fn wire(&mut self, _cx: &mut Context) {}
    /// The component begins, after the whole design is wired.
    fn start(&mut self, _cx: &mut Context) {}
    /// A request arrived here.
    fn on_call(&mut self, call: CallId, cx: &mut Context);
    /// A downstream call of ours came back.
    fn on_reply(&mut self, _call: CallId, _reply: Reply, _cx: &mut Context) {}
    /// A delay we asked for on behalf of a call is over.
    fn on_timer(&mut self, _call: CallId, _tag: u8, _cx: &mut Context) {}
    /// A delay we asked for ourselves is over.
    fn on_node_timer(&mut self, _tag: u8, _cx: &mut Context) {}
}

macro_rules! components {
    ($($module:ident :: $Type:ident),+ $(,)?) => {
        $(mod $module;)+

        /// The state of a component of any kind. An enum, so that a run is a plain value and calls are dispatched
        /// without indirection.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[allow(clippy::large_enum_variant)] // One value per node: the size of the largest does not matter.
        pub(crate) enum Behaviour {
            /// Taken out of the design; nothing reaches it any more.
            Removed,
            $(
                #[allow(missing_docs)]
                $Type($module::$Type),
            )+
        }

        impl Behaviour {
            /// A component of the kind named `kind`.
            pub(crate) fn new(kind: &str, params: &Map<String, Value>, cx: &mut Context) -> Self {
                match kind {
                    $(stringify!($module) => Behaviour::$Type(<$module::$Type as Component>::new(params, cx)),)+
                    _ => Behaviour::Removed,
                }
            }

            pub(crate) fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
                match self {
                    Behaviour::Removed => {}
                    $(Behaviour::$Type(c) => c.configure(params, changed, cx),)+
                }
            }

            pub(crate) fn wire(&mut self, cx: &mut Context) {
                match self {
                    Behaviour::Removed => {}
                    $(Behaviour::$Type(c) => c.wire(cx),)+
                }
            }

            pub(crate) fn start(&mut self, cx: &mut Context) {
                match self {
                    Behaviour::Removed => {}
                    $(Behaviour::$Type(c) => c.start(cx),)+
                }
            }

            #[inline]
            pub(crate) fn on_call(&mut self, call: CallId, cx: &mut Context) {
                match self {
                    Behaviour::Removed => {}
                    $(Behaviour::$Type(c) => c.on_call(call, cx),)+
                }
            }

            #[inline]
            pub(crate) fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
                match self {
                    Behaviour::Removed => {}
                    $(Behaviour::$Type(c) => c.on_reply(call, reply, cx),)+
                }
            }

            #[inline]
            pub(crate) fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
                match self {
                    Behaviour::Removed => {}
                    $(Behaviour::$Type(c) => c.on_timer(call, tag, cx),)+
                }
            }

            #[inline]
            pub(crate) fn on_node_timer(&mut self, tag: u8, cx: &mut Context) {
                match self {
                    Behaviour::Removed => {}
                    $(Behaviour::$Type(c) => c.on_node_timer(tag, cx),)+
                }
            }
        }

        /// What queueing theory sees of a component of the kind named `kind` with these parameters.
        pub fn model(kind: &str, params: &Map<String, Value>) -> Model {
            match kind {
                $(stringify!($module) => <$module::$Type as Component>::model(params),)+
                _ => Model::Unknown,
            }
        }

        static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| vec![$(<$module::$Type as Component>::kind(),)+]);
    };
}

// In the order of the palette. The module's name is the kind's name in the document.
components! {
    users::Users,
    load_balancer::LoadBalancer,
    app_server::AppServer,
    cache::Cache,
    sql_database::SqlDatabase,
}

/// Every kind of component, in the order of the palette.
pub fn kinds() -> &'static [Kind] {
    &KINDS
}

/// The kind named `name` in documents.
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds().iter().find(|k| k.name == name)
}
