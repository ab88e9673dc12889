"""Reads every vocabulary and its entries as SKOS.

    vocabularies.py http://127.0.0.1:8080
"""

import json
import sys

from portal import read
from rdflib import Graph, Literal, RDF, SKOS, URIRef

JSON_LD = "application/ld+json"


def graph(url, accept="*/*"):
    return Graph().parse(data=read(url, accept), format="json-ld")


def check(url):
    """One vocabulary: the scheme holds what the list holds, and each concept is the same alone."""
    scheme, whole = URIRef(url), graph(f"{url}.jsonld")
    assert len(whole) == len(graph(url, JSON_LD)), "by Accept as by extension"
    assert (scheme, RDF.type, SKOS.ConceptScheme) in whole
    concepts = set(whole.subjects(SKOS.inScheme, scheme))
    entries = json.loads(read(url))["items"]
    codes = {str(entry.get("code", entry.get("slug"))) for entry in entries}
    assert concepts == {URIRef(f"{url}/{code}") for code in codes}, "every entry is a concept"
    assert {str(code) for code in whole.objects(None, SKOS.notation)} == codes
    for concept in concepts:
        assert (concept, RDF.type, SKOS.Concept) in whole
        labels = list(whole.objects(concept, SKOS.prefLabel))
        assert sorted(str(label.language) for label in labels) in (["de", "en"], ["None"]), labels
        assert all(isinstance(label, Literal) for label in labels)
        is_top = (concept, SKOS.topConceptOf, scheme) in whole
        assert is_top != bool(set(whole.objects(concept, SKOS.broader))), concept
        for relation in (SKOS.broader, SKOS.narrower):
            inverse = SKOS.narrower if relation == SKOS.broader else SKOS.broader
            for other in whole.objects(concept, relation):
                assert other in concepts and (other, inverse, concept) in whole, (concept, relation, other)
    for concept in sorted(concepts)[:3]:
        alone = graph(f"{concept}.jsonld")
        assert set(alone) == set(whole.triples((concept, None, None))), concept
    matches = [len(list(whole.triples((None, match, None)))) for match in (SKOS.exactMatch, SKOS.broadMatch, SKOS.relatedMatch)]
    print(f"{url.rsplit('/', 1)[1]}: {len(concepts)} concepts; exact, broad, related matches: {matches}")
    return whole


def main(url):
    vocabularies = json.loads(read(f"{url}/api/v1"))["vocabularies"]
    assert len(vocabularies) >= 6
    everything = Graph()
    for vocabulary in vocabularies:
        everything += check(vocabulary["href"])
    known = set(everything.subjects(RDF.type, SKOS.Concept))
    for match in (SKOS.broadMatch, SKOS.relatedMatch):
        assert set(everything.objects(None, match)) <= known, "matches lead to concepts of other vocabularies"
    for code, uri in [("regions/DE111", "http://data.europa.eu/nuts/code/DE111"), ("industries/26", "http://data.europa.eu/ux2/nace2/26")]:
        assert (URIRef(f"{url}/api/v1/{code}"), SKOS.exactMatch, URIRef(uri)) in everything


main(*sys.argv[1:])
