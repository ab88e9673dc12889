"""Reads records as schema.org, expands them with a JSON-LD processor, and looks their terms up.

    records.py http://127.0.0.1:8080
"""

import json
import sys

from portal import read
from pyld import jsonld
from rdflib import Graph, RDF, SDO, URIRef

# No processor may ask schema.org here. This is what its context says about the terms that are used: all terms are of
# its vocabulary, and these are addresses.
ADDRESSES = ["url", "sameAs", "inDefinedTermSet", "eventStatus", "eventAttendanceMode", "target"]
CONTEXT = {"@context": {"@vocab": str(SDO), **{name: {"@id": f"{SDO}{name}", "@type": "@id"} for name in ADDRESSES}}}
# A property that every record of a collection has.
TYPICAL = {"events": SDO.startDate, "members": SDO.location, "measures": SDO.serviceType, "operations": SDO.funder}


def loader(url, _options=None):
    assert url == "https://schema.org/", url
    return {"contentType": "application/ld+json", "contextUrl": None, "documentUrl": url, "document": CONTEXT}


def graph(document):
    """The triples of a document, by PyLD."""
    quads = jsonld.to_rdf(document, {"documentLoader": loader, "format": "application/n-quads"})
    return Graph().parse(data=quads, format="nt")


def values(node):
    """Every value at any depth."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    yield node
    for value in inner:
        yield from values(value)


def check(url, collection, key):
    """One record. Its document has the triples that it says, in terms that schema.org has."""
    body = read(f"{url}/api/v1/{collection}/{key}.jsonld")
    assert body == read(f"{url}/api/v1/{collection}/{key}", "application/ld+json")
    assert b"<" not in body, "a document may stand in a script element"
    document = json.loads(body)
    empty = [value for value in values(document) if value in (None, [], {}, "")]
    assert not empty, "members without a value are omitted"
    triples = graph(document)
    subject = URIRef(f"{url}/api/v1/{collection}/{key}")
    assert (subject, SDO.name, None) in triples and (subject, SDO.description, None) in triples or collection == "members"
    assert (subject, TYPICAL.get(collection, SDO.areaServed), None) in triples, collection
    for _, predicate, value in triples:
        terms = [predicate] + [value] * (predicate == RDF.type)
        for term in terms:
            name = str(term).removeprefix(str(SDO))
            assert term == RDF.type or (name != str(term) and name in SDO), f"{term} is not a term of schema.org"
    return triples


def main(url):
    everything, count, types = Graph(), 0, {}
    for collection in [link["href"].rsplit("/", 1)[1] for link in json.loads(read(f"{url}/api/v1"))["collections"]]:
        records = json.loads(read(f"{url}/api/v1/{collection}?limit=200"))["items"]
        for record in records:
            triples = check(url, collection, record.get("slug") or record["id"])
            everything += triples
            count += 1
        types[collection] = sorted({str(value).removeprefix(str(SDO)) for record in records
                                    for value in everything.objects(URIRef(f"{url}/api/v1/{collection}/{record.get('slug') or record['id']}"), RDF.type)})
    for collection, names in types.items():
        print(f"{collection}: {', '.join(names)}")
    # References lead to records, whatever their kind.
    for predicate in (SDO.memberOf, SDO.member, SDO.organizer, SDO.fundedItem):
        for target in set(everything.objects(None, predicate)):
            if isinstance(target, URIRef):
                assert json.loads(read(str(target)))["id"], target
    print(f"{count} records, {len(everything)} triples")


main(*sys.argv[1:])
