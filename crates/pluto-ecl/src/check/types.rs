//! Written types, enums and records: what they are, and what may stand where.

use super::names::{BUILTIN_TYPES, Progress, TypeName, listed, unique, unknown};
use super::{Checker, codes};
use crate::ast::{Field, Item, Name, TypeArgument, TypeExpr, TypeKind};
use crate::diagnostic::{Diagnostic, Span};
use crate::limits::{FIELDS_MAX, LIST_LENGTH_MAX, TEXT_BYTES_MAX, TYPE_DEPTH_MAX, VARIANTS_MAX};
use crate::types::{EnumId, EnumType, RecordId, RecordType, Type};

/// Length of `text` without a bound.
const TEXT_BYTES: u16 = 256;

impl<'a> Checker<'a> {
    /// Gives every enum and record its number.
    pub(super) fn declare_types(&mut self) {
        let source = self.source;
        for item in &source.items {
            let (name, what) = match item {
                Item::Enum(declared) => {
                    let id = self.enumeration(declared.name.text.clone(), &declared.variants);
                    (&declared.name, TypeName::Enum(id))
                }
                Item::Record(record) => (&record.name, TypeName::Record(record, Progress::Waiting)),
                _ => continue,
            };
            if BUILTIN_TYPES.contains(&name.text.as_str()) {
                let message = format!("`{}` is a type of the language", name.text);
                let found = Diagnostic::error(codes::RESERVED, message, name.span, "taken");
                self.out.push(found.note("choose another name"));
            } else if let Some((_, first)) = self.names.types.get(name.text.as_str()) {
                let first = *first;
                self.out.push(super::names::duplicate("type", name, first));
            } else {
                self.names.types.insert(&name.text, (what, name.span));
            }
        }
        for item in &source.items {
            if let Item::Record(record) = item {
                self.record(&record.name.text, record.name.span);
            }
        }
    }

    fn enumeration(&mut self, name: String, variants: &[Name]) -> EnumId {
        unique(&mut self.out, "variant", variants);
        if let Some(beyond) = variants.get(VARIANTS_MAX) {
            self.too_many("variants of an enum", VARIANTS_MAX, variants.len(), beyond.span);
        }
        let id = EnumId(u16::try_from(self.types.enums.len()).unwrap_or(u16::MAX));
        let variants = variants.iter().map(|variant| variant.text.clone()).collect();
        self.types.enums.push(EnumType { name, variants });
        id
    }

    /// The record of that name; its fields first, so that records refer only to earlier ones.
    fn record(&mut self, name: &str, used_at: Span) -> Option<RecordId> {
        let (TypeName::Record(record, progress), _) = *self.names.types.get(name)? else {
            return None;
        };
        match progress {
            Progress::Done(id) => return Some(id),
            Progress::Open => {
                let message = format!("record `{name}` contains itself");
                let found = Diagnostic::error(codes::RECORD_CYCLE, message, used_at, "here again")
                    .also(record.name.span, "declared here")
                    .note("a value lies flat in memory, so it cannot hold another of its kind; keep a key of the other record instead");
                self.out.push(found);
                return None;
            }
            Progress::Waiting => self.progress(name, Progress::Open),
        }
        let (fields, broken) = self.fields(name, &record.fields, Place::RecordField);
        self.no_defaults(&record.fields, "a field of a record");
        let id = self.push_record(name.to_owned(), fields, &broken);
        self.progress(name, Progress::Done(id));
        Some(id)
    }

    fn progress(&mut self, name: &str, now: Progress) {
        if let Some((TypeName::Record(_, progress), _)) = self.names.types.get_mut(name) {
            *progress = now;
        }
    }

    /// Adds a record type whose `broken` fields have no usable type.
    pub(super) fn push_record(
        &mut self,
        name: String,
        fields: Vec<(String, Type)>,
        broken: &[u16],
    ) -> RecordId {
        let id = RecordId(u16::try_from(self.types.records.len()).unwrap_or(u16::MAX));
        let types = || fields.iter().map(|(_, ty)| ty);
        let depth = types().map(|ty| self.depth(ty)).max().unwrap_or(0);
        let list = types().any(|ty| self.holds_list(ty));
        self.shapes.push(Shape { depth, list });
        self.broken.extend(broken.iter().map(|place| (id, *place)));
        self.types.records.push(RecordType { name, fields });
        id
    }

    /// The types of fields; those with errors are `bool` and listed by place.
    pub(super) fn fields(
        &mut self,
        owner: &str,
        fields: &[Field],
        place: Place,
    ) -> (Vec<(String, Type)>, Vec<u16>) {
        unique(&mut self.out, "field", fields.iter().map(|field| &field.name));
        if let Some(beyond) = fields.get(FIELDS_MAX) {
            self.too_many("fields of a record", FIELDS_MAX, fields.len(), beyond.name.span);
        }
        let mut broken = Vec::new();
        let mut typed = Vec::new();
        for (number, field) in (0..).zip(fields) {
            let owner = format!("{owner}.{}", field.name.text);
            let ty = self.written(&field.ty, place, &owner).unwrap_or_else(|| {
                broken.push(number);
                Type::Bool
            });
            typed.push((field.name.text.clone(), ty));
        }
        (typed, broken)
    }

    /// Reports defaults where only stores have them.
    pub(super) fn no_defaults(&mut self, fields: &[Field], what: &str) {
        for field in fields {
            if let Some(default) = &field.default {
                let message = format!("{what} has no default");
                let found = Diagnostic::error(codes::DEFAULT, message, default.span, "a default")
                    .note("only the fields of a store have defaults: they fill records written before the field was there")
                    .fix(
                        "remove the default",
                        Span { start: field.ty.span.end, end: default.span.end },
                        "",
                    );
                self.out.push(found);
            }
        }
    }

    /// The type that is written; none when it has errors.
    pub(super) fn written(&mut self, ty: &TypeExpr, place: Place, owner: &str) -> Option<Type> {
        let found = match &ty.kind {
            TypeKind::Enum(variants) => Type::Enum(self.enumeration(owner.to_owned(), variants)),
            TypeKind::Named(name, arguments) => self.named(ty, name, arguments, owner)?,
        };
        if self.depth(&found) > TYPE_DEPTH_MAX {
            let message = format!("a type is nested at most {TYPE_DEPTH_MAX} deep");
            let found = Diagnostic::error(codes::TYPE_DEPTH, message, ty.span, "deeper than that");
            self.out.push(found.note("split it into parameters of their own"));
            return None;
        }
        if matches!(place, Place::StoreField) && self.holds_list(&found) {
            let why = "records of a store lie flat; keep the items as records of their own";
            self.list_place(ty.span, "a field of a store", why);
            return None;
        }
        Some(found)
    }

    fn named(
        &mut self,
        ty: &TypeExpr,
        name: &Name,
        arguments: &[TypeArgument],
        owner: &str,
    ) -> Option<Type> {
        let simple = match name.text.as_str() {
            "text" => return self.text(ty.span, arguments),
            "set" => return self.set(ty.span, arguments, owner),
            "option" => return self.option(ty.span, arguments, owner),
            "list" => return self.list(ty.span, arguments, owner),
            "bool" => Type::Bool,
            "int" => Type::Int,
            "fixed" => Type::Fixed,
            "time" => Type::Time,
            "duration" => Type::Duration,
            "did" => Type::Did,
            "symbol" => Type::Symbol,
            "trust" => Type::Trust,
            declared => match self.names.types.get(declared) {
                Some((TypeName::Enum(id), _)) => Type::Enum(*id),
                Some((TypeName::Record(..), _)) => Type::Record(self.record(declared, name.span)?),
                None => {
                    let known = self.names.types.keys().copied().chain(BUILTIN_TYPES);
                    let found = unknown(codes::UNKNOWN_TYPE, "type", declared, name.span, known);
                    self.out.push(found);
                    return None;
                }
            },
        };
        if arguments.is_empty() {
            return Some(simple);
        }
        let message = format!("type `{}` takes no arguments", name.text);
        let found = Diagnostic::error(codes::TYPE_ARGUMENTS, message, ty.span, "has arguments");
        self.out.push(found.fix("remove the arguments", ty.span, name.text.clone()));
        None
    }

    fn text(&mut self, span: Span, arguments: &[TypeArgument]) -> Option<Type> {
        match arguments {
            [] => Some(Type::Text(TEXT_BYTES)),
            [TypeArgument::Bound(bytes, at)] => {
                self.bound(*bytes, *at, TEXT_BYTES_MAX, "a text in bytes").map(Type::Text)
            }
            _ => self.arguments(span, "text", "its length in bytes, as in `text<64>`"),
        }
    }

    fn set(&mut self, span: Span, arguments: &[TypeArgument], owner: &str) -> Option<Type> {
        let [TypeArgument::Type(of)] = arguments else {
            return self.arguments(span, "set", "an enum, as in `set<operation>`");
        };
        let Type::Enum(id) = self.written(of, Place::Inner, owner)? else {
            return self.arguments(of.span, "set", "an enum: its values are the variants it holds");
        };
        Some(Type::Set(id))
    }

    fn option(&mut self, span: Span, arguments: &[TypeArgument], owner: &str) -> Option<Type> {
        let [TypeArgument::Type(of)] = arguments else {
            return self.arguments(span, "option", "one type, as in `option<int>`");
        };
        let inner = self.written(of, Place::Inner, owner)?;
        if matches!(inner, Type::Option(_)) {
            let message = "an option cannot hold an option";
            let found =
                Diagnostic::error(codes::NESTED_OPTION, message, of.span, "already an option");
            self.out.push(found.note("one `none` is enough to say that there is no value"));
            return None;
        }
        if self.holds_list(&inner) {
            self.list_place(of.span, "an option", "an empty list says the same as no list");
            return None;
        }
        Some(Type::Option(Box::new(inner)))
    }

    fn list(&mut self, span: Span, arguments: &[TypeArgument], owner: &str) -> Option<Type> {
        let [TypeArgument::Type(of), TypeArgument::Bound(items, at)] = arguments else {
            let takes = "the type of its items and their greatest number, as in `list<did, 16>`: what a policy costs at worst is known from it";
            return self.arguments(span, "list", takes);
        };
        let max = self.bound(*items, *at, LIST_LENGTH_MAX, "a list in items");
        let item = self.written(of, Place::Inner, owner)?;
        if self.holds_list(&item) {
            self.list_place(of.span, "a list", "give the inner items as a parameter of their own");
            return None;
        }
        Some(Type::List(Box::new(item), max?))
    }

    fn arguments(&mut self, span: Span, name: &str, takes: &str) -> Option<Type> {
        let message = format!("type `{name}` takes {takes}");
        let found = Diagnostic::error(codes::TYPE_ARGUMENTS, message, span, "wrong arguments");
        self.out.push(found);
        None
    }

    fn bound(&mut self, given: i64, span: Span, max: u16, what: &str) -> Option<u16> {
        let fits = u16::try_from(given).ok().filter(|bound| (1..=max).contains(bound));
        if fits.is_none() {
            let message = format!("the bound of {what} is 1 to {max}, found `{given}`");
            let found = Diagnostic::error(codes::BOUND, message, span, "out of range");
            let nearest = if given < 1 { 1 } else { max };
            self.out.push(found.fix(format!("write `{nearest}`"), span, nearest.to_string()));
        }
        fits
    }

    /// Reports a list where none can be.
    pub(super) fn list_place(&mut self, span: Span, place: &str, why: &str) {
        let message = format!("{place} cannot hold a list");
        let found = Diagnostic::error(codes::LIST_PLACE, message, span, "holds a list");
        let rule = "lists are parameters, or fields of records that are parameters";
        self.out.push(found.note(rule).note(why));
    }

    /// Whether a list is somewhere inside.
    pub(super) fn holds_list(&self, ty: &Type) -> bool {
        match ty {
            Type::List(..) => true,
            Type::Option(inner) => self.holds_list(inner),
            Type::Record(id) => self.shape(*id).list,
            _ => false,
        }
    }

    fn depth(&self, ty: &Type) -> usize {
        1 + match ty {
            Type::Option(inner) | Type::List(inner, _) => self.depth(inner),
            Type::Record(id) => self.shape(*id).depth,
            _ => 0,
        }
    }

    fn shape(&self, id: RecordId) -> Shape {
        self.shapes.get(usize::from(id.0)).copied().unwrap_or_default()
    }

    /// Reports more of something than there may be.
    pub(super) fn too_many(&mut self, what: &str, max: usize, found: usize, span: Span) {
        let message = format!("there are at most {max} {what}, found {found}");
        self.out.push(Diagnostic::error(codes::TOO_MANY, message, span, "this one is too much"));
    }

    /// The variants of an enum.
    pub(super) fn variants(&self, id: EnumId) -> Vec<&str> {
        let variants = self.types.enumeration(id).map(|found| found.variants.as_slice());
        variants.unwrap_or_default().iter().map(String::as_str).collect()
    }

    /// The number of a variant; reports a name the enum does not have.
    pub(super) fn variant(&mut self, id: EnumId, name: &Name) -> Option<i64> {
        let variants = self.variants(id);
        if let Some(place) = variants.iter().position(|variant| *variant == name.text) {
            return i64::try_from(place).ok();
        }
        let of = self.types.enumeration(id).map_or("?", |found| found.name.as_str());
        let what = format!("variant of enum `{of}`");
        let mut found =
            unknown(codes::UNKNOWN_VARIANT, &what, &name.text, name.span, variants.iter().copied());
        if let Some(all) = listed(&variants).filter(|_| !found.fixes.is_empty()) {
            found = found.note(format!("the variants are {all}"));
        }
        self.out.push(found);
        None
    }

    /// The type as it is written.
    pub(super) fn shown(&self, ty: &Type) -> String {
        self.types.show(ty).to_string()
    }
}

/// What is asked about a record over and over: thirty-two fields of records of thirty-two fields would
/// take for ever to walk.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shape {
    depth: usize,
    list: bool,
}

/// Where a type is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A parameter of a policy.
    Param,
    /// A field of a record.
    RecordField,
    /// A field of a store, in its present or an older version.
    StoreField,
    /// An argument of another type, or the type of a constant.
    Inner,
}
