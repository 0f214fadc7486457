//! Which links a request may take, by what the links carry.

use crate::engine::call::Op;
use crate::engine::{Context, Downstream};
use backpressure_pack::Pack;

/// Groups of links, and the group of each request. A request goes to those links whose path prefix fits it best, as the
/// longest `location` of nginx wins: a link without paths gets what nobody asks for by name.
#[derive(Clone, Debug, Default, PartialEq, Pack)]
pub(crate) struct Routes {
    /// Group of reads and of writes of each endpoint, and last of what has none; [`NO_ROUTE`] if no link carries them.
    /// Empty if every link carries everything.
    groups: Vec<u32>,
}

/// No link carries such requests.
pub(crate) const NO_ROUTE: u32 = u32::MAX;

impl Routes {
    /// The routes over these links, and of each group the places of its links; no groups if every link carries everything.
    pub fn new(links: &[Downstream], cx: &Context) -> (Self, Vec<Vec<u32>>) {
        let mut routes = Self::default();
        let mut groups: Vec<Vec<u32>> = Vec::new();
        if !links.iter().any(|d| d.selective) {
            return (routes, groups);
        }
        let endpoints = cx.endpoints().min(usize::from(u16::MAX));
        for endpoint in (0..endpoints as u16).chain([u16::MAX]) {
            for op in [Op::Read, Op::Write] {
                let fit = |d: &Downstream| cx.matches(d.link, endpoint, op);
                let best = links.iter().filter_map(fit).max();
                let group: Vec<u32> =
                    (0..links.len() as u32).filter(|&i| best.is_some() && fit(&links[i as usize]) == best).collect();
                let number = match groups.iter().position(|g| *g == group) {
                    _ if group.is_empty() => NO_ROUTE,
                    Some(number) => number as u32,
                    None => {
                        groups.push(group);
                        groups.len() as u32 - 1
                    }
                };
                routes.groups.push(number);
            }
        }
        (routes, groups)
    }

    /// The group of a request.
    #[inline]
    pub fn of(&self, endpoint: u16, op: Op) -> u32 {
        if self.groups.is_empty() {
            return 0;
        }
        let writes = usize::from(matches!(op, Op::Write | Op::Invalidate));
        let none = self.groups.len() - 2;
        let at = (usize::from(endpoint) * 2).min(none);
        self.groups[at + writes]
    }
}
