//! One style sheet out of many: a file to fetch instead of a dozen, and smaller, for what repeats between them compresses.

/// A link to a style sheet, as Trunk writes it.
const LINK: &str = "<link rel=\"stylesheet\" href=\"./";

/// What stands for the name of the one sheet, which depends on its content.
pub const NAME: &str = "STYLE_FILE";

/// What came of the page's style sheets.
pub struct Sheet {
    /// The page, with one link in the place of all, to [`NAME`].
    pub index: String,
    /// The files that are not needed any more.
    pub old: Vec<String>,
    /// The content of the one.
    pub css: String,
}

/// Joins the style sheets that the page links to, in order; `read` gives a file's text.
///
/// # Errors
///
/// When a file cannot be read.
pub fn join(index: &str, read: impl Fn(&str) -> Result<String, String>) -> Result<Sheet, String> {
    let mut sheet = Sheet { index: String::with_capacity(index.len()), old: Vec::new(), css: String::new() };
    let mut left = index;
    while let Some((before, after)) = left.split_once(LINK) {
        sheet.index.push_str(before.trim_end());
        let (file, after) = after.split_once('"').ok_or("a link without an end")?;
        left = after.split_once('>').ok_or("a link without an end")?.1;
        if sheet.old.is_empty() {
            sheet.index.push_str(&format!("\n    {LINK}{NAME}\"/>"));
        }
        sheet.css.push_str(&plain(&read(file)?));
        sheet.old.push(file.to_owned());
    }
    sheet.index.push_str(left);
    Ok(sheet)
}

/// The rules without comments and indentation. What stands in quotes stays as it is.
fn plain(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut left = css;
    let mut quote = None;
    while let Some(next) = left.chars().next() {
        if quote.is_none() && left.starts_with("/*") {
            left = left[2..].split_once("*/").map_or("", |(_, after)| after);
            continue;
        }
        match quote {
            Some(open) if next == open => quote = None,
            None if next == '"' || next == '\'' => quote = Some(next),
            _ => {}
        }
        let indentation = quote.is_none() && next.is_whitespace() && (out.is_empty() || out.ends_with('\n'));
        if !indentation {
            out.push(next);
        }
        left = &left[next.len_utf8()..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{join, plain};

    #[test]
    fn comments_and_indentation_go_and_strings_stay() {
        let css = "/* Why. */\n.a {\n  color: red; /* not blue */\n  content: \"/* \\n  */\";\n}\n\n.b { margin: 0 }\n";
        assert_eq!(plain(css), ".a {\ncolor: red; \ncontent: \"/* \\n  */\";\n}\n.b { margin: 0 }\n");
    }

    #[test]
    fn the_sheets_are_one_in_their_order_and_the_page_links_to_it_once() {
        let index = "<head>\n    <link rel=\"stylesheet\" href=\"./a-1.css\" integrity=\"x\"/>\n    <link rel=\"stylesheet\" href=\"./b-2.css\"/>\n</head>";
        let sheet = join(index, |file| Ok(format!(".{} {{}}\n", &file[..1]))).expect("well-formed");
        assert_eq!(sheet.css, ".a {}\n.b {}\n");
        assert_eq!(sheet.old, ["a-1.css", "b-2.css"]);
        assert_eq!(sheet.index, "<head>\n    <link rel=\"stylesheet\" href=\"./STYLE_FILE\"/>\n</head>");
    }
}
