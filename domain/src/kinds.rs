//! The list of kinds. Routes, the OpenAPI document, storage and tests iterate over it.

use crate::{
    cluster::Cluster, content::Content, event::Event, initiative::Initiative, kind::Kind, measure::Measure,
    member::Member, network::Network, operation::Operation, record::Record,
};
use std::any::Any;

/// An action to run for every kind, such as mounting its routes.
pub trait KindVisitor {
    /// Runs the action for one kind.
    fn visit<C: Content>(&mut self);
}

/// Visits every kind, in a fixed order.
pub fn every_kind(visitor: &mut impl KindVisitor) {
    visitor.visit::<Cluster>();
    visitor.visit::<Initiative>();
    visitor.visit::<Network>();
    visitor.visit::<Measure>();
    visitor.visit::<Event>();
    visitor.visit::<Operation>();
    visitor.visit::<Member>();
}

/// A record of any kind, to look at each kind on its own.
#[derive(Clone, Copy, Debug)]
pub enum AnyRecord<'a> {
    /// A cluster.
    Cluster(&'a Record<Cluster>),
    /// An initiative.
    Initiative(&'a Record<Initiative>),
    /// A network.
    Network(&'a Record<Network>),
    /// A measure.
    Measure(&'a Record<Measure>),
    /// An event.
    Event(&'a Record<Event>),
    /// An operation.
    Operation(&'a Record<Operation>),
    /// A member.
    Member(&'a Record<Member>),
}

impl<'a> AnyRecord<'a> {
    /// The record, as one of its kind. Never `None`: each kind has one type.
    pub fn of<C: Content>(record: &'a Record<C>) -> Option<Self> {
        let record: &dyn Any = record;
        match C::KIND {
            Kind::Cluster => record.downcast_ref().map(Self::Cluster),
            Kind::Initiative => record.downcast_ref().map(Self::Initiative),
            Kind::Network => record.downcast_ref().map(Self::Network),
            Kind::Measure => record.downcast_ref().map(Self::Measure),
            Kind::Event => record.downcast_ref().map(Self::Event),
            Kind::Operation => record.downcast_ref().map(Self::Operation),
            Kind::Member => record.downcast_ref().map(Self::Member),
        }
    }
}

/// A function over a kind that is known only at run time.
pub trait KindFunction {
    /// The return type.
    type Output;
    /// Calls the function with the kind as type.
    fn call<C: Content>(self) -> Self::Output;
}

/// Calls `function` with the type of `kind`.
pub fn with_kind<F: KindFunction>(kind: Kind, function: F) -> F::Output {
    match kind {
        Kind::Cluster => function.call::<Cluster>(),
        Kind::Initiative => function.call::<Initiative>(),
        Kind::Network => function.call::<Network>(),
        Kind::Measure => function.call::<Measure>(),
        Kind::Event => function.call::<Event>(),
        Kind::Operation => function.call::<Operation>(),
        Kind::Member => function.call::<Member>(),
    }
}
