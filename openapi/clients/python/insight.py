"""The landscape as a whole."""

from __future__ import annotations

import httpx
from client.api.initiatives import list_initiatives
from client.api.insight import check_admission, read_atlas, read_graph, read_stats
from client.models import (
    Admission,
    Atlas,
    CriterionId,
    CriterionSet,
    CriterionState,
    Graph,
    InitiativeList,
    Kind,
    ReadGraphKindItem,
    Relation,
    Stats,
)
from session import BASE, ok, refused, visitor


def stats() -> None:
    every = ok(read_stats.sync_detailed(client=visitor), Stats).kinds
    assert {numbers.kind for numbers in every} == set(Kind)
    assert any(year.year > 1900 and year.count > 0 for numbers in every for year in numbers.years)

    answer = read_stats.sync_detailed(client=visitor, kind=[Kind.INITIATIVE], region=["DE11"])
    [initiatives] = ok(answer, Stats).kinds
    found = list_initiatives.sync_detailed(client=visitor, region=["DE11"], with_total=True, limit=1)
    assert initiatives.count == ok(found, InitiativeList).total
    assert all(count.count <= initiatives.count for count in initiatives.facets["technology_field"])
    answer = read_stats.sync_detailed(
        client=visitor,
        region=["DE1"],
        planning_region=["stuttgart"],
        technology_field=["ikt"],
        industry=["C"],
        label=["go-cluster"],
    )
    assert [numbers.kind for numbers in ok(answer, Stats).kinds] == [Kind.INITIATIVE, Kind.NETWORK]
    print("  stats")


def atlas() -> None:
    page = ok(read_atlas.sync_detailed("DE111", client=visitor), Atlas)
    assert (page.region.code, page.members.kind) == ("DE111", Kind.MEMBER)
    whole = ok(read_atlas.sync_detailed("DE1", client=visitor), Atlas)
    assert all(reference.id and reference.slug and reference.name for reference in whole.initiatives)
    assert len(whole.clusters) >= len(page.clusters) and whole.members.count >= page.members.count
    assert whole.events == sorted(whole.events, key=lambda event: event.starts_at)
    refused(read_atlas.sync_detailed("XX9", client=visitor), 404)
    print("  atlas")


def graph() -> None:
    whole = ok(read_graph.sync_detailed(client=visitor), Graph)
    ids = {node.id for node in whole.nodes}
    assert whole.edges and all(edge.source in ids and edge.target in ids for edge in whole.edges)
    assert any(edge.relation is Relation.SHARED_MEMBERS and edge.weight > 1 for edge in whole.edges)
    assert all(node.degree >= 0 and 0 <= node.betweenness <= 1 for node in whole.nodes)
    answer = read_graph.sync_detailed(client=visitor, kind=[ReadGraphKindItem.NETWORK], region=["DE1"])
    assert all(node.kind is Kind.NETWORK for node in ok(answer, Graph).nodes)
    graphml = httpx.get(f"{BASE}/api/v1/graph", headers={"Accept": "application/graphml+xml"})
    assert graphml.status_code == 200 and graphml.text.count("<node ") == len(ids)
    print(f"  graph: {len(whole.nodes)} nodes, {len(whole.edges)} edges")


def admission() -> None:
    criteria = ok(check_admission.sync_detailed("packaging-valley", client=visitor), Admission).criteria
    assert {criterion.id for criterion in criteria} == set(CriterionId)
    assert {criterion.set_ for criterion in criteria} == set(CriterionSet)
    assert all(criterion.state in CriterionState and criterion.evidence for criterion in criteria)
    refused(check_admission.sync_detailed("gibt-es-nicht", client=visitor), 404)
    print("  admission")
