//! `#[derive(Pack)]`: a struct is its fields in their order, an enum the number of the case and then its fields. A field
//! marked `#[pack(skip)]` is not written and comes back as its default.
//!
//! Definitions are read token by token: a parsing library would take longer to compile than the rest of the simulation.

use proc_macro::{Delimiter, TokenStream, TokenTree};
use std::iter::Peekable;

type Tokens = Peekable<proc_macro::token_stream::IntoIter>;

/// See the crate.
#[proc_macro_derive(Pack, attributes(pack))]
pub fn derive_pack(item: TokenStream) -> TokenStream {
    let mut tokens = item.into_iter().peekable();
    skip_attributes(&mut tokens);
    skip_visibility(&mut tokens);
    let what = word(&mut tokens);
    let name = word(&mut tokens);
    let generics = type_parameters(&mut tokens);
    let body = tokens.find_map(|token| match token {
        TokenTree::Group(group) if group.delimiter() != Delimiter::Bracket => Some(group),
        _ => None,
    });
    let (pack, unpack) = match (what.as_str(), &body) {
        ("struct", Some(group)) => {
            let fields = Fields::of(group.delimiter(), group.stream());
            (format!("let Self {} = self; {}", fields.pattern(), fields.pack()), format!("Self {}", fields.unpack()))
        }
        ("struct", None) => (String::new(), "Self".to_owned()),
        (_, Some(group)) => cases(group.stream()),
        (_, None) => (String::new(), "unreachable!()".to_owned()),
    };
    let bounds: Vec<String> = generics.iter().map(|g| format!("{g}: ::backpressure_pack::Pack")).collect();
    let (bounds, generics) = (bounds.join(", "), generics.join(", "));
    let code = format!(
        "#[automatically_derived] #[allow(unused_variables)]
         impl<{bounds}> ::backpressure_pack::Pack for {name}<{generics}> {{
             fn pack(&self, out: &mut ::std::vec::Vec<u8>) {{ {pack} }}
             fn unpack(from: &mut ::backpressure_pack::Source) -> Self {{ {unpack} }}
         }}"
    );
    code.parse().unwrap_or_else(|problem| format!("compile_error!(\"{problem}\");").parse().unwrap_or_default())
}

/// The fields of a struct or of a case.
struct Fields {
    /// Named in braces, numbered in parentheses.
    named: bool,
    /// Name (or number) of each, and whether it is skipped.
    list: Vec<(String, bool)>,
}

impl Fields {
    fn of(delimiter: Delimiter, stream: TokenStream) -> Self {
        let named = delimiter == Delimiter::Brace;
        let (mut tokens, mut list) = (stream.into_iter().peekable(), Vec::new());
        loop {
            let skip = skip_attributes(&mut tokens);
            skip_visibility(&mut tokens);
            if tokens.peek().is_none() {
                return Self { named, list };
            }
            let name = if named { word(&mut tokens) } else { list.len().to_string() };
            list.push((name, skip));
            skip_to_comma(&mut tokens);
        }
    }

    fn pattern(&self) -> String {
        let bind =
            |(name, _): &(String, bool)| if self.named { format!("{name}: f_{name}") } else { format!("f_{name}") };
        self.braced(self.list.iter().map(bind))
    }

    fn pack(&self) -> String {
        let written = self.list.iter().filter(|(_, skip)| !skip);
        written.map(|(name, _)| format!("::backpressure_pack::Pack::pack(f_{name}, out);")).collect()
    }

    fn unpack(&self) -> String {
        let read = |(name, skip): &(String, bool)| {
            let value =
                if *skip { "::std::default::Default::default()" } else { "::backpressure_pack::Pack::unpack(from)" };
            if self.named { format!("{name}: {value}") } else { value.to_owned() }
        };
        self.braced(self.list.iter().map(read))
    }

    fn braced(&self, parts: impl Iterator<Item = String>) -> String {
        let inside = parts.collect::<Vec<_>>().join(", ");
        if self.named { format!("{{ {inside} }}") } else { format!("({inside})") }
    }
}

/// The arms of an enum: those that write, and those that read.
fn cases(stream: TokenStream) -> (String, String) {
    let mut tokens = stream.into_iter().peekable();
    let (mut pack, mut unpack, mut first) = (String::new(), String::new(), String::new());
    for number in 0_u8.. {
        skip_attributes(&mut tokens);
        if tokens.peek().is_none() {
            break;
        }
        let name = word(&mut tokens);
        let fields = match tokens.peek() {
            Some(TokenTree::Group(group)) => Some(Fields::of(group.delimiter(), group.stream())),
            _ => None,
        };
        let (pattern, write, read) = fields.map_or_else(Default::default, |f| (f.pattern(), f.pack(), f.unpack()));
        pack += &format!("Self::{name} {pattern} => {{ out.push({number}); {write} }}");
        if number == 0 {
            first = format!("Self::{name} {read}");
        } else {
            unpack += &format!("{number} => Self::{name} {read},");
        }
        skip_to_comma(&mut tokens);
    }
    let unknown = format!("number => {{ if number != 0 {{ from.fail(); }} {first} }}");
    (format!("match self {{ {pack} }}"), format!("match from.byte() {{ {unpack} {unknown} }}"))
}

/// Passes over attributes and doc comments; true if one of them is `#[pack(skip)]`.
fn skip_attributes(tokens: &mut Tokens) -> bool {
    let mut skip = false;
    while matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '#') {
        tokens.next();
        skip |= tokens.next().is_some_and(|group| group.to_string().replace(' ', "") == "[pack(skip)]");
    }
    skip
}

fn skip_visibility(tokens: &mut Tokens) {
    // A visibility handed through a macro is a group without delimiters, empty for private.
    if matches!(tokens.peek(), Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::None) {
        tokens.next();
    }
    if matches!(tokens.peek(), Some(TokenTree::Ident(word)) if word.to_string() == "pub") {
        tokens.next();
        if matches!(tokens.peek(), Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::Parenthesis) {
            tokens.next();
        }
    }
}

fn word(tokens: &mut Tokens) -> String {
    tokens.next().map(|token| token.to_string()).unwrap_or_default()
}

/// The names in `<A, B>`; none if there is nothing of the kind.
fn type_parameters(tokens: &mut Tokens) -> Vec<String> {
    let mut names = Vec::new();
    if !matches!(tokens.peek(), Some(TokenTree::Punct(p)) if p.as_char() == '<') {
        return names;
    }
    for token in tokens.by_ref() {
        match token {
            TokenTree::Punct(p) if p.as_char() == '>' => break,
            TokenTree::Ident(name) => names.push(name.to_string()),
            _ => {}
        }
    }
    names
}

/// Passes over a type (or a discriminant) and the comma behind it. A comma between angle brackets is none.
fn skip_to_comma(tokens: &mut Tokens) {
    let mut depth = 0_i32;
    for token in tokens.by_ref() {
        if let TokenTree::Punct(p) = token {
            match p.as_char() {
                '<' => depth += 1,
                '>' => depth -= 1,
                ',' if depth == 0 => return,
                _ => {}
            }
        }
    }
}
