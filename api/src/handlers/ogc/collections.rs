//! Collections, and their extents in space and time.

use super::{
    CRS84, ROOT, description,
    form::{F, Form, Nature, guarded},
    landing::TITLE,
    links::{self, Link},
    map::Map,
    page::Page,
};
use crate::{
    app::App,
    auth::Caller,
    openapi::{Operation, add_answer},
    problem::Problem,
    request::input::Input,
    shared::{self, Cost},
};
use actix_web::{HttpRequest, HttpResponse, web::Data};
use domain::{
    content::Content,
    kind::Kind,
    kinds::{KindVisitor, every_kind},
    place::BoundingBox,
    time::{Span, rfc3339},
};
use persistence::{query::extent::Extent, store::Store};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// A collection: the records of a kind that have a location.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Collection {
    /// Identifier, as in addresses.
    #[schema(example = "members")]
    id: &'static str,
    title: String,
    description: &'static str,
    /// Extent of the features. Absent if there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    extent: Option<ExtentOf>,
    /// Always `feature`.
    #[serde(rename = "itemType")]
    item_type: &'static str,
    /// Coordinate reference systems of the geometries.
    crs: [&'static str; 1],
    links: Vec<Link>,
}

/// The extent of the features of a collection.
#[derive(Debug, Serialize, ToSchema)]
struct ExtentOf {
    #[schema(inline)]
    spatial: Spatial,
    /// Only for collections whose features have a period.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    temporal: Option<Temporal>,
}

/// The smallest box around all features.
#[derive(Debug, Serialize, ToSchema)]
struct Spatial {
    /// One box, as west, south, east, north in degrees.
    bbox: [[f64; 4]; 1],
    /// Coordinate reference system of the box.
    crs: &'static str,
}

/// The period from the first start to the last end.
#[derive(Debug, Serialize, ToSchema)]
struct Temporal {
    /// One interval. Null stands for an open end.
    interval: [[Option<String>; 2]; 1],
    /// Temporal reference system of the interval.
    trs: &'static str,
}

/// All collections.
#[derive(Debug, Serialize, ToSchema)]
struct Collections {
    links: Vec<Link>,
    collections: Vec<Collection>,
}

impl From<Extent> for ExtentOf {
    fn from(Extent { area, period }: Extent) -> Self {
        let bbox = [[area.west, area.south, area.east, area.north]];
        let temporal = period.map(|Span { start, end }| Temporal {
            interval: [[start, end].map(|moment| moment.map(rfc3339))],
            trs: "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        });
        Self { spatial: Spatial { bbox, crs: CRS84 }, temporal }
    }
}

impl Collection {
    fn of<C: Content>(app: &App, store: &Store, form: Form) -> Result<Self, Problem> {
        let (path, title) = (links::collection(C::KIND), title(C::KIND));
        let at = |form| links::plain_address(app, &path, form);
        let mut links = links::own(form, Nature::Metadata, &title, at);
        links.extend(links::both(app, "items", &format!("{path}/items"), Nature::Features, &title));
        Ok(Self {
            id: C::KIND.plural(),
            description: C::ABOUT,
            extent: store.extent(C::KIND)?.map(ExtentOf::from),
            item_type: "feature",
            crs: [CRS84],
            links,
            title,
        })
    }

    /// The box around all features.
    fn area(&self) -> Option<BoundingBox> {
        let [west, south, east, north] = self.extent.as_ref()?.spatial.bbox[0];
        Some(BoundingBox { west, south, east, north })
    }
}

/// The title of a collection.
pub(super) fn title(kind: Kind) -> String {
    description::upper(kind.plural())
}

/// Returns all collections.
///
/// # Errors
/// 400 for any parameter but `f`, 406 for formats other than JSON and HTML.
pub(super) async fn list(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let form = input.choose_format_by(F, Nature::Metadata.offers())?;
    let validated = input.finish()?;
    let of = app.clone();
    let response = shared::answer(
        validated,
        &app,
        &request,
        &caller,
        (format!("ogc {form:?}"), Cost::Heavy),
        move |store| {
            let at = |form| links::plain_address(&of, &format!("{ROOT}/collections"), form);
            let links = links::own(form, Nature::Metadata, "Collections", at);
            let mut each = Each { app: &of, store, form, collections: Ok(Vec::new()) };
            every_kind(&mut each);
            let collections = Collections { links, collections: each.collections? };
            let areas = collections.collections.iter().filter_map(Collection::area).collect();
            Nature::Metadata.write(form, &collections, |document| {
                Page::new(
                    "Collections",
                    "A collection for each kind of record that has a location.",
                    document,
                )
                .below(TITLE, links::plain_address(&of, ROOT, Form::Html))
                .with_map(Map::of_areas(areas))
            })
        },
    );
    Ok(guarded(response.await?, form))
}

/// Collects the collection of each kind that has locations.
struct Each<'a> {
    app: &'a App,
    store: &'a Store,
    form: Form,
    collections: Result<Vec<Collection>, Problem>,
}

impl KindVisitor for Each<'_> {
    fn visit<C: Content>(&mut self) {
        if C::LOCATED
            && let Ok(collections) = &mut self.collections
        {
            match Collection::of::<C>(self.app, self.store, self.form) {
                Ok(collection) => collections.push(collection),
                Err(problem) => self.collections = Err(problem),
            }
        }
    }
}

/// Returns a collection.
///
/// # Errors
/// As [`list`].
pub(super) async fn one<C: Content>(
    caller: Caller,
    app: Data<App>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let mut input = Input::of(&request);
    let form = input.choose_format_by(F, Nature::Metadata.offers())?;
    let validated = input.finish()?;
    let (of, key) = (app.clone(), format!("ogc {} {form:?}", C::KIND));
    let response = shared::answer(validated, &app, &request, &caller, (key, Cost::Heavy), move |store| {
        let collection = Collection::of::<C>(&of, store, form)?;
        Nature::Metadata.write(form, &collection, |document| {
            page(&of, &collection.title, C::ABOUT, document)
                .with_map(Map::of_areas(collection.area().into_iter().collect()))
        })
    });
    Ok(guarded(response.await?, form))
}

/// A page below that of all collections.
pub(super) fn page(
    app: &App,
    title: impl Into<String>,
    about: impl Into<String>,
    document: serde_json::Value,
) -> Page {
    Page::new(title, about, document)
        .below(TITLE, links::plain_address(app, ROOT, Form::Html))
        .below("Collections", links::plain_address(app, &format!("{ROOT}/collections"), Form::Html))
}

fn example() -> serde_json::Value {
    json!({
        "id": "members", "title": "Members", "description": "Members.",
        "extent": { "spatial": { "bbox": [[7.5, 47.5, 10.5, 49.8]], "crs": CRS84 } },
        "itemType": "feature", "crs": [CRS84], "links": []
    })
}

pub(super) fn describe_list() -> Operation {
    Operation::new("data", "getCollections", "List the collections")
        .description(
            "Returns all collections, each with its extent. An extent is that of the current features.",
        )
        .parameters([description::f()])
        .schemas(|schemas| {
            add_answer::<Collection>(schemas, &example());
            description::make_optional(schemas, "Collection", &["extent"]);
            add_answer::<Collections>(schemas, &json!({ "links": [], "collections": [example()] }));
        })
        .answer("200", description::answer("The collections.", Nature::Metadata, "Collections"))
        .refusals(&[406])
        .revalidated()
}

pub(super) fn describe_one<C: Content>() -> Operation {
    let plural = C::KIND.plural();
    Operation::new("data", format!("describe{}", title(C::KIND)), format!("Get the collection {plural}"))
        .description(C::ABOUT)
        .parameters([description::f()])
        .answer("200", description::answer("The collection.", Nature::Metadata, "Collection"))
        .refusals(&[406])
        .revalidated()
}
