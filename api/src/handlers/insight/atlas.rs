//! What there is in a region.

use super::{HEADERS, KindStats, add_numbers, example_of_kind};
use crate::{
    app::App,
    auth::Caller,
    cache::{self, Finished},
    openapi::{Operation, add_answer, examples},
    problem::Problem,
    request::input::Input,
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

/// An organisation, and how many members it has in a region. Its schema is that of a reference with one field more.
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
        at_work.description = Some("An organisation that is at work in a region.".to_owned());
        let count = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .description(Some("How many current public members it has there."))
            .minimum(Some(0))
            .examples([json!(17)]);
        at_work.properties.insert("member_count".to_owned(), count.into());
        at_work.into()
    }
}

impl ToSchema for AtWork {}

/// What there is in a region.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Atlas)]
struct AtlasPage {
    region: &'static Region,
    /// The clusters that are at work there, by name.
    clusters: Vec<Reference>,
    /// The initiatives that have their seat or current public members there, by name.
    initiatives: Vec<AtWork>,
    /// The networks that have their seat or current public members there, by name.
    networks: Vec<AtWork>,
    /// Its members in numbers.
    members: KindStats,
    /// The next events there, those under way among them, earliest first.
    #[schema(value_type = Vec<Event>, max_items = 20)]
    events: Vec<Record<Event>>,
}

/// What there is in a region.
///
/// # Errors
/// 404 for a region that there is not.
pub(super) async fn read(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let code = request.match_info().get("code").and_then(RegionCode::parse).ok_or_else(Problem::not_found)?;
    let validated = Input::of(&request).finish()?;
    let key = format!("atlas {}", code.entry().code);
    cache::answer(validated, &app, &request, &caller, key, move |store| {
        let Atlas { clusters, initiatives, networks, members, events } = store.atlas(&code)?;
        // An event that is over makes room for another.
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
    Operation::new("insight", "read_atlas", "A region's page of the cluster atlas")
        .description("All that a page about a region needs, in one call: the clusters that name the region, or one above or below it, as where they are; the initiatives and networks at work there, which have their seat or current public members there, with the number of these; the numbers of its members; and the next 20 events there that were not cancelled, those under way first. A seat is where `location` lies, by the nearest seat of a district; without one, in the regions that are named.")
        .schemas(add_numbers)
        .schemas(|schemas| add_answer::<AtWork>(schemas, &at_work))
        .json::<AtlasPage>("The page.", &HEADERS, &example)
        .refusals(&[404, 406])
        .revalidated()
}
