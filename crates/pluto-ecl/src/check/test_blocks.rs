//! Test blocks: what is given fits the policy, what is expected can happen.

use std::collections::BTreeMap;

use pluto_core::policy::Fault;
use pluto_core::trust::NEWCOMER_PPM;

use self::facts::{Facts, joined};
use super::literals::{Identities, span_of};
use super::names::{nearest, unknown};
use super::{Checker, codes};
use crate::ast::{self, GivenKind, Item, Literal, Name};
use crate::diagnostic::{Diagnostic, Span};
use crate::hir::{Expectation, Test, TestValue};
use crate::types::Type;

mod facts;

impl<'a> Checker<'a> {
    pub(super) fn tests(&mut self) {
        let source = self.source;
        let mut titles: BTreeMap<(&str, &str), Span> = BTreeMap::new();
        for item in &source.items {
            let Item::Test(test) = item else { continue };
            let key = (test.policy.text.as_str(), test.title.text.as_str());
            if let Some(first) = titles.insert(key, test.title.span) {
                let message = format!("a test `{}` is there already", test.title.text);
                let found = Diagnostic::error(codes::TEST_TITLE, message, test.title.span, "again")
                    .also(first, "the first one")
                    .note("a title says which case failed, so each has its own");
                self.out.push(found);
            }
            let typed = self.test(test);
            self.tests.extend(typed);
        }
    }

    fn test(&mut self, test: &'a ast::Test) -> Option<Test> {
        let name = &test.policy;
        let Some((number, _)) = self.names.policies.get(name.text.as_str()).copied() else {
            let known: Vec<&str> = self.names.policies.keys().copied().collect();
            let found = unknown(codes::UNKNOWN_POLICY, "policy", &name.text, name.span, known);
            self.out.push(found);
            return None;
        };
        let header = self.headers.get(usize::from(number))?;
        let names = header.policy.params.iter().map(|param| param.name.clone());
        let mut facts = Facts::about(names.zip(header.params.iter().cloned()).collect());
        let errors = self.errors();
        let mut others = Vec::new();
        for given in &test.given {
            match &given.kind {
                GivenKind::Value(path, literal) if facts.is_value(self, path) => {
                    self.no_repeat(&facts.values, path, given.span);
                    facts.values.push((path, literal));
                }
                _ => others.push(given),
            }
        }
        let arguments = self.test_arguments(&mut facts, test.title.span);
        for given in others {
            self.given(&mut facts, given);
        }
        self.spoken(&facts);
        let expect = self.expectation(test, usize::from(number));
        (self.errors() == errors).then_some(())?;
        let dimension = |share: Option<u32>| share.unwrap_or(NEWCOMER_PPM);
        Some(Test {
            title: test.title.text.clone(),
            policy: number,
            identities: facts.who.names,
            arguments: arguments?,
            now_ms: facts.now_ms.unwrap_or(0),
            known: facts.known.into_iter().collect(),
            trust: facts.trust.into_iter().map(|(who, six)| (who, six.map(dimension))).collect(),
            balance: facts.balance.into_iter().collect(),
            claims: facts.claims,
            records: facts.records,
            expect: expect?,
            span: test.span,
        })
    }

    fn no_repeat(&mut self, values: &[(&[Name], &Literal)], path: &[Name], span: Span) {
        let same = |known: &[Name]| {
            known.len() == path.len() && known.iter().zip(path).all(|(a, b)| a.text == b.text)
        };
        if values.iter().any(|(known, _)| same(known)) {
            self.given_twice(&joined(path), span);
        }
    }

    fn given_twice(&mut self, what: &str, span: Span) {
        let message = format!("`{what}` is given twice");
        let found = Diagnostic::error(codes::GIVEN_TWICE, message, span, "given again");
        self.out.push(found.note("remove one of the two"));
    }

    /// The arguments, one for each parameter.
    fn test_arguments(&mut self, facts: &mut Facts<'_>, span: Span) -> Option<Vec<TestValue>> {
        let mut arguments = Some(Vec::with_capacity(facts.params.len()));
        for (name, ty) in facts.params.clone() {
            let given: Vec<(&[Name], &Literal)> = facts
                .values
                .iter()
                .filter_map(|(path, literal)| match path.split_first() {
                    Some((first, rest)) if first.text == name.text => Some((rest, *literal)),
                    _ => None,
                })
                .collect();
            let value =
                ty.and_then(|ty| self.assembled(&name.text, &ty, &given, &mut facts.who, span));
            arguments = arguments.zip(value).map(|(mut all, value)| {
                all.push(value);
                all
            });
        }
        arguments
    }

    /// A value from lines that give it as a whole, or field by field.
    fn assembled(
        &mut self,
        path: &str,
        ty: &Type,
        given: &[(&[Name], &Literal)],
        who: &mut Identities,
        span: Span,
    ) -> Option<TestValue> {
        if let Some((_, literal)) = given.iter().find(|(rest, _)| rest.is_empty()) {
            if given.iter().any(|(rest, _)| !rest.is_empty()) {
                self.given_twice(path, span_of(literal));
            }
            return self.literal(literal, ty, who);
        }
        match ty {
            Type::Option(inner) if !given.is_empty() => {
                let value = self.assembled(path, inner, given, who, span)?;
                return Some(TestValue::Option(Some(Box::new(value))));
            }
            Type::Option(_) => return Some(TestValue::Option(None)),
            Type::Did => return Some(TestValue::Identity(who.number(path))),
            Type::Record(id) if !given.is_empty() => {
                let fields = self.types.record(*id)?.fields.clone();
                let mut values = Vec::with_capacity(fields.len());
                for (name, ty) in fields {
                    let own: Vec<(&[Name], &Literal)> = given
                        .iter()
                        .filter_map(|(rest, literal)| match rest.split_first() {
                            Some((first, rest)) if first.text == name => Some((rest, *literal)),
                            _ => None,
                        })
                        .collect();
                    let path = format!("{path}.{name}");
                    values.push((name, self.assembled(&path, &ty, &own, who, span)?));
                }
                return Some(TestValue::Record(values));
            }
            _ => {}
        }
        let message = format!("the test does not give `{path}`");
        let found =
            Diagnostic::error(codes::GIVEN_MISSING, message, span, "not the whole question")
                .note(format!("add `given {path} = …`, of type `{}`", self.shown(ty)));
        self.out.push(found);
        None
    }

    fn given(&mut self, facts: &mut Facts<'a>, given: &'a ast::Given) {
        match &given.kind {
            GivenKind::Value(path, literal) => self.fact(facts, path, literal, given.span),
            GivenKind::Known(path) => {
                if let Some(who) = self.somebody(facts, path) {
                    facts.known.insert(who);
                }
            }
            GivenKind::Has(path, word, name) => {
                let kind = self.claim(word);
                if let Some((who, kind)) = self.somebody(facts, path).zip(kind) {
                    facts.known.insert(who);
                    facts.claims.push((who, kind, name.text.clone()));
                }
            }
            GivenKind::Record(store, key, literal) => self.given_record(facts, store, key, literal),
        }
    }

    fn given_record(
        &mut self,
        facts: &mut Facts<'_>,
        name: &Name,
        key: &ast::Text,
        literal: &Literal,
    ) {
        let Some((number, _)) = self.names.stores.get(name.text.as_str()).copied() else {
            let known: Vec<&str> = self.names.stores.keys().copied().collect();
            let found = unknown(codes::UNKNOWN_STORE, "store", &name.text, name.span, known);
            return self.out.push(found);
        };
        if facts.records.iter().any(|(store, known, _)| *store == number && *known == key.text) {
            return self.given_twice(&format!("{}[{:?}]", name.text, key.text), key.span);
        }
        let Some(schema) = self.stores.get(usize::from(number)).map(|store| store.schema) else {
            return;
        };
        if let Some(value) = self.literal(literal, &Type::Record(schema), &mut facts.who) {
            facts.records.push((number, key.text.clone(), value));
        }
    }

    /// `now`, or the trust or balance of somebody.
    fn fact(&mut self, facts: &mut Facts<'a>, path: &'a [Name], literal: &Literal, span: Span) {
        if let ([now], Literal::Expr(value)) = (path, literal)
            && now.text == "now"
        {
            if facts.now_ms.is_some() {
                self.given_twice("now", span);
            }
            if let Some(pluto_core::policy::Value::Time(ms)) = self.scalar_of(value, &Type::Time) {
                facts.now_ms = Some(ms);
            }
            return;
        }
        let place = path.iter().rposition(|name| matches!(name.text.as_str(), "trust" | "balance"));
        let Some((whose, [fact, rest @ ..])) = place.and_then(|place| path.split_at_checked(place))
        else {
            return self.no_such_path(facts, path);
        };
        let Some(who) = self.somebody(facts, whose) else { return };
        facts.known.insert(who);
        match (fact.text.as_str(), rest) {
            ("balance", []) => self.given_balance(facts, who, literal, path, span),
            ("trust", []) => {
                let Some(trust) = self.trust_of(literal) else { return };
                if facts.trust.insert(who, trust.map(Some)).is_some() {
                    self.given_twice(&joined(path), span);
                }
            }
            ("trust", [dimension]) => {
                let Some(place) = self.dimension(dimension) else { return };
                let Literal::Expr(share) = literal else { return self.no_such_path(facts, path) };
                let Some(share) = self.share(share) else { return };
                let slot = facts.trust.entry(who).or_default().get_mut(place);
                if slot.and_then(|slot| slot.replace(share)).is_some() {
                    self.given_twice(&joined(path), span);
                }
            }
            _ => self.no_such_path(facts, path),
        }
    }

    fn given_balance(
        &mut self,
        facts: &mut Facts<'_>,
        who: u16,
        literal: &Literal,
        path: &[Name],
        span: Span,
    ) {
        let value = self.literal(literal, &Type::Int, &mut facts.who);
        let Some(TestValue::Scalar(pluto_core::policy::Value::Int(amount))) = value else { return };
        if facts.balance.insert(who, amount).is_some() {
            self.given_twice(&joined(path), span);
        }
    }

    fn no_such_path(&mut self, facts: &Facts<'_>, path: &[Name]) {
        let Some(first) = path.first() else { return };
        let span = path.last().map_or(first.span, |last| first.span.to(last.span));
        let params: Vec<&str> = facts.params.iter().map(|(name, _)| name.text.as_str()).collect();
        let message = format!("`{}` is nothing the policy reads", joined(path));
        let mut found = Diagnostic::error(codes::GIVEN_PATH, message, span, "nothing of this name");
        if let Some(meant) = nearest(&first.text, &params) {
            found = found.note(format!("did you mean `{meant}`?")).fix(
                format!("write `{meant}`"),
                first.span,
                meant,
            );
        }
        let hint = "a test gives parameters, `now`, and `trust`, `balance`, `has …` and `known` of `subject` or anybody it names";
        self.out.push(found.note(hint));
    }

    /// The identity a path names: the subject, a parameter, or anybody.
    fn somebody(&mut self, facts: &mut Facts<'_>, path: &[Name]) -> Option<u16> {
        let first = path.first()?;
        if first.text == "subject" && path.len() == 1 {
            return Some(0);
        }
        match facts.type_at(self, path) {
            Some(Some(Type::Did)) => {
                let name = facts.named(path).unwrap_or_else(|| joined(path));
                Some(facts.who.number(&name))
            }
            // The parameter has an error of its own.
            Some(None) => None,
            None if path.len() == 1 => {
                let number = facts.who.number(&first.text);
                facts.spoken.push((number, first.clone()));
                Some(number)
            }
            _ => {
                self.no_such_path(facts, path);
                None
            }
        }
    }

    /// Reports facts about somebody who has no part in the question.
    fn spoken(&mut self, facts: &Facts<'_>) {
        for (_, name) in &facts.spoken {
            if facts.takes_part(&name.text) {
                continue;
            }
            let others: Vec<&str> = facts
                .who
                .names
                .iter()
                .map(String::as_str)
                .filter(|other| *other != name.text)
                .chain(facts.params.iter().map(|(param, _)| param.text.as_str()))
                .collect();
            let mut found = unknown(codes::GIVEN_PATH, "identity", &name.text, name.span, others);
            found = found.note(
                "the policy can only ask about `subject`, its parameters and what stands in them",
            );
            self.out.push(found);
        }
    }

    fn expectation(&mut self, test: &ast::Test, policy: usize) -> Option<Expectation> {
        let Some(expect) = &test.expect else {
            let message = "the test expects nothing";
            let found = Diagnostic::error(codes::EXPECT, message, test.title.span, "no `expect`")
                .note("write `expect allow`, `expect deny \"reason\"`, `expect escalate` or `expect fault overflow`");
            self.out.push(found);
            return None;
        };
        match expect.word.text.as_str() {
            "allow" => Some(Expectation::Allow),
            "escalate" => Some(Expectation::Escalate),
            "deny" => {
                let reason = expect.reason.as_ref();
                if let Some(reason) = reason {
                    self.reason(reason, policy);
                }
                Some(Expectation::Deny(reason.map(|reason| reason.text.clone())))
            }
            "fault" => {
                let name = expect.fault.as_ref()?;
                let fault = Fault::ALL.into_iter().find(|fault| fault.as_str() == name.text);
                if fault.is_none() {
                    let known = Fault::ALL.map(Fault::as_str);
                    let found = unknown(codes::EXPECT, "fault", &name.text, name.span, known);
                    self.out.push(found);
                }
                fault.map(Expectation::Fault)
            }
            other => {
                let known = ["allow", "deny", "escalate", "fault"];
                let found = unknown(codes::EXPECT, "outcome", other, expect.word.span, known);
                self.out.push(found);
                None
            }
        }
    }

    fn reason(&mut self, reason: &ast::Text, policy: usize) {
        let Some(reasons) = self.headers.get(policy).and_then(|header| header.reasons.clone())
        else {
            return;
        };
        if reasons.contains(&reason.text) {
            return;
        }
        let message = format!("no rule denies with the reason {:?}", reason.text);
        let mut found =
            Diagnostic::error(codes::EXPECT_REASON, message, reason.span, "no such reason");
        let known: Vec<&str> =
            reasons.iter().map(String::as_str).filter(|r| !r.is_empty()).collect();
        if let Some(meant) = nearest(&reason.text, &known) {
            found = found.note(format!("did you mean {meant:?}?")).fix(
                "write the reason of the rule",
                reason.span,
                format!("{meant:?}"),
            );
        }
        let hint = "a reason stands after the condition: `require c, \"reason\"`; without one, write `expect deny`";
        self.out.push(found.note(hint));
    }
}
