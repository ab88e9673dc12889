//! GraphML for Gephi, igraph and networkx.
//!
//! All edges are undirected, because these programs do not support mixed graphs. If a relation has a direction, it
//! goes from `source` to `target`.

use crate::problem::Problem;
use domain::graph::{Edge, Graph, Node};
use quick_xml::{
    Writer,
    events::{BytesDecl, BytesText, Event},
};
use std::io::Result;

/// Media type. Not registered, but in common use.
pub(crate) const MEDIA_TYPE: &str = "application/graphml+xml";

const NAMESPACE: &str = "http://graphml.graphdrawing.org/xmlns";
const SCHEMA: &str =
    "http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.1/graphml.xsd";

/// Attributes of nodes and edges: element, name and type.
///
/// Gephi shows the attribute `label`, igraph the attribute `name`.
const KEYS: [(&str, &str, &str); 7] = [
    ("node", "label", "string"),
    ("node", "name", "string"),
    ("node", "kind", "string"),
    ("node", "degree", "int"),
    ("node", "betweenness", "double"),
    ("edge", "weight", "double"),
    ("edge", "relation", "string"),
];

type Xml = Writer<Vec<u8>>;

/// Writes a graph. Edges have ids, so that two nodes may have several.
///
/// # Errors
/// 500, only after a programming error.
pub(crate) fn write(graph: &Graph) -> std::result::Result<Vec<u8>, Problem> {
    let mut xml = Xml::new(Vec::new());
    document(&mut xml, graph).map_err(Problem::internal)?;
    Ok(xml.into_inner())
}

fn document(xml: &mut Xml, graph: &Graph) -> Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let root = xml
        .create_element("graphml")
        .with_attribute(("xmlns", NAMESPACE))
        .with_attribute(("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"))
        .with_attribute(("xsi:schemaLocation", SCHEMA));
    root.write_inner_content(|xml| {
        for (of, name, kind) in KEYS {
            let key = xml.create_element("key").with_attribute(("id", name)).with_attribute(("for", of));
            key.with_attribute(("attr.name", name)).with_attribute(("attr.type", kind)).write_empty()?;
        }
        let element = xml.create_element("graph").with_attribute(("edgedefault", "undirected"));
        element.write_inner_content(|xml| {
            graph.nodes.iter().try_for_each(|one| node(xml, one))?;
            graph.edges.iter().enumerate().try_for_each(|(number, one)| edge(xml, number, one))
        })?;
        Ok(())
    })?;
    Ok(())
}

fn node(xml: &mut Xml, node: &Node) -> Result<()> {
    let id = node.id.to_string();
    xml.create_element("node").with_attribute(("id", id.as_str())).write_inner_content(|xml| {
        data(xml, "label", &node.name)?;
        data(xml, "name", &node.name)?;
        data(xml, "kind", node.kind.as_str())?;
        data(xml, "degree", &node.degree.to_string())?;
        data(xml, "betweenness", &node.betweenness.to_string())
    })?;
    Ok(())
}

fn edge(xml: &mut Xml, number: usize, edge: &Edge) -> Result<()> {
    let (id, source, target) = (format!("e{number}"), edge.source.to_string(), edge.target.to_string());
    let element = xml
        .create_element("edge")
        .with_attribute(("id", id.as_str()))
        .with_attribute(("source", source.as_str()))
        .with_attribute(("target", target.as_str()));
    element.write_inner_content(|xml| {
        data(xml, "weight", &edge.weight.to_string())?;
        data(xml, "relation", edge.relation.as_str())
    })?;
    Ok(())
}

fn data(xml: &mut Xml, key: &str, value: &str) -> Result<()> {
    // Noncharacters are not allowed in XML (XML 1.0 section 2.2).
    let value = value.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    xml.create_element("data").with_attribute(("key", key)).write_text_content(BytesText::new(&value))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{graph::Relation, id::Id, kind::Kind};

    #[test]
    fn names_are_escaped_and_two_nodes_may_have_several_edges() {
        let [a, b] = [1, 2].map(|number| Id(uuid::Uuid::from_u128(number)));
        let edge = |relation| Edge { source: a, target: b, weight: 2, relation };
        let graph = Graph::new(
            vec![
                (a, Kind::Initiative, "Müller & <\"Söhne\">".to_owned()),
                (b, Kind::Network, "\u{ffff}".to_owned()),
            ],
            vec![edge(Relation::SharedMembers), edge(Relation::Participant)],
        );
        let text = String::from_utf8(write(&graph).unwrap()).unwrap();
        assert!(text.contains("<data key=\"name\">Müller &amp; &lt;&quot;Söhne&quot;&gt;</data>"), "{text}");
        assert!(text.contains("<data key=\"name\">\u{fffd}</data>"), "{text}");
        for (id, relation) in [("e0", "shared_members"), ("e1", "participant")] {
            let edge = format!(
                "<edge id=\"{id}\" source=\"{a}\" target=\"{b}\"><data key=\"weight\">2</data>\
                 <data key=\"relation\">{relation}</data></edge>"
            );
            assert!(text.contains(&edge), "{text}");
        }
    }
}
