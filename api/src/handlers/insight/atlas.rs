//! The atlas page of a region.

use super::{HEADERS, KindStats, add_numbers, example_of_kind};
use crate::{
    app::App,
    auth::Caller,
    openapi::{Operation, add_answer, examples},
    problem::Problem,
    request::input::Input,
    shared::{self, Cost, Finished},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::{DateTime, Utc};
use domain::{
    event::Event,
    record::Record,
    reference::Reference,
    vocabulary::{Entry as _, Region, RegionCode},
};
use persistence::query::insight::Atlas;
use serde::Serialize;
use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, RefOr, SchemaFormat,
        schema::{Schema, Type},
    },
};

/// An organisation, and the number of its members in a region. The schema is that of a reference with one more field.
#[derive(Debug, Serialize)]
struct AtWork {
    #[serde(flatten)]
    reference: Reference,
    member_count: i64,
}

impl From<(Reference, i64)> for AtWork {
    fn from((reference, member_count): (Reference, i64)) -> Self {
        Self { reference, member_count }
    }
}

impl PartialSchema for AtWork {
    fn schema() -> RefOr<Schema> {
        let RefOr::T(Schema::Object(mut at_work)) = Reference::schema() else { return Reference::schema() };
        at_work.description = Some("An organisation that is active in a region.".to_owned());
        let count = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .description(Some("Number of its current public members there."))
            .minimum(Some(0))
            .examples([json!(17)]);
        at_work.properties.insert("member_count".to_owned(), count.into());
        at_work.into()
    }
}

impl ToSchema for AtWork {}

/// The atlas page of a region.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Atlas)]
struct AtlasPage {
    region: &'static Region,
    /// Clusters in the region, by name.
    clusters: Vec<Reference>,
    /// Initiatives with their seat or current public members there, by name.
    initiatives: Vec<AtWork>,
    /// Networks with their seat or current public members there, by name.
    networks: Vec<AtWork>,
    /// Statistics of the members there.
    members: KindStats,
    /// Current and upcoming events there, earliest first.
    #[schema(value_type = Vec<Event>, max_items = 20)]
    events: Vec<Record<Event>>,
}

/// Returns the atlas page of a region.
///
/// # Errors
/// 404 for an unknown region.
pub(super) async fn read(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let code = request.match_info().get("code").and_then(RegionCode::parse).ok_or_else(Problem::not_found)?;
    let validated = Input::of(&request).finish()?;
    let key = format!("atlas {}", code.entry().code);
    shared::answer(validated, &app, &request, &caller, (key, Cost::Heavy), move |store| {
        let Atlas { clusters, initiatives, networks, members, events } = store.atlas(&code)?;
        // When an event ends, another takes its place.
        let until: Option<DateTime<Utc>> = events.iter().map(|event| event.content.ends_at.utc()).min();
        let region = code.entry();
        let at_work = |list: Vec<(Reference, i64)>| list.into_iter().map(AtWork::from).collect();
        let (initiatives, networks) = (at_work(initiatives), at_work(networks));
        let page = AtlasPage { region, clusters, initiatives, networks, members: members.into(), events };
        Ok(Finished { until, ..Finished::json(&page)? })
    })
    .await
}

pub(super) fn describe() -> Operation {
    let mut at_work = examples::reference();
    at_work["member_count"] = json!(17);
    let example = json!({
        "region": Region::all().first(), "clusters": [], "initiatives": [at_work], "networks": [],
        "members": example_of_kind(), "events": [examples::record::<Event>()]
    });
    Operation::new("insight", "read_atlas", "Get the atlas page of a region")
        .description("Returns the data for a page about a region in one call:\n\n- clusters whose regions include this one, or one above or below it\n- initiatives and networks with their seat or current public members there, with the number of these members\n- statistics of the members there\n- the next 20 events there that are not cancelled, those in progress first\n\nThe seat follows from `location`, by the nearest district seat. Without a location, the regions of the record are used.")
        .schemas(add_numbers)
        .schemas(|schemas| add_answer::<AtWork>(schemas, &at_work))
        .json::<AtlasPage>("The atlas page.", &HEADERS, &example)
        .refusals(&[404, 406])
        .revalidated()
}
