//! The order within each column: sweeps back and forth put each item at the mean place of its neighbours (the barycentre),
//! and the order with the fewest crossings of all is kept.

use super::layers::Layered;

/// Sweeps; more hardly ever help.
const SWEEPS: usize = 12;

/// Reorders the columns so that few edges cross.
pub(super) fn reduce_crossings(layered: &mut Layered) {
    let count = layered.items.len();
    let (mut left, mut right) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for edge in &layered.edges {
        right[edge.from.0].push(edge.to.0);
        left[edge.to.0].push(edge.from.0);
    }
    let mut place = vec![0_usize; count];
    let note = |columns: &[Vec<usize>], place: &mut [usize]| {
        for column in columns {
            for (i, &item) in column.iter().enumerate() {
                place[item] = i;
            }
        }
    };
    note(&layered.columns, &mut place);
    let mut best = (crossings(layered, &place), layered.columns.clone());
    for sweep in 0..SWEEPS {
        if best.0 == 0 {
            break;
        }
        let forth = sweep % 2 == 0;
        let neighbours = if forth { &left } else { &right };
        let columns = layered.columns.len();
        for step in 0..columns {
            let at = if forth { step } else { columns - 1 - step };
            let column = &mut layered.columns[at];
            // What has no neighbours on that side keeps its place among the others.
            let wanted = |item: usize| match neighbours[item].as_slice() {
                [] => place[item] as f64,
                some => some.iter().map(|&n| place[n] as f64).sum::<f64>() / some.len() as f64,
            };
            let mut keyed: Vec<(f64, usize)> = column.iter().map(|&item| (wanted(item), item)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            *column = keyed.into_iter().map(|(_, item)| item).collect();
            for (i, &item) in layered.columns[at].iter().enumerate() {
                place[item] = i;
            }
        }
        let crossed = crossings(layered, &place);
        if crossed < best.0 {
            best = (crossed, layered.columns.clone());
        }
    }
    layered.columns = best.1;
}

/// How many pairs of edges cross.
fn crossings(layered: &Layered, place: &[usize]) -> usize {
    let mut between: Vec<Vec<(usize, usize)>> = vec![Vec::new(); layered.columns.len()];
    for edge in &layered.edges {
        between[layered.items[edge.from.0].column].push((place[edge.from.0], place[edge.to.0]));
    }
    between.iter_mut().map(|pairs| inversions(pairs)).sum()
}

/// Pairs of which the first is before and the second behind (counted with a binary indexed tree, as Barth, Jünger and
/// Mutzel, 2002).
fn inversions(pairs: &mut [(usize, usize)]) -> usize {
    pairs.sort_unstable();
    let most = pairs.iter().map(|(_, to)| to + 1).max().unwrap_or(0);
    let mut tree = vec![0_usize; most + 1];
    let mut count = 0;
    for (seen, &(_, to)) in pairs.iter().enumerate() {
        let mut not_above = 0;
        let mut i = to + 1;
        while i > 0 {
            not_above += tree[i];
            i &= i - 1;
        }
        count += seen - not_above;
        let mut i = to + 1;
        while i <= most {
            tree[i] += 1;
            i += i & i.wrapping_neg();
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::inversions;

    #[test]
    fn crossings_are_counted() {
        assert_eq!(inversions(&mut [(0, 0), (1, 1), (2, 2)]), 0);
        assert_eq!(inversions(&mut [(0, 1), (1, 0)]), 1);
        assert_eq!(inversions(&mut [(0, 2), (1, 1), (2, 0)]), 3, "each with each");
        assert_eq!(inversions(&mut [(0, 0), (0, 1), (1, 0)]), 1, "edges from one place do not cross");
        assert_eq!(inversions(&mut []), 0);
    }
}
