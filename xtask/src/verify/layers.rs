//! Dependency edges point down: compares `cargo metadata` with `layers.toml`.
//!
//! What the table does not allow is forbidden: a crate without a layer, an edge to the same layer or
//! up, an edge to a kit that is not listed, a heavy dependency outside its owner, a module named by a
//! crate that may not. Development crates may look down, nobody looks at them.

mod modules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cargo_metadata::{Dependency, DependencyKind, Metadata, MetadataCommand, Package};
use serde::Deserialize;

use super::manifest::{line_of, line_with};
use super::tree::{required_toml, unreadable};
use crate::finding::{Finding, Rule};

const CHECK: &str = "layers";
const TABLE: &str = "layers.toml";

const BAD_TABLE: Rule = Rule::new(
    CHECK,
    "bad-table",
    "name each crate once, in one layer, and list only edges that point down",
);
const UNLISTED_CRATE: Rule =
    Rule::new(CHECK, "unlisted-crate", "give the crate a layer in layers.toml");
const DIRECTION: Rule = Rule::new(
    CHECK,
    "direction",
    "let both meet in a trait of pluto-core, or move the shared part down",
);
const UNLISTED_EDGE: Rule = Rule::new(
    CHECK,
    "unlisted-edge",
    "do without the kit, or decide the edge and list it under [edges] in layers.toml",
);
const DEV_CRATE: Rule = Rule::new(
    CHECK,
    "dev-crate",
    "product code cannot use a development crate; only a helper may be a dev-dependency",
);
const DEV_EDGE: Rule = Rule::new(
    CHECK,
    "dev-edge",
    "keep the development crate within the crates that its `may_see` names",
);
const OWNER: Rule =
    Rule::new(CHECK, "owner", "use what the owning crate offers instead of its dependency");
const KEEP_OUT: Rule = Rule::new(
    CHECK,
    "keep-out",
    "keep the crate pure: take a trait or plain values, and do this work above it",
);
const OPTIONAL: Rule = Rule::new(
    CHECK,
    "optional",
    "write `optional = true` and put the dependency behind a feature: there is a build without it",
);

const MODULE: Rule = Rule::new(
    CHECK,
    "module",
    "do without it: [modules] in layers.toml keeps what advises away from what decides",
);

/// Every rule of this check.
#[cfg(test)]
pub(crate) const RULES: &[Rule] = &[
    BAD_TABLE,
    UNLISTED_CRATE,
    DIRECTION,
    UNLISTED_EDGE,
    DEV_CRATE,
    DEV_EDGE,
    OWNER,
    KEEP_OUT,
    OPTIONAL,
    MODULE,
];

/// `layers.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Table {
    layer: Vec<Layer>,
    /// Crate to the kits it may see.
    #[serde(default)]
    edges: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    dev: Vec<DevCrate>,
    /// External dependency to the crates that may have it.
    #[serde(default)]
    owners: BTreeMap<String, Vec<String>>,
    /// Crate to the external dependencies it must never have.
    #[serde(default)]
    keep_out: BTreeMap<String, Vec<String>>,
    /// Crate to the external dependencies it must be able to do without.
    #[serde(default)]
    optional: BTreeMap<String, Vec<String>>,
    /// Module, as `crate_name::module`, to the crates that may name it.
    #[serde(default)]
    modules: BTreeMap<String, Vec<String>>,
    /// Prefix of error codes to the crate that declares them.
    #[serde(default)]
    pub(crate) codes: BTreeMap<String, String>,
    /// Crates whose public surface has a snapshot.
    #[serde(default)]
    pub(crate) snapshots: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    number: u8,
    name: String,
    crates: Vec<String>,
    /// Edges into this layer must be listed.
    #[serde(default)]
    listed_edges_only: bool,
    /// This layer may see everything below without a list.
    #[serde(default)]
    sees_all: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DevCrate {
    name: String,
    /// Workspace crates it may depend on; `*` for all.
    may_see: Vec<String>,
    /// Any crate may have it as a dev-dependency.
    #[serde(default)]
    helper: bool,
}

impl DevCrate {
    fn sees_all(&self) -> bool {
        self.may_see.iter().any(|name| name == "*")
    }
}

impl Table {
    /// Reads `layers.toml` of the root for the check named.
    pub(crate) fn load(root: &Path, check: &'static str) -> Result<Self, Finding> {
        Ok(required_toml(root, TABLE, check)?.1)
    }

    fn layer(&self, name: &str) -> Option<&Layer> {
        self.layer.iter().find(|layer| layer.crates.iter().any(|member| member == name))
    }

    fn dev(&self, name: &str) -> Option<&DevCrate> {
        self.dev.iter().find(|member| member.name == name)
    }

    fn lists(&self, from: &str, to: &str) -> bool {
        self.edges.get(from).is_some_and(|kits| kits.iter().any(|kit| kit == to))
    }

    fn faults(&self) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        let mut seen = BTreeSet::new();
        let layered = self.layer.iter().flat_map(|layer| layer.crates.iter());
        for name in layered.chain(self.dev.iter().map(|member| &member.name)) {
            if !seen.insert(name) {
                faults.push((name.clone(), format!("`{name}` has more than one place")));
            }
        }
        for (from, kits) in &self.edges {
            for to in kits {
                let down = match (self.layer(from), self.layer(to)) {
                    (Some(from), Some(to)) => to.number < from.number,
                    _ => false,
                };
                if !down {
                    faults.push((
                        format!("{from} ="),
                        format!("edge `{from}` to `{to}` does not point down"),
                    ));
                }
            }
        }
        faults
    }

    /// The rule that the edge between two workspace crates breaks, and how.
    fn judge(&self, from: &str, to: &str, kind: DependencyKind) -> Option<(Rule, String)> {
        if let Some(dev) = self.dev(from) {
            let allowed = dev.sees_all() || dev.may_see.iter().any(|name| name == to);
            return (!allowed).then(|| (DEV_EDGE, format!("`{from}` may not see `{to}`")));
        }
        if let Some(dev) = self.dev(to) {
            let allowed = dev.helper && kind == DependencyKind::Development;
            return (!allowed)
                .then(|| (DEV_CRATE, format!("`{from}` depends on the development crate `{to}`")));
        }
        let (Some(upper), Some(lower)) = (self.layer(from), self.layer(to)) else { return None };
        if lower.number >= upper.number {
            let (up, low) = (
                format!("L{} {}", upper.number, upper.name),
                format!("L{} {}", lower.number, lower.name),
            );
            return Some((
                DIRECTION,
                format!("`{from}` ({up}) depends on `{to}` ({low}): edges point down only"),
            ));
        }
        let listed = !lower.listed_edges_only || upper.sees_all || self.lists(from, to);
        (!listed).then(|| {
            (UNLISTED_EDGE, format!("`{from}` depends on `{to}`, an edge that is not listed"))
        })
    }
}

/// Compares the workspace at `root` with its `layers.toml`.
pub(crate) fn check(root: &Path) -> Vec<Finding> {
    inspect(root).unwrap_or_else(|finding| vec![finding])
}

fn inspect(root: &Path) -> Result<Vec<Finding>, Finding> {
    let (text, table): (_, Table) = required_toml(root, TABLE, CHECK)?;
    let metadata = MetadataCommand::new()
        .manifest_path(root.join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .map_err(|error| unreadable(CHECK, "Cargo.toml", &error))?;
    let mut findings: Vec<Finding> = table
        .faults()
        .into_iter()
        .map(|(needle, message)| BAD_TABLE.at(TABLE, line_with(&text, &needle), message))
        .collect();
    for package in metadata.workspace_packages() {
        findings.extend(inspect_package(&table, &metadata, package)?);
    }
    findings.extend(modules::check(root, &text, &table, &metadata));
    Ok(findings)
}

fn inspect_package(
    table: &Table,
    metadata: &Metadata,
    package: &Package,
) -> Result<Vec<Finding>, Finding> {
    let place = package
        .manifest_path
        .strip_prefix(&metadata.workspace_root)
        .unwrap_or(&package.manifest_path);
    let manifest = std::fs::read_to_string(&package.manifest_path)
        .map_err(|error| unreadable(CHECK, place.as_str(), &error))?;
    let name = package.name.as_str();
    if table.layer(name).is_none() && table.dev(name).is_none() {
        let line = line_of(&manifest, "package", "name");
        return Ok(vec![UNLISTED_CRATE.at(place.as_str(), line, format!("`{name}` has no layer"))]);
    }
    let found = package.dependencies.iter().flat_map(|dependency| {
        let line = dependency_line(&manifest, dependency);
        let broken = broken_rules(table, metadata, name, dependency);
        broken.into_iter().map(move |(rule, message)| rule.at(place.as_str(), line, message))
    });
    Ok(found.collect())
}

fn broken_rules(
    table: &Table,
    metadata: &Metadata,
    from: &str,
    dependency: &Dependency,
) -> Vec<(Rule, String)> {
    let to = dependency.name.as_str();
    if metadata.workspace_packages().iter().any(|member| member.name.as_str() == to) {
        return table.judge(from, to, dependency.kind).into_iter().collect();
    }
    let exempt = table.dev(from).is_some_and(DevCrate::sees_all);
    if exempt || dependency.kind == DependencyKind::Development {
        return Vec::new();
    }
    let mut broken = Vec::new();
    if let Some(owners) = table.owners.get(to)
        && !owners.iter().any(|owner| owner == from)
    {
        let owners = if owners.is_empty() {
            "nobody".to_owned()
        } else {
            format!("`{}`", owners.join("`, `"))
        };
        broken.push((OWNER, format!("`{from}` depends on `{to}`, which belongs to {owners}")));
    }
    let names = |list: &BTreeMap<String, Vec<String>>| {
        list.get(from).is_some_and(|named| named.iter().any(|name| name == to))
    };
    if names(&table.keep_out) {
        broken.push((KEEP_OUT, format!("`{from}` depends on `{to}`, which must stay out of it")));
    }
    if names(&table.optional) && !dependency.optional {
        broken.push((OPTIONAL, format!("`{from}` cannot be built without `{to}`")));
    }
    broken
}

fn dependency_line(manifest: &str, dependency: &Dependency) -> usize {
    let table = match dependency.kind {
        DependencyKind::Development => "dev-dependencies",
        DependencyKind::Build => "build-dependencies",
        _ => "dependencies",
    };
    line_of(manifest, table, dependency.rename.as_deref().unwrap_or(&dependency.name))
}
