//! Puts policies into the slots of a realm: by administrators, and only what verifies.

use std::sync::Arc;

use pluto_core::payload::{Role, payload_of};
use pluto_core::state::{MemberRecord, member_key, read};
use pluto_core::traits::{Effects, Engine, StateView};
use pluto_core::{Canonical, Component, Event, Kind, Verdict, VoidReason};

use crate::admission::{ADMISSION_POLICY, check_guards, check_signature};
use crate::payload::PolicyInstalled;
use crate::program::Program;
use crate::state::{ADMISSION_SLOT, SlotRecord, artifact_key, slot_key};
use crate::stores;
use crate::vm::Vm;

/// Keeps policies in component `EclPolicy`.
pub struct InstallEngine {
    vm: Arc<Vm>,
}

impl InstallEngine {
    /// Checks artifacts with `vm`.
    #[must_use]
    pub const fn new(vm: Arc<Vm>) -> Self {
        Self { vm }
    }

    fn install(
        &self,
        view: &dyn StateView,
        event: &Event,
        out: &mut Effects,
    ) -> Result<(), VoidReason> {
        let PolicyInstalled { slot, artifact } = payload_of(event)?;
        let member: Option<MemberRecord> =
            read(view, Component::Realm, &member_key(event.header.author));
        if member.is_none_or(|record| record.banned || record.role < Role::Admin) {
            return Err(VoidReason::NotAllowed);
        }
        let old: Option<SlotRecord> = read(view, Component::EclPolicy, &slot_key(&slot));
        if artifact.is_empty() {
            old.ok_or(VoidReason::NotFound)?;
            stores::install(view, &slot, None, out).map_err(|_| VoidReason::InvalidPolicy)?;
            out.remove(Component::EclPolicy, slot_key(&slot));
            return Ok(());
        }
        let program = self.vm.load_program(&artifact).map_err(|_| VoidReason::InvalidPolicy)?;
        let module = program.code().module();
        if slot == ADMISSION_SLOT && !is_admission(&program) || !check_guards(module) {
            return Err(VoidReason::InvalidPolicy);
        }
        let evolved = stores::install(view, &slot, Some(module), out);
        evolved.map_err(|_| VoidReason::InvalidPolicy)?;
        let record = SlotRecord { artifact: program.id(), event: event.id };
        out.put(Component::EclPolicy, artifact_key(&record.artifact), artifact);
        out.put(Component::EclPolicy, slot_key(&slot), record.encode());
        Ok(())
    }
}

/// Whether the policies that guard stores of the bundle have parameters that are known.
#[must_use]
pub fn guards_stores(program: &Program) -> bool {
    check_guards(program.code().module())
}

/// Whether the bundle can judge events: it has a policy `admission` with parameters that are known.
#[must_use]
pub fn is_admission(program: &Program) -> bool {
    program.policy(ADMISSION_POLICY).is_some_and(|policy| check_signature(&policy.params))
}

impl Engine for InstallEngine {
    fn component(&self) -> Component {
        Component::EclPolicy
    }

    fn kinds(&self) -> &'static [Kind] {
        &[Kind::PolicyInstalled]
    }

    fn step(&self, view: &dyn StateView, event: &Event, out: &mut Effects) -> Verdict {
        self.install(view, event, out).map_or_else(Verdict::Void, |()| Verdict::Effective)
    }
}
