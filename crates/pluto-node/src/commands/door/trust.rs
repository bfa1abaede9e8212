//! Trust: the six values, who ranks where, and why.

use pluto_api::http::Answer;
use pluto_api::http::shape::{TrustShown, TrustValue};
use pluto_core::hex;
use pluto_core::trust::{Dimension, TrustWeights};
use pluto_engines::trust::{is_root, standing_key, vector};
use pluto_error::Result;

use super::super::names::party;
use super::super::trust;
use super::{NodeDoor, version};
use crate::node::label;

fn dimension(name: Option<&str>) -> Result<Dimension> {
    Ok(name.map(str::parse).transpose()?.unwrap_or(Dimension::Reliability))
}

impl NodeDoor {
    pub(super) fn trust(&self, name: &str, subject: &str) -> Result<Answer> {
        let (_, snapshot) = self.realm(name)?;
        let did = party(&self.context, &snapshot, subject)?;
        let values = vector(&*snapshot, did);
        let dimensions = Dimension::ALL.into_iter().map(|dimension| TrustValue {
            dimension: dimension.as_str(),
            value_ppm: values.get(dimension),
            key: hex::text(&standing_key(dimension, did)),
        });
        let shown = TrustShown {
            subject: did.to_string(),
            label: label(&snapshot, did),
            root: is_root(&*snapshot, did),
            norm_ppm: values.norm(&TrustWeights::DEFAULT),
            dimensions: dimensions.collect(),
        };
        Ok(Answer::shown(&shown)?.as_of(version(&snapshot)))
    }

    pub(super) fn ranking(&self, name: &str, of: Option<&str>, limit: usize) -> Result<Answer> {
        let (_, snapshot) = self.realm(name)?;
        let context = self.context();
        trust::top(&context, &snapshot, limit, dimension(of)?);
        Ok(Answer::of(context.out.take_all().1).as_of(version(&snapshot)))
    }

    pub(super) fn why(
        &self,
        name: &str,
        subject: &str,
        of: Option<&str>,
        limit: usize,
    ) -> Result<Answer> {
        let (_, snapshot) = self.realm(name)?;
        let context = self.context();
        let did = party(&context, &snapshot, subject)?;
        trust::why::run(&context, &self.node, &snapshot, did, dimension(of)?, limit)?;
        Ok(Answer::of(context.out.take_all().1).as_of(version(&snapshot)))
    }
}
