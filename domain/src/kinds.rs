//! The one list of kinds: routes, descriptions, storage and tests go through it.

use crate::{
    cluster::Cluster, content::Content, event::Event, initiative::Initiative, kind::Kind, measure::Measure,
    member::Member, network::Network,
};

/// Something to be done once for every kind: mount its routes, describe it, test it.
pub trait KindVisitor {
    /// Does it for one.
    fn visit<C: Content>(&mut self);
}

/// The one list of kinds, in the order in which they may refer to each other.
pub fn every_kind(visitor: &mut impl KindVisitor) {
    visitor.visit::<Cluster>();
    visitor.visit::<Initiative>();
    visitor.visit::<Network>();
    visitor.visit::<Measure>();
    visitor.visit::<Event>();
    visitor.visit::<Member>();
}

/// Something to be done for the one kind that a word names.
pub trait KindFunction {
    /// What it gives.
    type Output;
    /// Does it.
    fn call<C: Content>(self) -> Self::Output;
}

/// Does something for the kind that is only known at run time.
pub fn with_kind<F: KindFunction>(kind: Kind, function: F) -> F::Output {
    match kind {
        Kind::Cluster => function.call::<Cluster>(),
        Kind::Initiative => function.call::<Initiative>(),
        Kind::Network => function.call::<Network>(),
        Kind::Measure => function.call::<Measure>(),
        Kind::Event => function.call::<Event>(),
        Kind::Member => function.call::<Member>(),
    }
}
