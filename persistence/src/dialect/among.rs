//! `column IN (SELECT ...)` with a subquery that was boxed for the multi backend, which diesel's own cannot hold.

use crate::connection::MultiBackend;
use diesel::{
    AppearsOnTable, Expression, QueryResult, SelectableExpression,
    expression::{ValidGrouping, is_aggregate},
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::Bool,
};

/// Whether a column's value is among those that a subquery gives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Among<C, Q> {
    column: C,
    subquery: Q,
}

impl<C, Q> Among<C, Q> {
    /// `column IN (subquery)`; the subquery selects one column of the same type.
    pub(crate) fn new(column: C, subquery: Q) -> Self {
        Self { column, subquery }
    }
}

impl<C, Q> QueryId for Among<C, Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C, Q> QueryFragment<MultiBackend> for Among<C, Q>
where
    C: QueryFragment<MultiBackend>,
    Q: QueryFragment<MultiBackend>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (");
        self.subquery.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

impl<C: Expression, Q> Expression for Among<C, Q> {
    type SqlType = Bool;
}

impl<S, C: AppearsOnTable<S>, Q> AppearsOnTable<S> for Among<C, Q> {}

impl<S, C: SelectableExpression<S>, Q> SelectableExpression<S> for Among<C, Q> {}

impl<C, Q> ValidGrouping<()> for Among<C, Q> {
    type IsAggregate = is_aggregate::No;
}
