//! Items with their places, from the syntax tree.

use std::collections::BTreeSet;
use std::ops::Range;

use proc_macro2::TokenStream;
use syn::spanned::Spanned as _;
use syn::visit::Visit as _;

use super::names::Names;
use super::{Content, Item, Kind, Member, Visibility, comments, slice, uses};

/// Where the head of a file ends, and its items.
pub(crate) fn parse(text: &str) -> Result<(usize, Vec<Item>), syn::Error> {
    let parsed: syn::File = syn::parse2(text.parse::<TokenStream>()?)?;
    let head_end = inner_end(&parsed.attrs, 0);
    Ok((head_end, of_list(text, &parsed.items, head_end, text.len())))
}

/// Where the last inner attribute ends.
fn inner_end(attributes: &[syn::Attribute], start: usize) -> usize {
    let inner = attributes.iter().filter(|one| matches!(one.style, syn::AttrStyle::Inner(_)));
    inner.map(|one| one.span().byte_range().end).max().unwrap_or(start)
}

fn of_list(text: &str, parsed: &[syn::Item], start: usize, end: usize) -> Vec<Item> {
    let mut found: Vec<Item> = Vec::new();
    for (at, one) in parsed.iter().enumerate() {
        let mut item = of_item(text, one);
        let gap_start = found.last().map_or(start, |last| last.full.end);
        let gap_end = parsed.get(at + 1).map_or(end, |next| next.span().byte_range().start);
        item.full = comments::start_with_leading(text, item.span.start, gap_start)
            ..comments::end_with_trailing(text, item.span.end, gap_end);
        found.push(item);
    }
    found
}

fn of_item(text: &str, parsed: &syn::Item) -> Item {
    let span = parsed.span().byte_range();
    let (attributes, visibility) = outside(parsed);
    let (kind, name) = kind_and_name(parsed);
    let bare = first_token(text, outer_end(attributes, span.start))..span.end;
    let mut names = Names::new(text);
    names.visit_item(parsed);
    if let syn::Item::Macro(call) = parsed {
        names.add_tokens(call.mac.tokens.clone());
    }
    let mut item = Item {
        kind,
        name,
        full: span.clone(),
        visibility: of_visibility(text, visibility, bare.start),
        attributes: plain_attributes(attributes),
        cfgs: cfgs(text, attributes),
        span,
        bare,
        trait_name: None,
        owners: Vec::new(),
        uses: Vec::new(),
        names: names.heads,
        paths: names.paths,
        members: Vec::new(),
        content: None,
    };
    fill(text, parsed, &mut item);
    item
}

/// What only some kinds have.
fn fill(text: &str, parsed: &syn::Item, item: &mut Item) {
    match parsed {
        syn::Item::Use(part) => item.uses = uses::of_item(part),
        syn::Item::ExternCrate(part) => item.uses = uses::of_extern_crate(part),
        syn::Item::Struct(part) => item.members = fields(text, &part.fields),
        syn::Item::Union(part) => {
            item.members = part.fields.named.iter().map(|one| field(text, one, 0)).collect();
        }
        syn::Item::Enum(part) => {
            item.members = part.variants.iter().map(|one| plain(&one.ident, one.span())).collect();
        }
        syn::Item::Trait(part) => {
            item.members = part.items.iter().filter_map(trait_member).collect();
        }
        syn::Item::Impl(part) => fill_impl(text, part, item),
        syn::Item::Mod(part) => {
            item.content = part.content.as_ref().map(|(brace, items)| {
                let inner =
                    brace.span.open().byte_range().end..brace.span.close().byte_range().start;
                let head_end = inner_end(&part.attrs, inner.start);
                let items = of_list(text, items, head_end, inner.end);
                Content { inner, head_end, items }
            });
        }
        _ => {}
    }
}

fn fill_impl(text: &str, part: &syn::ItemImpl, item: &mut Item) {
    let mut owners = Names::new(text);
    owners.visit_type(&part.self_ty);
    let own: BTreeSet<String> = owners.heads;
    item.owners.push(item.name.clone());
    item.owners.extend(own);
    if let Some((path, _)) = &part.trait_ {
        item.trait_name = path.segments.last().map(|last| last.ident.to_string());
        let mut of_trait = Names::new(text);
        of_trait.visit_path(path);
        item.owners.extend(of_trait.heads);
    }
    let in_trait = part.trait_.is_some();
    item.members = part.items.iter().filter_map(|one| impl_member(text, one, in_trait)).collect();
}

fn outside(parsed: &syn::Item) -> (&[syn::Attribute], Option<&syn::Visibility>) {
    use syn::Item as I;
    match parsed {
        I::Const(part) => (&part.attrs, Some(&part.vis)),
        I::Enum(part) => (&part.attrs, Some(&part.vis)),
        I::ExternCrate(part) => (&part.attrs, Some(&part.vis)),
        I::Fn(part) => (&part.attrs, Some(&part.vis)),
        I::Mod(part) => (&part.attrs, Some(&part.vis)),
        I::Static(part) => (&part.attrs, Some(&part.vis)),
        I::Struct(part) => (&part.attrs, Some(&part.vis)),
        I::Trait(part) => (&part.attrs, Some(&part.vis)),
        I::TraitAlias(part) => (&part.attrs, Some(&part.vis)),
        I::Type(part) => (&part.attrs, Some(&part.vis)),
        I::Union(part) => (&part.attrs, Some(&part.vis)),
        I::Use(part) => (&part.attrs, Some(&part.vis)),
        I::ForeignMod(part) => (&part.attrs, None),
        I::Impl(part) => (&part.attrs, None),
        I::Macro(part) => (&part.attrs, None),
        _ => (&[], None),
    }
}

fn kind_and_name(parsed: &syn::Item) -> (Kind, String) {
    use syn::Item as I;
    match parsed {
        I::Const(part) => (Kind::Const, part.ident.to_string()),
        I::Enum(part) => (Kind::Enum, part.ident.to_string()),
        I::Fn(part) => (Kind::Fn, part.sig.ident.to_string()),
        I::Mod(part) => (Kind::Mod, part.ident.to_string()),
        I::Static(part) => (Kind::Static, part.ident.to_string()),
        I::Struct(part) => (Kind::Struct, part.ident.to_string()),
        I::Trait(part) => (Kind::Trait, part.ident.to_string()),
        I::TraitAlias(part) => (Kind::Trait, part.ident.to_string()),
        I::Type(part) => (Kind::Type, part.ident.to_string()),
        I::Union(part) => (Kind::Union, part.ident.to_string()),
        I::Macro(part) => match &part.ident {
            // Whoever calls `r#helper!` need not write it so.
            Some(ident) => (Kind::Macro, unraw(&ident.to_string())),
            None => (Kind::Other, last_segment(&part.mac.path)),
        },
        I::Impl(part) => (Kind::Impl, type_name(&part.self_ty)),
        I::Use(_) => (Kind::Use, String::new()),
        I::ExternCrate(_) => (Kind::ExternCrate, String::new()),
        _ => (Kind::Other, String::new()),
    }
}

/// Without `r#`, where the name is none without it.
fn unraw(name: &str) -> String {
    match name.strip_prefix("r#") {
        Some(plain) if syn::parse_str::<syn::Ident>(plain).is_ok() => plain.to_owned(),
        _ => name.to_owned(),
    }
}

fn last_segment(path: &syn::Path) -> String {
    path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default()
}

/// `Parser` of `&'a mut Parser<T>`.
fn type_name(parsed: &syn::Type) -> String {
    match parsed {
        syn::Type::Path(part) => last_segment(&part.path),
        syn::Type::Reference(part) => type_name(&part.elem),
        syn::Type::Paren(part) => type_name(&part.elem),
        syn::Type::Group(part) => type_name(&part.elem),
        _ => String::new(),
    }
}

fn fields(text: &str, parsed: &syn::Fields) -> Vec<Member> {
    parsed.iter().enumerate().map(|(at, one)| field(text, one, at)).collect()
}

fn field(text: &str, parsed: &syn::Field, at: usize) -> Member {
    let span = parsed.span().byte_range();
    let start = first_token(text, outer_end(&parsed.attrs, span.start));
    Member {
        name: parsed.ident.as_ref().map_or_else(|| at.to_string(), ToString::to_string),
        span,
        visibility: Some(of_visibility(text, Some(&parsed.vis), start)),
    }
}

fn plain(ident: &syn::Ident, span: proc_macro2::Span) -> Member {
    Member { name: ident.to_string(), span: span.byte_range(), visibility: None }
}

fn trait_member(parsed: &syn::TraitItem) -> Option<Member> {
    let ident = match parsed {
        syn::TraitItem::Const(part) => &part.ident,
        syn::TraitItem::Fn(part) => &part.sig.ident,
        syn::TraitItem::Type(part) => &part.ident,
        _ => return None,
    };
    Some(plain(ident, parsed.span()))
}

fn impl_member(text: &str, parsed: &syn::ImplItem, in_trait: bool) -> Option<Member> {
    let (ident, attributes, visibility) = match parsed {
        syn::ImplItem::Const(part) => (&part.ident, &part.attrs, &part.vis),
        syn::ImplItem::Fn(part) => (&part.sig.ident, &part.attrs, &part.vis),
        syn::ImplItem::Type(part) => (&part.ident, &part.attrs, &part.vis),
        _ => return None,
    };
    let span = parsed.span().byte_range();
    let start = first_token(text, outer_end(attributes, span.start));
    let visibility = (!in_trait).then(|| of_visibility(text, Some(visibility), start));
    Some(Member { name: ident.to_string(), span, visibility })
}

fn of_visibility(text: &str, parsed: Option<&syn::Visibility>, start: usize) -> Visibility {
    match parsed {
        Some(written @ (syn::Visibility::Public(_) | syn::Visibility::Restricted(_))) => {
            let range = written.span().byte_range();
            let spaced = slice(text, &range);
            Visibility { written: spaced.split_whitespace().collect(), range }
        }
        _ => Visibility { range: start..start, written: String::new() },
    }
}

/// Where the outer attributes and doc comments end.
fn outer_end(attributes: &[syn::Attribute], start: usize) -> usize {
    let outer = attributes.iter().filter(|one| matches!(one.style, syn::AttrStyle::Outer));
    outer.map(|one| one.span().byte_range().end).max().unwrap_or(start)
}

fn plain_attributes(attributes: &[syn::Attribute]) -> Vec<Range<usize>> {
    let outer = attributes.iter().filter(|one| matches!(one.style, syn::AttrStyle::Outer));
    let plain = outer.filter(|one| !one.path().is_ident("doc"));
    plain.map(|one| one.span().byte_range()).collect()
}

fn cfgs(text: &str, attributes: &[syn::Attribute]) -> Vec<String> {
    let cfgs = attributes.iter().filter(|one| one.path().is_ident("cfg"));
    cfgs.map(|one| slice(text, &one.span().byte_range()).to_owned()).collect()
}

/// The first byte at or after `from` that is neither white space nor comment.
fn first_token(text: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.starts_with("/*") {
            at += comments::block_length(trimmed);
        } else if trimmed.starts_with("//") {
            at += trimmed.find('\n').unwrap_or(trimmed.len());
        } else {
            return at;
        }
    }
}
