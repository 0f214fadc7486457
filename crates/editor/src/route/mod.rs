//! The courses of links on the canvas: a smooth curve where the way is free, and round the components where it is not.
//!
//! ```text
//!   plan     one link, one set of boxes: straight, or by way of two verticals and a horizontal
//!   lanes    all bent links: those that would lie on each other are spread
//!   shape    a plan with its lanes as cubic curves
//!   words    all links: where their words stand
//!   router   which links have to be planned anew after a change, and what is known of the others
//! ```

mod index;
mod lanes;
mod plan;
mod router;
mod shape;
mod words;

pub(crate) use router::Picture;
pub use router::Router;
pub use shape::Route;
pub(crate) use words::Words;
