//! The HTML page of a document. It shows all of the document, and every link in it (requirement `/req/html/content`).
//!
//! Templates escape all text. Only addresses with `http` or `https` become links.

use super::{
    form::HTML,
    map::{Drawing, Map},
};
use crate::problem::Problem;
use askama::Template;
use serde_json::Value;

/// The style of every page. The policy of a page contains its hash.
pub(super) const STYLE: &str = include_str!("../../../templates/ogc/style.css");

/// A page that shows a JSON document.
#[derive(Debug)]
pub(super) struct Page {
    title: String,
    about: String,
    /// Names and addresses of the pages above.
    trail: Vec<(String, String)>,
    document: Value,
    map: Option<Map>,
    /// The addresses of the features, in their order.
    addresses: Vec<String>,
}

impl Page {
    pub(super) fn new(title: impl Into<String>, about: impl Into<String>, document: Value) -> Self {
        let (title, about) = (title.into(), about.into());
        Self { title, about, trail: Vec::new(), document, map: None, addresses: Vec::new() }
    }

    /// Adds the page above, after those that were added before.
    pub(super) fn below(mut self, name: impl Into<String>, href: String) -> Self {
        self.trail.push((name.into(), href));
        self
    }

    /// Adds a map. Features of the document have the addresses of its marks.
    pub(super) fn with_map(mut self, map: Map) -> Self {
        self.addresses = map.marks.iter().map(|mark| mark.href.clone()).collect();
        self.map = Some(map);
        self
    }
}

/// Writes a page.
///
/// # Errors
/// 500, only after a programming error.
pub(super) fn render(page: Page) -> Result<String, Problem> {
    let Page { title, about, trail, mut document, map, addresses } = page;
    let definition = document.get("openapi").is_some().then(|| format!("{document:#}"));
    // The head of the page shows these.
    if let Some(fields) = document.as_object_mut() {
        fields.retain(|name, value| {
            !(name == "title" && *value == title || name == "description" && *value == about)
        });
    }
    let mut take = |name: &str| document.as_object_mut().and_then(|fields| fields.shift_remove(name));
    let [links, features, collections, paths] = ["links", "features", "collections", "paths"].map(&mut take);
    let mut articles: Vec<Article> = listed(features.as_ref())
        .iter()
        .zip(addresses)
        .map(|(feature, href)| Article::of_feature(feature, href))
        .collect();
    articles.extend(listed(collections.as_ref()).iter().map(Article::of_collection));
    let view = View {
        title: &title,
        about: &about,
        trail: &trail,
        map: map.as_ref().and_then(Map::drawn),
        links: listed(links.as_ref()).iter().filter_map(Link::of).collect(),
        articles,
        operations: paths
            .as_ref()
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(path, item)| Operation::of(path, item, &document))
            .collect(),
        definition,
        rest: &document,
    };
    view.render().map_err(Problem::internal)
}

/// A page as its template sees it.
#[derive(Template)]
#[template(path = "ogc/page.html")]
struct View<'a> {
    title: &'a str,
    about: &'a str,
    trail: &'a [(String, String)],
    map: Option<Drawing<'a>>,
    links: Vec<Link<'a>>,
    articles: Vec<Article<'a>>,
    operations: Vec<Operation<'a>>,
    /// The whole document, if it is the definition of the API.
    definition: Option<String>,
    /// What is shown nowhere else.
    rest: &'a Value,
}

impl View<'_> {
    fn has_rest(&self) -> bool {
        self.rest.as_object().is_some_and(|fields| !fields.is_empty())
    }

    fn style(&self) -> &'static str {
        STYLE
    }

    fn shown<'v>(&self, value: &'v Value) -> Shown<'v> {
        Shown { value }
    }
}

/// A JSON value: an object as terms and their descriptions, an array as a list.
#[derive(Template)]
#[template(path = "ogc/value.html")]
struct Shown<'a> {
    value: &'a Value,
}

impl Shown<'_> {
    /// Whether a text is the address of something on the web.
    fn is_address(text: &str) -> bool {
        text.starts_with("http://") || text.starts_with("https://")
    }

    /// The language of a field that has the name of one.
    fn language(name: &str) -> Option<&str> {
        matches!(name, "de" | "en").then_some(name)
    }

    fn shown<'v>(&self, value: &'v Value) -> Shown<'v> {
        Shown { value }
    }
}

/// A link of a document.
struct Link<'a> {
    href: &'a str,
    rel: &'a str,
    media_type: &'a str,
    title: &'a str,
}

impl<'a> Link<'a> {
    /// A value as a link, if it is one.
    fn of(value: &'a Value) -> Option<Self> {
        let text = |name: &str| value.get(name)?.as_str();
        let href = text("href").filter(|href| Shown::is_address(href))?;
        let (rel, media_type) = (text("rel")?, text("type")?);
        Some(Self { href, rel, media_type, title: text("title").unwrap_or(href) })
    }
}

/// A feature or a collection within a page.
struct Article<'a> {
    id: &'a str,
    name: &'a str,
    /// The language of the name.
    language: &'static str,
    href: String,
    value: &'a Value,
}

impl<'a> Article<'a> {
    fn of_feature(value: &'a Value, href: String) -> Self {
        let properties = &value["properties"];
        let name = ["name", "title"].iter().find_map(|field| {
            let name = properties.get(field)?;
            name.as_str().or(name["de"].as_str())
        });
        let id = value["id"].as_str().unwrap_or_default();
        Self { id, name: name.unwrap_or(id), language: "de", href, value }
    }

    fn of_collection(value: &'a Value) -> Self {
        let text = |name: &str| value[name].as_str().unwrap_or_default();
        let own = listed(value.get("links")).iter().filter_map(Link::of).find(|link| link.media_type == HTML);
        let href = own.map(|link| link.href.to_owned()).unwrap_or_default();
        Self { id: text("id"), name: text("title"), language: "en", href, value }
    }
}

/// An operation of the definition.
struct Operation<'a> {
    path: &'a str,
    summary: &'a str,
    description: &'a str,
    /// Names and descriptions.
    parameters: Vec<(&'a str, &'a str)>,
}

impl<'a> Operation<'a> {
    fn of(path: &'a str, item: &'a Value, definition: &'a Value) -> Self {
        let text = |name: &str| item["get"][name].as_str().unwrap_or_default();
        let parameters = listed(item["get"].get("parameters")).iter();
        let named = |parameter: &'a Value| {
            let shared = parameter["$ref"].as_str();
            let shared = shared.and_then(|pointer| definition.pointer(pointer.trim_start_matches('#')));
            let parameter = shared.unwrap_or(parameter);
            Some((parameter["name"].as_str()?, parameter["description"].as_str().unwrap_or_default()))
        };
        let parameters = parameters.filter_map(named).collect();
        Self { path, summary: text("summary"), description: text("description"), parameters }
    }
}

fn listed(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
