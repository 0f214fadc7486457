//! How well typed text fits a title: the palette's order.

/// How well `typed` (in small letters) fits, 0 best; `None` if it does not. Every word typed has to occur: at the start of
/// the title, of a word in it, anywhere in it, or in `more`, in this order of preference.
pub fn score(typed: &str, title: &str, more: &str) -> Option<usize> {
    let title = title.to_ascii_lowercase();
    typed.split_whitespace().try_fold(0, |sum, word| {
        let at = title.find(word);
        let starts_a_word = at.is_some_and(|at| !title[..at].ends_with(|c: char| c.is_alphanumeric()));
        let fit = match at {
            Some(0) => 0,
            Some(_) if starts_a_word || title.contains(&format!(" {word}")) => 1,
            Some(_) => 3,
            None if more.to_ascii_lowercase().contains(word) => 6,
            None => return None,
        };
        Some(sum + fit)
    })
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn what_begins_with_the_text_comes_first() {
        let ranked = |typed: &str| {
            let mut all: Vec<_> =
                [("Undo", ""), ("Show everything", "fit"), ("Show the selection", ""), ("Redo", "do again")]
                    .iter()
                    .filter_map(|(title, more)| Some((score(typed, title, more)?, *title)))
                    .collect();
            all.sort_by_key(|(score, _)| *score);
            all.into_iter().map(|(_, title)| title).collect::<Vec<_>>()
        };
        assert_eq!(ranked("do"), ["Undo", "Redo"]);
        assert_eq!(ranked("show sel"), ["Show the selection"]);
        assert_eq!(ranked("sel"), ["Show the selection"]);
        assert_eq!(ranked("fit"), ["Show everything"]);
        assert_eq!(ranked("again"), ["Redo"]);
        assert!(ranked("xyz").is_empty());
        assert_eq!(ranked("").len(), 4);
    }
}
