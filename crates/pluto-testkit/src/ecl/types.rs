//! The types that random policies use: small, but with every shape.

use pluto_ecl::Span;
use pluto_ecl::hir::{Arithmetic, Expr, ExprKind, Migration, Store};
use pluto_ecl::types::{EnumId, EnumType, RecordId, RecordType, Type, TypeTable};

use super::Choices;

pub(super) const ENUM: EnumId = EnumId(0);
pub(super) const OTHER_ENUM: EnumId = EnumId(1);
/// `{ x: int, f: fixed, d: did }`
pub(super) const POINT: RecordId = RecordId(0);
/// A record in a record, an option, an enum and a text.
pub(super) const ITEM: RecordId = RecordId(1);
/// The schema of the store.
pub(super) const PROFILE: RecordId = RecordId(2);
/// A record with lists inside.
pub(super) const BASKET: RecordId = RecordId(3);

fn option(ty: Type) -> Type {
    Type::Option(Box::new(ty))
}

pub(super) fn fixed() -> (TypeTable, Vec<Store>) {
    let enumeration = |name: &str, variants: &[&str]| EnumType {
        name: name.into(),
        variants: variants.iter().map(|variant| (*variant).into()).collect(),
    };
    let record = |name: &str, fields: Vec<(&str, Type)>| RecordType {
        name: name.into(),
        fields: fields.into_iter().map(|(name, ty)| (name.into(), ty)).collect(),
    };
    let types = TypeTable {
        enums: vec![
            enumeration("Colour", &["red", "green", "blue"]),
            enumeration("Act", &["read", "write", "list", "drop", "none_of_these"]),
        ],
        records: vec![
            record("Point", vec![("x", Type::Int), ("f", Type::Fixed), ("d", Type::Did)]),
            record(
                "Item",
                vec![
                    ("name", Type::Text(32)),
                    ("colour", Type::Enum(ENUM)),
                    ("price", option(Type::Int)),
                    ("point", Type::Record(POINT)),
                    ("owner", option(Type::Did)),
                ],
            ),
            record(
                "Profile",
                vec![
                    ("n", Type::Int),
                    ("title", Type::Text(16)),
                    ("act", Type::Enum(OTHER_ENUM)),
                    ("share", option(Type::Fixed)),
                    ("word", Type::Symbol),
                ],
            ),
            record(
                "Basket",
                vec![
                    ("k", Type::Int),
                    ("items", Type::List(Box::new(Type::Record(ITEM)), 3)),
                    ("who", Type::Did),
                    ("amounts", Type::List(Box::new(Type::Int), 4)),
                ],
            ),
        ],
    };
    let store = Store {
        name: "profiles".into(),
        version: 2,
        schema: PROFILE,
        defaults: vec![None; 5],
        indexes: Vec::new(),
        migrations: vec![migration(&types)],
    };
    (types, vec![store])
}

/// From a record to one like it, counted twice: reading pays for it.
fn migration(types: &TypeTable) -> Migration {
    let expr = |kind, ty: &Type| Expr { kind, ty: ty.clone(), span: Span::default() };
    let old = Type::Record(PROFILE);
    let fields = types.record(PROFILE).map_or(&[][..], |record| &record.fields);
    let fields = (0_u16..).zip(fields).map(|(place, (_, ty))| {
        let old = Box::new(expr(ExprKind::Local(0), &old));
        let value = expr(ExprKind::Field(old, place), ty);
        match ty {
            Type::Int => {
                let (a, b) = (Box::new(value.clone()), Box::new(value));
                expr(ExprKind::Arithmetic(Arithmetic::Add, a, b), ty)
            }
            _ => value,
        }
    });
    Migration { from: 1, old: PROFILE, fields: fields.collect(), locals: vec![old.clone()] }
}

/// A type of one word.
pub(super) fn scalar(choices: &mut Choices<'_>) -> Type {
    match choices.below(10) {
        0 => Type::Bool,
        1 | 2 => Type::Int,
        3 => Type::Fixed,
        4 => Type::Time,
        5 => Type::Duration,
        6 => Type::Did,
        7 => Type::Symbol,
        8 => Type::Text(*choices.pick(&[4, 16, 40, 300])),
        _ => Type::Enum(*choices.pick(&[ENUM, OTHER_ENUM])),
    }
}

/// A type that is no list and holds none.
pub(super) fn flat(choices: &mut Choices<'_>) -> Type {
    match choices.below(8) {
        0 => Type::Trust,
        1 => Type::Set(*choices.pick(&[ENUM, OTHER_ENUM])),
        2 => Type::Record(*choices.pick(&[POINT, ITEM, PROFILE])),
        3 => option(scalar(choices)),
        4 => option(Type::Record(*choices.pick(&[POINT, ITEM, PROFILE]))),
        _ => scalar(choices),
    }
}

/// A type of a parameter.
pub(super) fn param(choices: &mut Choices<'_>) -> Type {
    match choices.below(8) {
        0 => Type::Record(BASKET),
        1 | 2 => Type::List(Box::new(flat(choices)), *choices.pick(&[1, 2, 5])),
        _ => flat(choices),
    }
}
