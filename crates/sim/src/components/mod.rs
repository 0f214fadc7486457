//! One file per kind of component: its parameters, its behaviour, its metrics, its tests.
//!
//! A component is a state machine that receives calls and replies and acts through a [`Context`]. Adding one is adding
//! one file here, its line in the list below, and an icon.

use crate::analysis::contrasts::Yardstick;
use crate::analysis::growth::Growth;
use crate::analysis::model::Model;
use crate::design::{CallPolicy, Field, Reader, Trouble};
use crate::engine::call::{CallId, Op, Outcome};
use crate::engine::{Context, Reply};
use crate::metrics::{Health, Inside, NodeSnapshot};
use backpressure_pack::Pack;
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// Where a kind stands on the palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Where requests come from.
    Traffic,
    /// What stands between users and servers.
    Edge,
    /// What runs code.
    Compute,
    /// What keeps data.
    Data,
    /// What passes messages on.
    Messaging,
    /// What does not belong to the system itself.
    Outside,
}

impl Group {
    /// Heading on the palette.
    pub const fn label(self) -> &'static str {
        match self {
            Group::Traffic => "Traffic",
            Group::Edge => "Edge",
            Group::Compute => "Compute",
            Group::Data => "Data",
            Group::Messaging => "Messaging",
            Group::Outside => "Outside",
        }
    }
}

/// What only one kind of component measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Name in results, with its unit (`stale_reads`, `replication_lag_ms`).
    pub name: &'static str,
    /// Label on the inspector.
    pub label: &'static str,
    /// What it says, in a sentence.
    pub help: &'static str,
    /// What sort of figure it is.
    pub of: MetricOf,
}

/// Sorts of figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricOf {
    /// Things counted ([`Context::count`]).
    Count,
    /// A number that goes up and down ([`Context::level`]): its value now, its mean over time, its largest.
    Level,
    /// Spans of time ([`Context::span`]): their distribution.
    Span,
}

/// The parameters of a kind. Made when first asked for: a page shows the forms of few of the kinds it knows.
pub type Fields = LazyLock<Vec<Field>>;

/// An [`Outline`] from parameters.
pub type Outlined = fn(&Map<String, Value>) -> Outline;

/// How something runs over time, as a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Outline {
    /// How long what is shown takes from the start of the run, simulated s.
    pub span_s: f64,
    /// Means over pieces of equal length, in `unit`.
    pub values: Vec<f64>,
    /// What is counted (`requests/s`).
    pub unit: &'static str,
    /// What the picture cannot show, without a full stop; empty if nothing.
    pub note: &'static str,
}

/// What the palette, the inspector and the documents say about a kind of component.
#[derive(Debug)]
pub struct Kind {
    /// Name in the document (`load_balancer`).
    pub name: &'static str,
    /// Label on the palette (`Load balancer`).
    pub label: &'static str,
    /// Where it stands on the palette.
    pub group: Group,
    /// One sentence: what it does in a system.
    pub summary: &'static str,
    /// What the model leaves out, a sentence each.
    pub leaves_out: &'static [&'static str],
    /// Papers, RFCs and manuals that the model follows.
    pub sources: &'static [&'static str],
    /// May other components call it?
    pub accepts_calls: bool,
    /// May it call other components?
    pub makes_calls: bool,
    /// Why it may not call a component of the kind given, as the end of a sentence; `None` if it may.
    pub may_call: fn(&Kind) -> Option<&'static str>,
    /// Why a component of the kind given may not call it.
    pub may_be_called_by: fn(&Kind) -> Option<&'static str>,
    /// What does not work with these parameters if nothing is linked behind it, as the end of "Nothing is linked behind it: …".
    /// Of what makes requests by itself, every request fails.
    pub needs_callee: fn(&Map<String, Value>) -> Option<&'static str>,
    /// Its parameters.
    pub fields: Fields,
    /// What only it measures.
    pub metrics: &'static [Metric],
    /// Names of the faults that befall it besides those that befall every component that accepts calls (`crash`, `slow`, `errors`).
    pub faults: &'static [&'static str],
    /// Cost by default, USD per hour, from its parameters; a person can put another in its place.
    pub cost_usd_per_hour: fn(&Map<String, Value>) -> f64,
    /// How the traffic that it makes runs, as a picture, from its parameters.
    pub outline: Option<Outlined>,
    /// How one machine of it is made bigger, if the kind models that.
    pub growth: Option<Growth>,
    /// How it guards its calls, from its parameters, where a link's own guard does not say otherwise.
    pub call_policy: fn(&Map<String, Value>) -> CallPolicy,
    /// What is worth saying of it at this instant, if anything: one sentence that names the effect and its figures.
    pub says: fn(&NodeSnapshot) -> Option<String>,
    /// How grave it is what it says of itself, where no user notices: another limit than slots, or losses. `None` if it is nothing but
    /// worth knowing.
    pub ails: fn(&NodeSnapshot) -> Option<Health>,
    /// Choices that are worth comparing where components stand side by side that differ in nothing else: places in the
    /// parameters, and what decides.
    pub compared: &'static [(&'static [&'static str], Yardstick)],
    /// Reads parameters from a document only to collect the problems with them.
    pub check: fn(&Map<String, Value>, &mut Reader),
}

impl Default for Kind {
    /// What most kinds have in common.
    fn default() -> Self {
        Self {
            name: "",
            label: "",
            group: Group::Compute,
            summary: "",
            leaves_out: &[],
            sources: &[],
            accepts_calls: true,
            makes_calls: true,
            may_call: |_| None,
            may_be_called_by: |_| None,
            needs_callee: |_| None,
            fields: Fields::new(Vec::new),
            metrics: &[],
            faults: &[],
            cost_usd_per_hour: |_| 0.0,
            growth: None,
            outline: None,
            call_policy: |_| CallPolicy::default(),
            says: |_| None,
            ails: |_| None,
            compared: &[],
            check: |_, _| {},
        }
    }
}

impl Kind {
    /// What does not work if nothing is linked behind it.
    pub fn alone(&self, params: &Map<String, Value>) -> Option<&'static str> {
        if self.makes_calls && !self.accepts_calls {
            return Some("every request fails.");
        }
        (self.needs_callee)(params)
    }

    /// Does this fault befall a component of this kind?
    pub fn suffers(&self, trouble: &Trouble) -> bool {
        let name = trouble.name();
        self.faults.contains(&name) || (self.accepts_calls && matches!(name, "crash" | "slow" | "errors"))
    }
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
    /// Something begins to break us (`begins`), or is over. The engine itself refuses calls to what is down, makes
    /// [`Context::work`] slow and fails a share of arrivals. On a crash a component empties its pools here and forgets
    /// which calls were out: the engine takes the calls inside away right after.
    fn on_fault(&mut self, _trouble: &Trouble, _begins: bool, _cx: &mut Context) {}
    /// The shards, partitions, replicas or keys inside, for the screen; asked a few times a second. `is_up` knows of each
    /// instance whether it is.
    fn made_of(&self, _is_up: &dyn Fn(u16) -> bool) -> Option<Inside> {
        None
    }
}

mod calling;

macro_rules! components {
    ($($module:ident :: $Type:ident),+ $(,)?) => {
        $(mod $module;)+

        /// The state of a component of any kind. An enum, so that a run is a plain value and calls are dispatched
        /// without indirection.
        #[derive(Clone, Debug, Pack)]
        #[allow(clippy::large_enum_variant)] // One value per node: the size of the largest does not matter.
        pub(crate) enum Behaviour {
            /// Taken out of the design; nothing reaches it any more.
            Removed,
            $(
                #[allow(missing_docs)]
                $Type($module::$Type),
            )+
        }

        // What events come to: functions of their own, so that none pays for the registers and the stack that another needs.
        $(impl $module::$Type {
            #[inline(never)]
            fn take_call(&mut self, call: CallId, cx: &mut Context) {
                self.on_call(call, cx);
            }

            // (Number by number: a `Reply` would go by way of memory, also to those who look at one of them only.)
            #[inline(never)]
            #[expect(clippy::too_many_arguments)]
            fn take_reply(
                &mut self,
                call: CallId,
                child: CallId,
                link: u32,
                instance: u16,
                outcome: Outcome,
                op: Op,
                version: u32,
                cx: &mut Context,
            ) {
                self.on_reply(call, Reply { child, link, instance, outcome, op, version }, cx);
            }

            #[inline(never)]
            fn take_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
                self.on_timer(call, tag, cx);
            }

            #[inline(never)]
            fn take_node_timer(&mut self, tag: u8, cx: &mut Context) {
                self.on_node_timer(tag, cx);
            }
        })+

        impl Behaviour {
            /// A component of the kind named `kind`.
            #[inline(never)]
            pub(crate) fn new(kind: &str, params: &Map<String, Value>, cx: &mut Context) -> Self {
                match kind {
                    $(stringify!($module) => Behaviour::$Type(<$module::$Type as Component>::new(params, cx)),)+
                    _ => Behaviour::Removed,
                }
            }

            #[inline(never)]
            pub(crate) fn configure(&mut self, params: &Map<String, Value>, changed: bool, cx: &mut Context) {
                match self {
                    Behaviour::Removed => {}
                    $(Behaviour::$Type(c) => c.configure(params, changed, cx),)+
                }
            }

            #[inline(never)]
            pub(crate) fn wire(&mut self, cx: &mut Context) {
                match self {
                    Behaviour::Removed => {}
                    $(Behaviour::$Type(c) => c.wire(cx),)+
                }
            }

            #[inline(never)]
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
                    $(Behaviour::$Type(c) => c.take_call(call, cx),)+
                }
            }

            #[inline]
            pub(crate) fn on_reply(&mut self, call: CallId, reply: Reply, cx: &mut Context) {
                let Reply { child, link, instance, outcome, op, version } = reply;
                match self {
                    Behaviour::Removed => {}
                    $(Behaviour::$Type(c) => c.take_reply(call, child, link, instance, outcome, op, version, cx),)+
                }
            }

            #[inline]
            pub(crate) fn on_timer(&mut self, call: CallId, tag: u8, cx: &mut Context) {
                match self {
                    Behaviour::Removed => {}
                    $(Behaviour::$Type(c) => c.take_timer(call, tag, cx),)+
                }
            }

            #[inline(never)]
            pub(crate) fn on_fault(&mut self, trouble: &Trouble, begins: bool, cx: &mut Context) {
                match self {
                    Behaviour::Removed => {}
                    $(Behaviour::$Type(c) => c.on_fault(trouble, begins, cx),)+
                }
            }

            #[inline]
            pub(crate) fn on_node_timer(&mut self, tag: u8, cx: &mut Context) {
                match self {
                    Behaviour::Removed => {}
                    $(Behaviour::$Type(c) => c.take_node_timer(tag, cx),)+
                }
            }
        }

        impl Behaviour {
            /// What the component is made of.
            pub(crate) fn made_of(&self, is_up: &dyn Fn(u16) -> bool) -> Option<Inside> {
                match self {
                    Behaviour::Removed => None,
                    $(Behaviour::$Type(c) => c.made_of(is_up),)+
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

mod upstream;

// In the order of the palette. The module's name is the kind's name in the document. What stays out of line is not among what
// the page runs when it opens (crates/finish), and is fetched with the rest.
components! {
    users::Users,
    load_balancer::LoadBalancer,
    dns::Dns,
    cdn::Cdn,
    reverse_proxy::ReverseProxy,
    api_gateway::ApiGateway,
    app_server::AppServer,
    custom::Custom,
    cache::Cache,
    sql_database::SqlDatabase,
    kv_store::KvStore,
    shard_router::ShardRouter,
    object_storage::ObjectStorage,
    search_index::SearchIndex,
    message_queue::MessageQueue,
    event_stream::EventStream,
    topic::Topic,
    worker::Worker,
    scheduler::Scheduler,
    external_api::ExternalApi,
}

/// Where users count the answers that were too late, among their own metrics.
pub(crate) use users::LATE;

/// Every kind of component, in the order of the palette.
pub fn kinds() -> &'static [Kind] {
    &KINDS
}

/// The kind named `name` in documents.
pub fn kind(name: &str) -> Option<&'static Kind> {
    kinds().iter().find(|k| k.name == name)
}
