//! Parts of the page. Yew compiles all of its machinery anew for every type of component, some 8 kB of wasm each; so
//! there is one type, [`Part`], and each part is a value of it: the function that draws it and what it is given.
//!
//! A part is written as any function component is, with `#[component]`, and drawn by [`part`] instead of by its tag:
//!
//! ```text
//! html! { <div>{ part::<Toolbar>(ToolbarProps { session, embed }) }</div> }
//! ```

use std::any::Any;
use std::rc::Rc;
use yew::functional::{FunctionComponent, FunctionProvider, HookContext};
use yew::html::{BaseComponent, HtmlResult};
use yew::prelude::*;
use yew::virtual_dom::{Key, VComp};

/// Draws a part.
pub fn part<C: FunctionProvider<Properties: 'static>>(given: C::Properties) -> Html {
    drawn(PartProps::of::<C>(given), None)
}

/// Draws a part that is one of a list; the key says which.
pub fn keyed_part<C: FunctionProvider<Properties: 'static>>(key: impl Into<Key>, given: C::Properties) -> Html {
    drawn(PartProps::of::<C>(given), Some(key.into()))
}

fn drawn(props: PartProps, key: Option<Key>) -> Html {
    VComp::new::<Part>(Rc::new(props), key).into()
}

/// Which part, and what it is given.
#[derive(Clone, Properties)]
pub struct PartProps {
    run: fn(&mut HookContext, &dyn Any) -> HtmlResult,
    same: fn(&dyn Any, &dyn Any) -> bool,
    given: Rc<dyn Any>,
}

impl PartProps {
    /// The part `C`, given these properties.
    pub fn of<C: FunctionProvider<Properties: 'static>>(given: C::Properties) -> Self {
        Self { run: run::<C>, same: same::<C::Properties>, given: Rc::new(given) }
    }

    fn is_same_part(&self, other: &Self) -> bool {
        std::ptr::fn_addr_eq(self.run, other.run)
    }
}

impl PartialEq for PartProps {
    fn eq(&self, other: &Self) -> bool {
        self.is_same_part(other) && (self.same)(&*self.given, &*other.given)
    }
}

fn run<C: FunctionProvider<Properties: 'static>>(hooks: &mut HookContext, given: &dyn Any) -> HtmlResult {
    match given.downcast_ref::<C::Properties>() {
        Some(given) => C::run(hooks, given),
        // `of` pairs the two.
        None => Ok(Html::default()),
    }
}

fn same<T: PartialEq + 'static>(a: &dyn Any, b: &dyn Any) -> bool {
    a.downcast_ref::<T>().is_some_and(|a| b.downcast_ref::<T>() == Some(a))
}

/// The one type of component.
pub struct Part {
    function: FunctionComponent<Self>,
}

impl FunctionProvider for Part {
    type Properties = PartProps;

    fn run(hooks: &mut HookContext, props: &PartProps) -> HtmlResult {
        (props.run)(hooks, &*props.given)
    }
}

impl BaseComponent for Part {
    type Message = ();
    type Properties = PartProps;

    fn create(ctx: &Context<Self>) -> Self {
        Self { function: FunctionComponent::new(ctx) }
    }

    fn update(&mut self, _: &Context<Self>, (): ()) -> bool {
        true
    }

    fn changed(&mut self, ctx: &Context<Self>, before: &PartProps) -> bool {
        if !ctx.props().is_same_part(before) {
            // Another part in the same place: it starts with hooks of its own.
            self.function.destroy();
            self.function = FunctionComponent::new(ctx);
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> HtmlResult {
        self.function.render(ctx.props())
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        self.function.rendered();
    }

    fn destroy(&mut self, _: &Context<Self>) {
        self.function.destroy();
    }

    fn prepare_state(&self) -> Option<String> {
        None
    }
}
