//! OGC API Features Part 1: Core (OGC 17-069r4), below `/ogc`.
//!
//! There is a collection for each kind that has locations, with the records that have one. Everything is public data,
//! the same for every caller: GIS projects are shared, and a layer must not depend on who opened it.
//!
//! Each resource is a JSON document. Its HTML page shows the same document ([`page`]), so it leaves nothing out.

mod collections;
mod definition;
mod description;
mod form;
mod items;
mod landing;
mod links;
mod map;
mod page;

use crate::table::{Address, Table};
use domain::{
    content::Content,
    kinds::{KindVisitor, every_kind},
};

/// The path of the landing page, without the slash of the standard's path `/`.
pub(crate) const ROOT: &str = "/ogc";

/// The coordinate reference system of all geometries: WGS 84, longitude first.
const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// The operations of this module. They have a document of their own, and are not part of `/openapi.json`.
pub(crate) fn mount(table: &mut impl Table) {
    table.tag("capabilities", "What this service is, and what it conforms to.");
    table.tag("data", "Collections and their features.");
    table.page(ROOT, landing::landing);
    table.get(&format!("{ROOT}/"), landing::landing, landing::describe);
    table.get(&format!("{ROOT}/conformance"), landing::conformance, landing::describe_conformance);
    table.get(&format!("{ROOT}/api"), definition::definition, definition::describe);
    table.get(&format!("{ROOT}/collections"), collections::list, collections::describe_list);
    every_kind(&mut Located(table));
}

/// Registers the routes of each kind that has locations.
struct Located<'a, T>(&'a mut T);

impl<T: Table> KindVisitor for Located<'_, T> {
    fn visit<C: Content>(&mut self) {
        if !C::LOCATED {
            return;
        }
        let collection = links::collection(C::KIND);
        self.0.get(&collection, collections::one::<C>, collections::describe_one::<C>);
        self.0.get(&format!("{collection}/items"), items::list::<C>, items::describe_list::<C>);
        self.0.address(&format!("{collection}/items/{{id}}"), |address| {
            address.parameters(|| [description::id()]).get(items::one::<C>, items::describe_one::<C>)
        });
    }
}
