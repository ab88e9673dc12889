"""Reads the catalogue in its three serialisations, and validates it against SHACL shapes.

    catalog.py http://127.0.0.1:8080 [SHAPES]
"""

import pathlib
import sys

import pyshacl
from portal import read
from rdflib import DCAT, DCTERMS, Graph, RDF, SH
from rdflib.compare import isomorphic

SERIALISATIONS = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml"}


def violations(graph, shapes):
    """The results of severity violation, and the number of all others."""
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, allow_warnings=True, allow_infos=True)
    results = list(report.subjects(RDF.type, SH.ValidationResult))
    broken = [result for result in results if (result, SH.resultSeverity, SH.Violation) in report]
    return [f"{report.value(it, SH.focusNode)} {report.value(it, SH.resultPath)}: {report.value(it, SH.resultMessage)}" for it in broken], len(results) - len(broken)


def validate(graph, folder):
    """Validates the catalogue. The shapes have to find what is missing in a catalogue without titles."""
    files = sorted(pathlib.Path(folder).glob("*.ttl"))
    assert files, f"{folder} has no shapes"
    for file in files:
        shapes = Graph().parse(file)
        broken, others = violations(graph, shapes)
        assert not broken, "\n".join([file.name, *broken])
        untitled = Graph()
        for triple in graph.triples((None, None, None)):
            if triple[1] != DCTERMS.title:
                untitled.add(triple)
        found, _ = violations(untitled, shapes)
        assert found, f"{file.name} finds nothing in a catalogue without titles"
        print(f"{file.name}: 0 violations, {others} warnings and infos")


def main(url, shapes=None):
    graphs = {extension: Graph().parse(data=read(f"{url}/catalog.{extension}"), format=parser)
              for extension, parser in SERIALISATIONS.items()}
    catalogue = graphs["ttl"]
    for extension, graph in graphs.items():
        assert isomorphic(graph, catalogue), f"catalog.{extension} is another graph than catalog.ttl"
    datasets = len(set(catalogue.subjects(RDF.type, DCAT.Dataset)))
    distributions = len(set(catalogue.subjects(RDF.type, DCAT.Distribution)))
    assert datasets >= 6 and distributions >= 4 * datasets
    print(f"{len(catalogue)} triples in each of {len(graphs)} serialisations: {datasets} datasets, {distributions} distributions")
    if shapes and pathlib.Path(shapes).is_dir():
        validate(catalogue, shapes)
    else:
        print(f"{'!' * 80}\nNOT VALIDATED: no folder with SHACL shapes ({shapes or 'none given'})\n{'!' * 80}", file=sys.stderr)


main(*sys.argv[1:])
