//! What is wrong with a design as a whole: whether it can run, and whether all of it takes part.

use std::collections::{BTreeMap, BTreeSet};

use super::read::{MAX_LINKS, MAX_NODES, MAX_NOTES, MAX_ZONES, bounded};
use super::reader::{number, shorten};
use super::{Design, FaultParams, Link, LinkParams, Node, Problem, Reader, Severity};
use crate::analysis::assertions;
use crate::components::{Kind, kind, kinds};

/// Everything wrong with a design. It runs if nothing here is a [`Severity::Error`].
pub fn check(design: &Design) -> Vec<Problem> {
    let mut check = Check { design, places: BTreeMap::new(), problems: Vec::new() };
    check.sizes();
    check.nodes();
    check.links();
    if !design.zones.is_empty() || design.nodes.iter().any(|n| n.zone.is_some()) {
        check.zones();
    }
    if !design.faults.is_empty() {
        check.faults();
    }
    if !design.assertions.is_empty() {
        check.assertions();
    }
    check.weights();
    check.cycles();
    check.sources();
    bounded(check.problems)
}

/// May a link be drawn from one node to another? The sentence says why not.
pub fn may_connect(design: &Design, from: &str, to: &str) -> Result<(), String> {
    let (Some(a), Some(b)) = (design.node(from), design.node(to)) else {
        return Err("A link needs a component at both ends.".to_owned());
    };
    if from == to {
        return Err(format!("{} cannot call itself.", title(a)));
    }
    ends(a, b)?;
    if design.links.iter().any(|l| l.from == from && l.to == to) {
        return Err(format!("There is a link from {} to {} already.", title(a), title(b)));
    }
    if design.links.len() >= MAX_LINKS {
        return Err(format!("A design holds at most {} links.", number(MAX_LINKS as f64)));
    }
    // The new link closes a cycle exactly if its start can already be reached from its end.
    if let Some(path) = path(design, to, from) {
        let names: Vec<_> = path.iter().filter_map(|id| design.node(id)).map(title).collect();
        return Err(format!("A request would go round for ever: {} → {}.", names.join(" → "), title(b)));
    }
    Ok(())
}

/// Do the kinds of these two allow a link?
#[inline(never)]
fn ends(from: &Node, to: &Node) -> Result<(), String> {
    if let Some(kind) = kind(&from.kind).filter(|k| !k.makes_calls) {
        return Err(format!("{} calls nothing: a {} only answers.", title(from), lower(kind)));
    }
    if let Some(kind) = kind(&to.kind).filter(|k| !k.accepts_calls) {
        return Err(format!("Nothing can call {}: {} only make requests.", title(to), lower(kind)));
    }
    if let (Some(a), Some(b)) = (kind(&from.kind), kind(&to.kind)) {
        if let Some(why) = (a.may_call)(b) {
            return Err(format!("{} cannot call {}: {why}", title(from), title(to)));
        }
        if let Some(why) = (b.may_be_called_by)(a) {
            return Err(format!("{} cannot call {}: {why}", title(from), title(to)));
        }
    }
    Ok(())
}

fn lower(kind: &Kind) -> String {
    // `SQL database` keeps its capitals.
    let mut chars = kind.label.chars();
    match (chars.next(), chars.next()) {
        (Some(a), Some(b)) if b.is_ascii_lowercase() => [a.to_ascii_lowercase(), b].into_iter().chain(chars).collect(),
        _ => kind.label.to_owned(),
    }
}

/// What people call a node.
fn title(node: &Node) -> String {
    let label = || kind(&node.kind).map_or_else(|| node.kind.clone(), |k| k.label.to_owned());
    if node.name.is_empty() { label() } else { shorten(&node.name, 60) }
}

/// Shortest way along links from one node to another, both named; `None` if there is none.
#[inline(never)]
fn path<'d>(design: &'d Design, from: &'d str, to: &str) -> Option<Vec<&'d str>> {
    let mut calls: BTreeMap<&str, Vec<&'d str>> = BTreeMap::new();
    for link in &design.links {
        calls.entry(&link.from).or_default().push(&link.to);
    }
    let mut came_from: BTreeMap<&str, &'d str> = BTreeMap::from([(from, from)]);
    let mut queue = std::collections::VecDeque::from([from]);
    while let Some(at) = queue.pop_front() {
        if at == to {
            let mut path = vec![at];
            while let Some(&before) = path.last().and_then(|at| came_from.get(at)).filter(|&&b| Some(&b) != path.last())
            {
                path.push(before);
            }
            path.reverse();
            return Some(path);
        }
        for &next in calls.get(at).into_iter().flatten() {
            came_from.entry(next).or_insert_with(|| {
                queue.push_back(next);
                at
            });
        }
    }
    None
}

struct Check<'d> {
    design: &'d Design,
    /// Place of each node id in the design.
    places: BTreeMap<&'d str, usize>,
    problems: Vec<Problem>,
}

impl<'d> Check<'d> {
    fn error(&mut self, message: String) -> &mut Problem {
        self.report(Problem::new(Severity::Error, message))
    }

    fn report(&mut self, problem: Problem) -> &mut Problem {
        let at = self.problems.len();
        self.problems.push(problem);
        &mut self.problems[at]
    }

    fn at_node(&mut self, severity: Severity, node: &Node, message: String) {
        self.problems.push(Problem { node: Some(node.id.clone()), ..Problem::new(severity, message) });
    }

    fn at_link(&mut self, severity: Severity, link: &Link, message: String) {
        self.problems.push(Problem { link: Some(link.id.clone()), ..Problem::new(severity, message) });
    }

    fn sizes(&mut self) {
        let design = self.design;
        for (what, count, most) in [
            ("components", design.nodes.len(), MAX_NODES),
            ("links", design.links.len(), MAX_LINKS),
            ("zones", design.zones.len(), MAX_ZONES),
            ("notes", design.notes.len(), MAX_NOTES),
        ] {
            if count > most {
                let (count, most) = (number(count as f64), number(most as f64));
                self.error(format!("The design has {count} {what}; accepted: at most {most}."));
            }
        }
    }

    fn nodes(&mut self) {
        for (place, node) in self.design.nodes.iter().enumerate() {
            if self.places.insert(&node.id, place).is_some() {
                self.at_node(Severity::Error, node, format!("Two components have the id `{}`.", node.id));
            }
            let mut reader = Reader::node(&node.id);
            match kind(&node.kind) {
                Some(kind) => (kind.check)(&node.params, &mut reader),
                None => {
                    let known: Vec<_> = kinds().iter().map(|k| k.name).collect();
                    reader.error(format!(
                        "`{}` is not a kind of component known here; accepted: {}.",
                        shorten(&node.kind, 40),
                        known.join(", ")
                    ));
                }
            }
            self.problems.extend(reader.into_problems());
        }
    }

    fn links(&mut self) {
        let mut ids = BTreeSet::new();
        let mut pairs = BTreeSet::new();
        for link in &self.design.links {
            if !ids.insert(&link.id) {
                self.at_link(Severity::Error, link, format!("Two links have the id `{}`.", link.id));
            }
            let mut reader = Reader::link(&link.id);
            LinkParams::read(&link.params, &mut reader);
            self.problems.extend(reader.into_problems());
            let mut end = |id: &str, what: &str| {
                let place = self.places.get(id).copied();
                if place.is_none() {
                    let message = format!("The link {what} `{}`, which is not in the design.", shorten(id, 64));
                    self.at_link(Severity::Error, link, message);
                }
                place.map(|place| &self.design.nodes[place])
            };
            let (from, to) = (end(&link.from, "comes from"), end(&link.to, "leads to"));
            let (Some(from), Some(to)) = (from, to) else {
                continue;
            };
            if link.from == link.to {
                self.at_link(Severity::Error, link, format!("{} cannot call itself.", title(from)));
            } else if let Err(message) = ends(from, to) {
                self.at_link(Severity::Error, link, message);
            } else if !pairs.insert((&link.from, &link.to)) {
                let message = format!("There is a link from {} to {} already.", title(from), title(to));
                self.at_link(Severity::Error, link, message);
            }
        }
    }

    /// Zones only group what is drawn: what is odd about them never keeps a design from running.
    #[inline(never)]
    fn zones(&mut self) {
        let zones: BTreeSet<&str> = self.design.zones.iter().map(|z| z.id.as_str()).collect();
        let mut used = BTreeSet::new();
        for node in &self.design.nodes {
            let Some(zone) = &node.zone else { continue };
            used.insert(zone.as_str());
            if !zones.contains(zone.as_str()) {
                let message =
                    format!("{} belongs to the zone `{}`, which is not in the design.", title(node), shorten(zone, 64));
                self.at_node(Severity::Warning, node, message);
            }
        }
        for zone in self.design.zones.iter().filter(|z| !used.contains(z.id.as_str())) {
            let name = if zone.name.is_empty() { &zone.id } else { &zone.name };
            let message = format!("No component belongs to the zone {}: it is not drawn.", shorten(name, 60));
            self.report(Problem::new(Severity::Warning, message));
        }
    }

    /// A fault befalls exactly one thing that exists and that it can befall.
    #[inline(never)]
    fn faults(&mut self) {
        for fault in &self.design.faults {
            let id = shorten(&fault.id, 64);
            let mut reader = Reader::default();
            let params = FaultParams::read(&fault.params, &mut reader);
            for problem in reader.into_problems() {
                let message = format!("Fault {id}: {}", problem.message);
                self.report(Problem::new(problem.severity, message));
            }
            let what = params.trouble.name();
            let message = match (&fault.node, &fault.link, &fault.zone) {
                (Some(node), None, None) => match self.places.get(node.as_str()).map(|&p| &self.design.nodes[p]) {
                    None => Some(format!("befalls `{}`, which is not in the design.", shorten(node, 64))),
                    Some(_) if params.trouble.is_of_links() => Some(format!("`{what}` befalls links, not components.")),
                    Some(node) => kind(&node.kind)
                        .filter(|k| !k.suffers(&params.trouble))
                        .map(|k| format!("`{what}` does not befall a {}.", lower(k))),
                },
                (None, Some(link), None) => match self.design.link(link) {
                    None => Some(format!("befalls the link `{}`, which is not in the design.", shorten(link, 64))),
                    Some(_) if !params.trouble.is_of_links() => {
                        Some(format!("`{what}` befalls components, not links."))
                    }
                    Some(_) => None,
                },
                (None, None, Some(zone)) => match self.design.zone(zone) {
                    None => Some(format!("befalls the zone `{}`, which is not in the design.", shorten(zone, 64))),
                    Some(_) if params.trouble.is_of_links() => Some(format!("`{what}` befalls links, not zones.")),
                    Some(_) => None,
                },
                _ => Some("befalls nothing; accepted: one of `node`, `link` and `zone`.".to_owned()),
            };
            if let Some(message) = message {
                // A fault without a victim does nothing: the design runs all the same.
                self.report(Problem::new(Severity::Warning, format!("Fault {id}: {message}")));
            }
        }
    }

    /// An assertion that cannot be tested never keeps a design from running.
    #[inline(never)]
    fn assertions(&mut self) {
        for text in &self.design.assertions {
            if let Some(problem) = assertions::problem(text) {
                let message = format!("`{}` cannot be tested: {problem}", shorten(text, 60));
                self.report(Problem::new(Severity::Warning, message));
            }
        }
    }

    /// Weights share traffic out; if all are zero there is nothing to share by.
    fn weights(&mut self) {
        let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
        for link in &self.design.links {
            let weight = LinkParams::read(&link.params, &mut Reader::link(&link.id)).weight;
            *sums.entry(&link.from).or_insert(0.0) += weight;
        }
        for node in &self.design.nodes {
            if sums.get(node.id.as_str()) == Some(&0.0) {
                let message =
                    format!("Every link out of {} has `weight` 0; accepted: at least one weight above 0.", title(node));
                self.at_node(Severity::Error, node, message);
            }
        }
    }

    /// Links out of each node, by place; links that cannot be at all are reported elsewhere.
    fn calls(&self) -> Vec<Vec<(usize, &'d Link)>> {
        let mut calls = vec![Vec::new(); self.design.nodes.len()];
        for link in &self.design.links {
            let ends = (self.places.get(link.from.as_str()), self.places.get(link.to.as_str()));
            if let (Some(&from), Some(&to)) = ends
                && from != to
                && self::ends(&self.design.nodes[from], &self.design.nodes[to]).is_ok()
            {
                calls[from].push((to, link));
            }
        }
        calls
    }

    /// A component calls its links for each request, so a cycle never ends. One problem for each link that closes one.
    fn cycles(&mut self) {
        const NEW: u8 = 0;
        const OPEN: u8 = 1;
        const DONE: u8 = 2;
        let calls = self.calls();
        let mut state = vec![NEW; calls.len()];
        for start in 0..calls.len() {
            if state[start] != NEW {
                continue;
            }
            // Depth first without recursion: the way here, and the next link to follow at each step of it.
            let mut way = vec![(start, 0)];
            state[start] = OPEN;
            while let Some((at, next)) = way.last_mut() {
                let Some(&(to, link)) = calls[*at].get(*next) else {
                    state[*at] = DONE;
                    way.pop();
                    continue;
                };
                *next += 1;
                if state[to] == NEW {
                    state[to] = OPEN;
                    way.push((to, 0));
                } else if state[to] == OPEN {
                    let names: Vec<_> = way
                        .iter()
                        .map(|&(place, _)| place)
                        .skip_while(|&place| place != to)
                        .chain([to])
                        .map(|place| title(&self.design.nodes[place]))
                        .collect();
                    let shown = match names.as_slice() {
                        [first @ .., last] if first.len() > 12 => format!("{} → … → {last}", first[..11].join(" → ")),
                        all => all.join(" → "),
                    };
                    self.at_link(
                        Severity::Error,
                        link,
                        format!("A request would go round for ever: {shown}. Remove one of these links."),
                    );
                }
            }
        }
    }

    /// Requests start at components that nothing can call. Without any nothing happens; what they do not reach idles.
    fn sources(&mut self) {
        let is_source = |node: &&Node| kind(&node.kind).is_some_and(|k| k.makes_calls && !k.accepts_calls);
        let sources: Vec<&Node> = self.design.nodes.iter().filter(is_source).collect();
        if sources.is_empty() {
            let problem = if self.design.nodes.is_empty() {
                "The design is empty: add users, and something for them to call."
            } else {
                "The design has no users: nothing makes requests."
            };
            self.error(problem.to_owned());
            return;
        }
        let calls = self.calls();
        let mut reached = vec![false; calls.len()];
        let mut open: Vec<usize> = sources.iter().filter_map(|n| self.places.get(n.id.as_str()).copied()).collect();
        for &place in &open {
            reached[place] = true;
        }
        while let Some(at) = open.pop() {
            for &(to, _) in &calls[at] {
                if !std::mem::replace(&mut reached[to], true) {
                    open.push(to);
                }
            }
        }
        for (place, node) in self.design.nodes.iter().enumerate() {
            if !reached[place] {
                let message = format!("No request reaches {}: no way leads there from users.", title(node));
                self.at_node(Severity::Warning, node, message);
            } else if calls[place].is_empty()
                && let Some(what) = kind(&node.kind).and_then(|k| k.alone(&node.params))
            {
                self.at_node(Severity::Warning, node, format!("Nothing is linked behind {}: {what}", title(node)));
            }
        }
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
