//! The tables for diesel. Columns are explained in `migrations/`.

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::{MomentSql, UuidSql};

    records (id) {
        id -> UuidSql,
        number -> Integer,
        kind -> Text,
        slug -> Nullable<Text>,
        status -> Text,
        visible -> Bool,
        was_visible -> Bool,
        version -> BigInt,
        name -> Text,
        sort_name -> Text,
        starts_at -> Nullable<MomentSql>,
        ends_at -> MomentSql,
        lat -> Nullable<Double>,
        lon -> Nullable<Double>,
        x -> Nullable<Double>,
        y -> Nullable<Double>,
        z -> Nullable<Double>,
        chamber -> Nullable<Text>,
        external_id -> Nullable<Text>,
        content -> Text,
        content_hash -> Binary,
        created_at -> MomentSql,
        updated_at -> MomentSql,
        changed_at -> MomentSql,
        line_hash -> Nullable<BigInt>,
    }
}

diesel::table! {
    terms (number) {
        number -> Integer,
        kind -> Text,
        facet -> Text,
        value -> Text,
    }
}

diesel::table! {
    term_sets (term, visible, chunk) {
        term -> Integer,
        visible -> Bool,
        chunk -> Integer,
        records -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::DaySql;

    dated_terms (term, visible, in_set, last_day, first_day, record) {
        term -> Integer,
        visible -> Bool,
        in_set -> Bool,
        last_day -> DaySql,
        first_day -> DaySql,
        record -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::UuidSql;

    links (from_record, role, ordinal) {
        from_record -> UuidSql,
        role -> Text,
        ordinal -> Integer,
        to_record -> UuidSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::UuidSql;

    slugs (space, slug) {
        space -> Text,
        slug -> Text,
        record -> UuidSql,
        known -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::{MomentSql, UuidSql};

    revisions (seq) {
        seq -> BigInt,
        record -> UuidSql,
        kind -> Text,
        version -> BigInt,
        at -> MomentSql,
        action -> Text,
        actor -> Text,
        role -> Text,
        token -> Nullable<UuidSql>,
        slug -> Nullable<Text>,
        status -> Text,
        visible -> Bool,
        effect -> Nullable<Text>,
        public_slug -> Nullable<Text>,
        updated_at -> MomentSql,
    }
}

diesel::table! {
    past_contents (seq) {
        seq -> BigInt,
        content -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::{MomentSql, UuidSql};

    past_states (seq) {
        seq -> BigInt,
        record -> UuidSql,
        kind -> Text,
        shown -> Bool,
        sort_name -> Text,
        since -> MomentSql,
        until -> MomentSql,
        updated_at -> MomentSql,
        starts_at -> Nullable<MomentSql>,
        ends_at -> MomentSql,
        lat -> Nullable<Double>,
        lon -> Nullable<Double>,
        signature -> BigInt,
        terms -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::{DaySql, MomentSql, UuidSql};

    reference_spans (term, record, first_day, since) {
        term -> Integer,
        record -> UuidSql,
        first_day -> DaySql,
        last_day -> DaySql,
        since -> MomentSql,
        until -> Nullable<MomentSql>,
        shown -> Bool,
    }
}

diesel::table! {
    facts (name) {
        name -> Text,
        value -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::{MomentSql, UuidSql};

    idempotency_keys (digest) {
        digest -> Binary,
        body_hash -> Binary,
        record -> UuidSql,
        version -> BigInt,
        created_at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::{MomentSql, UuidSql};

    tokens (id) {
        id -> UuidSql,
        signing_key -> UuidSql,
        subject -> Text,
        role -> Text,
        chamber -> Nullable<Text>,
        organisation -> Nullable<UuidSql>,
        issued_at -> MomentSql,
        expires_at -> MomentSql,
        revoked_at -> Nullable<MomentSql>,
        last_used_at -> Nullable<MomentSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::{MomentSql, UuidSql};

    signing_keys (id) {
        id -> UuidSql,
        public_key -> Binary,
        created_at -> MomentSql,
        retired_at -> Nullable<MomentSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::{MomentSql, UuidSql};

    credential_events (seq) {
        seq -> BigInt,
        at -> MomentSql,
        action -> Text,
        actor -> Text,
        role -> Text,
        token -> Nullable<UuidSql>,
        kind -> Text,
        subject -> UuidSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::{MomentSql, UuidSql};

    // A view of `revisions` and `credential_events`.
    audit (seq) {
        seq -> BigInt,
        at -> MomentSql,
        action -> Text,
        actor -> Text,
        role -> Text,
        token -> Nullable<UuidSql>,
        kind -> Text,
        subject -> UuidSql,
        slug -> Nullable<Text>,
        status -> Nullable<Text>,
        version -> Nullable<BigInt>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::{MomentSql, UuidSql};

    sync_runs (id) {
        id -> UuidSql,
        chamber -> Text,
        state -> Text,
        mode -> Text,
        dry_run -> Bool,
        max_deletion_percent -> SmallInt,
        received -> BigInt,
        created -> BigInt,
        updated -> BigInt,
        unchanged -> BigInt,
        deleted -> BigInt,
        rejected -> BigInt,
        sweep -> Text,
        sweep_reason -> Nullable<Text>,
        started_at -> MomentSql,
        changed_at -> MomentSql,
        finished_at -> Nullable<MomentSql>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::UuidSql;

    sync_rejections (run, line) {
        run -> UuidSql,
        line -> BigInt,
        external_id -> Nullable<Text>,
        pointer -> Text,
        reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::{MomentSql, UuidSql};

    erasures (id) {
        id -> UuidSql,
        chamber -> Text,
        at -> MomentSql,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::UuidSql;

    // Only the columns that both databases have.
    search_documents (number) {
        number -> Integer,
        record -> UuidSql,
        kind -> Text,
        sort_name -> Text,
        names -> Text,
        hash -> BigInt,
    }
}

diesel::table! {
    use crate::types::UuidSql;

    sync_confirmed (run, record) {
        run -> UuidSql,
        record -> UuidSql,
    }
}

diesel::joinable!(reference_spans -> terms (term));
diesel::joinable!(links -> records (to_record));
diesel::joinable!(slugs -> records (record));
diesel::allow_tables_to_appear_in_same_query!(sync_runs, sync_rejections);
diesel::allow_tables_to_appear_in_same_query!(sync_confirmed, records);
diesel::allow_tables_to_appear_in_same_query!(
    records,
    terms,
    term_sets,
    dated_terms,
    links,
    slugs,
    revisions,
    past_contents,
    past_states,
    reference_spans
);
