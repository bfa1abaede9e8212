//! JSON Schema as our OpenAPI document uses it: whether a value fits, and values that do.

use pluto_api::http::openapi;
use pluto_tests::Shuffle;
use pluto_tests::web::Answered;
use serde_json::{Map, Value, json};

/// The schemas of the document.
pub(super) struct Schemas(pub(super) Value);

impl Schemas {
    pub(super) fn of_the_document() -> Self {
        Self(openapi::document()["components"]["schemas"].clone())
    }

    /// Whether the document names this answer.
    pub(super) fn named(&self, operation: &Value, answer: &Answered) -> Result<(), String> {
        let responses = &operation["responses"];
        let named = responses.get(answer.status.to_string());
        if named.is_none() && !(400..500).contains(&answer.status) {
            return Err("the document does not name this status".to_owned());
        }
        let content = &named.unwrap_or(&responses["default"])["content"];
        let media = answer.header("content-type").unwrap_or_default();
        let essence = media.split(';').next().unwrap_or_default();
        let contents = content.as_object().cloned().unwrap_or_default();
        if contents.is_empty() {
            return if answer.body.is_empty() { Ok(()) } else { Err("a body".to_owned()) };
        }
        let same = |known: &&String| known.split(';').next() == Some(essence);
        let known = contents.keys().find(same).ok_or(format!("media type {media}"))?;
        if !essence.ends_with("json") {
            return Ok(());
        }
        let value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
        self.check(&contents[known]["schema"], &value, "answer")
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                let name = reference.strip_prefix("#/components/schemas/").unwrap();
                self.resolve(&self.0[name])
            }
            None => schema,
        }
    }

    /// The first thing that does not fit, with its place.
    pub(super) fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let schema = self.resolve(schema);
        let Some(rules) = schema.as_object() else { return Ok(()) };
        let wrong = |what: &str| Err(format!("{at}: expected {what}, found {value}"));
        let types = match &rules.get("type") {
            None => Vec::new(),
            Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).collect(),
            Some(one) => vec![one.as_str().unwrap_or_default()],
        };
        if !types.is_empty() && !types.iter().any(|name| is_of(name, value)) {
            return wrong(&types.join(" or "));
        }
        if rules.get("const").is_some_and(|only| only != value) {
            return wrong("another constant");
        }
        if rules.get("enum").and_then(Value::as_array).is_some_and(|all| !all.contains(value)) {
            return wrong("one of an enumeration");
        }
        if let Some(minimum) = rules.get("minimum").and_then(Value::as_f64)
            && value.as_f64().is_some_and(|found| found < minimum)
        {
            return wrong("more");
        }
        for word in ["anyOf", "oneOf"] {
            let Some(cases) = rules.get(word).and_then(Value::as_array) else { continue };
            let tried: Vec<_> = cases.iter().map(|case| self.check(case, value, at)).collect();
            if tried.iter().all(Result::is_err) {
                return Err(format!("{at}: none of {word}: {tried:?}"));
            }
        }
        if let Some(items) = value.as_array() {
            for (number, item) in items.iter().enumerate() {
                self.check(&schema["items"], item, &format!("{at}[{number}]"))?;
            }
        }
        if let Some(fields) = value.as_object() {
            self.check_fields(schema, fields, at)?;
        }
        Ok(())
    }

    fn check_fields(
        &self,
        schema: &Value,
        fields: &Map<String, Value>,
        at: &str,
    ) -> Result<(), String> {
        for name in schema["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(name.as_str().unwrap()) {
                return Err(format!("{at}: {name} is missing"));
            }
        }
        for (name, value) in fields {
            let place = format!("{at}.{name}");
            match (schema["properties"].get(name), schema.get("additionalProperties")) {
                (Some(known), _) => self.check(known, value, &place)?,
                (None, Some(Value::Bool(false))) => return Err(format!("{place}: unknown")),
                (None, Some(other)) => self.check(other, value, &place)?,
                // What is not said of an answer is not in it.
                (None, None) if schema.get("properties").is_some() => {
                    return Err(format!("{place}: undocumented"));
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    /// A value that fits, its texts out of `texts`; where it need not, now and then one that does not.
    pub(super) fn make(
        &self,
        schema: &Value,
        texts: &dyn Fn(&str, &mut Shuffle) -> String,
        name: &str,
        random: &mut Shuffle,
        hostile: bool,
    ) -> Value {
        if hostile && random.below(4) == 0 {
            return anything(random);
        }
        let schema = self.resolve(schema);
        for word in ["anyOf", "oneOf"] {
            let Some(cases) = schema[word].as_array() else { continue };
            let case = &cases[random.below(cases.len())];
            let mut made = self.make(case, texts, name, random, hostile);
            let own = json!({ "type": "object", "properties": schema["properties"],
                "required": schema["required"] });
            if let (Some(_), Some(fields)) = (schema.get("properties"), made.as_object_mut())
                && let Value::Object(more) = self.make(&own, texts, name, random, false)
            {
                fields.extend(more);
            }
            return made;
        }
        if let Some(only) = schema.get("const") {
            return only.clone();
        }
        if let Some(all) = schema["enum"].as_array() {
            return all[random.below(all.len())].clone();
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => kinds[random.below(kinds.len())].as_str().unwrap_or_default(),
            one => one.as_str().unwrap_or("object"),
        };
        match kind {
            "string" => texts(name, random).into(),
            "integer" | "number" => schema["minimum"]
                .as_u64()
                .unwrap_or(0)
                .max([0, 1, 7, u64::from(u32::MAX), 4_000_000_000_000][random.below(5)])
                .min(schema["maximum"].as_u64().unwrap_or(u64::MAX))
                .into(),
            "boolean" => (random.below(2) == 0).into(),
            "array" => {
                let one = |random: &mut Shuffle| {
                    self.make(&schema["items"], texts, name, random, hostile)
                };
                (0..1 + random.below(2)).map(|_| one(random)).collect()
            }
            "object" => self.make_fields(schema, texts, random, hostile),
            _ => Value::Null,
        }
    }

    fn make_fields(
        &self,
        schema: &Value,
        texts: &dyn Fn(&str, &mut Shuffle) -> String,
        random: &mut Shuffle,
        hostile: bool,
    ) -> Value {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let mut fields = Map::new();
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            if required.iter().any(|one| one == name) || random.below(3) == 0 {
                fields.insert(name.clone(), self.make(field, texts, name, random, hostile));
            }
        }
        if hostile && random.below(4) == 0 {
            fields.insert("nothing".to_owned(), anything(random));
        }
        Value::Object(fields)
    }
}

fn is_of(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn anything(random: &mut Shuffle) -> Value {
    let all = [
        Value::Null,
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!(""),
        json!("\u{0}"),
        json!("\u{202e}x"),
        json!("x".repeat(70_000)),
        json!([]),
        json!([[[[]]]]),
        json!({}),
        json!({ "": "" }),
    ];
    all[random.below(all.len())].clone()
}
