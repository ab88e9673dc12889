"""A program as a user would write it, with the client that openapi-python-client makes from openapi.json.

It reads without a token, writes every kind with one, and ends with an error on any difference.
Usage: python use.py BASE_URL, with an admin's or editor's token in the environment variable TOKEN.
"""

from __future__ import annotations

import datetime
import os
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

from client import AuthenticatedClient, Client
from client.api.clusters import (
    archive_cluster,
    count_clusters,
    create_cluster,
    list_clusters,
    patch_cluster,
    read_cluster,
    replace_cluster,
    restore_cluster,
)
from client.api.events import (
    archive_event,
    count_events,
    create_event,
    list_events,
    patch_event,
    read_event,
    replace_event,
    restore_event,
)
from client.api.initiatives import (
    archive_initiative,
    count_initiatives,
    create_initiative,
    list_initiatives,
    patch_initiative,
    read_initiative,
    replace_initiative,
    restore_initiative,
)
from client.api.measures import (
    archive_measure,
    count_measures,
    create_measure,
    list_measures,
    patch_measure,
    read_measure,
    replace_measure,
    restore_measure,
)
from client.api.members import (
    archive_member,
    count_members,
    create_member,
    list_members,
    patch_member,
    read_member,
    replace_member,
    restore_member,
)
from client.api.networks import (
    archive_network,
    count_networks,
    create_network,
    list_networks,
    patch_network,
    read_network,
    replace_network,
    restore_network,
)
from client.api.service import landing
from client.api.vocabularies import list_chambers, list_regions, read_region
from client.models import (
    AddressPatch,
    AffiliationInput,
    ChamberKind,
    ChamberList,
    Cluster,
    ClusterInput,
    ClusterPatch,
    ContactInput,
    ContactPatch,
    Event,
    EventInput,
    EventInputFormat,
    EventInputScope,
    EventPatch,
    Facets,
    Initiative,
    InitiativeInput,
    InitiativeList,
    InitiativePatch,
    LabelAwardInput,
    Landing,
    ListInitiativesSort,
    ListMembersKindItem,
    LocalBriefInput,
    LocalBriefPatch,
    LocalNameInput,
    LocalNamePatch,
    LocalProseInput,
    Location,
    ManagementPatch,
    Measure,
    MeasureInput,
    MeasureKind,
    MeasurePatch,
    Member,
    MemberInput,
    MemberKind,
    MemberList,
    MemberPatch,
    Network,
    NetworkInput,
    NetworkPatch,
    Problem,
    ReferenceInputType1,
    Region,
    RegionList,
    Visibility,
)
from client.types import Response, Unset


class Model(Protocol):
    """What every generated class can do."""

    def to_dict(self) -> dict[str, Any]: ...

    @classmethod
    def from_dict(cls, src_dict: dict[str, Any]) -> Any: ...


M = TypeVar("M")
Item = TypeVar("Item", bound=Model)
Input = TypeVar("Input", bound=Model)
Patch = TypeVar("Patch", bound=Model)


class List(Protocol):
    """A list of records, or one that is filtered already."""

    def __call__(
        self,
        *,
        client: AuthenticatedClient,
        limit: int = ...,
        cursor: str = ...,
        with_total: bool = ...,
        ids: list[uuid.UUID] = ...,
    ) -> Response[Any]: ...


class Count(Protocol):
    def __call__(self, *, client: AuthenticatedClient) -> Response[Any]: ...


class Read(Protocol):
    def __call__(self, key: str, *, client: AuthenticatedClient) -> Response[Any]: ...


class Archive(Protocol):
    def __call__(self, key: str, *, client: AuthenticatedClient, if_match: str) -> Response[Any]: ...


B_contra = TypeVar("B_contra", contravariant=True)


class Create(Protocol[B_contra]):
    def __call__(
        self, *, client: AuthenticatedClient, body: B_contra, idempotency_key: str = ...
    ) -> Response[Any]: ...


class Change(Protocol[B_contra]):
    def __call__(
        self, key: str, *, client: AuthenticatedClient, body: B_contra, if_match: str
    ) -> Response[Any]: ...


@dataclass
class Kind(Generic[Item, Input, Patch]):
    """A kind's operations, and what to do with them."""

    name: str
    item: type[Item]
    input_type: type[Input]
    list: List
    count: Count
    create: Create[Input]
    read: Read
    replace: Change[Input]
    patch: Change[Patch]
    archive: Archive
    restore: Read
    #: The body of POST, and the one of PATCH.
    body: Input
    change: Patch
    #: Fields as they must be after the patch.
    changed: dict[str, Any] = field(default_factory=dict)
    #: Well-typed, but against a rule, and where the fault lies.
    bad: Input | None = None
    pointer: str = ""


def ok(response: Response[Any], kind: type[M], status: int = 200) -> M:
    """The body of an answer that must have gone well."""
    assert response.status_code == status, response.content
    assert isinstance(response.parsed, kind), response.parsed
    return response.parsed


def page_of(response: Response[Any]) -> Any:
    """A page of a list; its class depends on the kind."""
    assert response.status_code == 200, response.content
    return response.parsed


def refused(response: Response[Any], status: int) -> Problem:
    """The problem of an answer that must be a refusal."""
    assert response.status_code == status, response.content
    problem = response.parsed
    assert isinstance(problem, Problem), problem
    assert response.headers["content-type"] == "application/problem+json"
    assert problem.status == status and problem.title and problem.detail
    assert f"{BASE}/problems/" in problem.type_ and problem.instance.startswith("/api/v1/")
    return problem


def pointers(problem: Problem) -> list[str]:
    assert not isinstance(problem.errors, Unset)
    return [str(error.pointer) for error in problem.errors]


def walk(pages: List, client: AuthenticatedClient) -> Iterator[Any]:
    """Every page to the end: each record once, and as many as `total` says."""
    page = page_of(pages(client=client, limit=9, with_total=True))
    total, seen = page.total, set()
    while True:
        for item in page.items:
            assert item.id not in seen
            seen.add(item.id)
            yield item
        if page.next_ is None:
            break
        [cursor] = parse_qs(urlsplit(page.next_).query)["cursor"]
        page = page_of(pages(client=client, limit=9, cursor=cursor))
    assert len(seen) == total, f"{len(seen)} records, total {total}"


def live(kind: Kind[Item, Input, Patch]) -> None:
    """The life of a record."""
    published = list(walk(kind.list, visitor))
    assert published and all(isinstance(item, kind.item) for item in published)
    counts = ok(kind.count(client=visitor), Facets).facets.additional_properties
    assert all(count.count > 0 for values in counts.values() for count in values)

    refused(kind.create(client=visitor, body=kind.body), 401)
    once = str(uuid.uuid4())
    creation = kind.create(client=editor, body=kind.body, idempotency_key=once)
    created = ok(creation, kind.item, 201).to_dict()
    again = kind.create(client=editor, body=kind.body, idempotency_key=once)
    assert ok(again, kind.item, 201).to_dict() == created, "one key, one record"
    assert (created["status"], created["version"]) == ("draft", 1)
    key = str(created.get("slug", created["id"]))
    assert creation.headers["location"] == f"{BASE}/api/v1/{kind.name}/{key}"
    assert ok(kind.read(key, client=editor), kind.item).to_dict() == created
    refused(kind.read(key, client=visitor), 404)

    # What was read can be written.
    body: Input = kind.input_type.from_dict({**created, "status": "published"})
    etag = creation.headers["etag"]
    replacement = kind.replace(key, client=editor, body=body, if_match=etag)
    replaced = ok(replacement, kind.item).to_dict()
    assert (replaced["status"], replaced["version"]) == ("published", 2)
    refused(kind.replace(key, client=editor, body=body, if_match=etag), 412)
    assert ok(kind.read(key, client=visitor), kind.item).to_dict() == replaced
    found = page_of(kind.list(client=visitor, ids=[uuid.UUID(str(created["id"]))]))
    assert [item.to_dict() for item in found.items] == [replaced]

    etag = replacement.headers["etag"]
    change = kind.patch(key, client=editor, body=kind.change, if_match=etag)
    changed = ok(change, kind.item).to_dict()
    expected = {**replaced, **kind.changed, "version": 3, "updated_at": changed["updated_at"]}
    assert changed == expected, f"a patch changes what it names, and nothing else:\n{changed}\n{expected}"

    etag = change.headers["etag"]
    assert kind.archive(key, client=editor, if_match=etag).status_code == 204
    refused(kind.read(key, client=visitor), 410)
    assert ok(kind.restore(key, client=editor), kind.item).to_dict()["status"] == "published"
    assert ok(kind.read(key, client=visitor), kind.item).to_dict()["id"] == created["id"]

    assert kind.pointer in pointers(refused(kind.create(client=editor, body=kind.bad), 422))
    print(f"  {kind.name}: {len(published)} read; created, replaced, patched, archived, restored, refused")


def filters() -> None:
    facets = ok(count_initiatives.sync_detailed(client=visitor), Facets).facets
    value = facets["technology_field"][0]
    page = ok(
        list_initiatives.sync_detailed(
            client=visitor,
            technology_field=[value.value],
            sort=ListInitiativesSort.VALUE_3,
            limit=200,
            with_total=True,
        ),
        InitiativeList,
    )
    assert page.total == value.count == len(page.items), "the list agrees with the facet"
    assert page.items == sorted(page.items, key=lambda item: item.updated_at, reverse=True)

    wanted = [ListMembersKindItem.COMPANY, ListMembersKindItem.UNIVERSITY]
    near = ok(
        list_members.sync_detailed(client=visitor, near="48.78,9.18", radius_km=25, kind=wanted, limit=200),
        MemberList,
    )
    assert near.items and all(item.kind in (MemberKind.COMPANY, MemberKind.UNIVERSITY) for item in near.items)

    answer = list_regions.sync_detailed(client=visitor)
    regions = ok(answer, RegionList).items
    assert any(region.code == "DE111" and region.parent == "DE11" and region.name.de for region in regions)
    assert ok(read_region.sync_detailed("DE1", client=visitor), Region).kind.value == "land"
    again = list_regions.sync_detailed(client=visitor, if_none_match=answer.headers["etag"])
    assert again.status_code == 304
    chambers = ok(list_chambers.sync_detailed(client=visitor), ChamberList).items
    assert [chamber.kind for chamber in chambers].count(ChamberKind.IHK) == 12

    refused(list_events.sync_detailed(client=visitor, region=["XX9"]), 400)
    refused(read_region.sync_detailed("XX9", client=visitor), 404)
    assert ok(landing.sync_detailed(client=visitor), Landing).limits.page_size == 200
    print("  filters, facets, vocabularies")


[BASE] = sys.argv[1:]
editor = AuthenticatedClient(base_url=BASE, token=os.environ["TOKEN"])
# The generator knows no optional tokens: its signatures ask for a client with one, also where the description says
# that none is needed. A plain client works there.
visitor = cast(AuthenticatedClient, Client(base_url=BASE))


def title(de: str) -> LocalNameInput:
    return LocalNameInput(de=f"{de} (Python)")


def brief(de: str) -> LocalBriefInput:
    return LocalBriefInput(de=de)


filters()
live(
    Kind(
        "clusters",
        Cluster,
        ClusterInput,
        list_clusters.sync_detailed,
        count_clusters.sync_detailed,
        create_cluster.sync_detailed,
        read_cluster.sync_detailed,
        replace_cluster.sync_detailed,
        patch_cluster.sync_detailed,
        archive_cluster.sync_detailed,
        restore_cluster.sync_detailed,
        body=ClusterInput(
            name=title("Sensorik am Neckar"),
            summary=LocalBriefInput(de="Firmen der Sensorik.", en="Firms of sensor technology."),
            technology_fields=["mikrosystemtechnik"],
            regions=["DE111"],
            visibility=Visibility.NATIONAL,
            location=Location(lat=48.78, lon=9.18),
        ),
        change=ClusterPatch(summary=LocalBriefPatch(en=None), location=None, industries=["26"]),
        changed={
            "summary": {"de": "Firmen der Sensorik.", "en": None},
            "location": None,
            "industries": ["26"],
        },
        bad=ClusterInput(
            name=title("Ohne Region"),
            summary=brief("Ohne Region."),
            technology_fields=["mikrosystemtechnik"],
            regions=["DE999"],
            visibility=Visibility.NATIONAL,
        ),
        pointer="/regions/0",
    )
)
live(
    Kind(
        "initiatives",
        Initiative,
        InitiativeInput,
        list_initiatives.sync_detailed,
        count_initiatives.sync_detailed,
        create_initiative.sync_detailed,
        read_initiative.sync_detailed,
        replace_initiative.sync_detailed,
        patch_initiative.sync_detailed,
        archive_initiative.sync_detailed,
        restore_initiative.sync_detailed,
        body=InitiativeInput(
            name="Sensorik-Initiative e.V. (Python)",
            summary=brief("Zusammenschluss der Sensorik."),
            regions=["DE111"],
            technology_fields=["mikrosystemtechnik"],
            visibility=Visibility.REGIONAL,
            clusters=["cluster-automobil-neckarsulm"],
            contact=ContactInput(
                organisation="Sensorik e.V.", city="Stuttgart", country="DE", email="info@example.org"
            ),
            services=[LocalProseInput(de="Beratung")],
        ),
        change=InitiativePatch(
            contact=ContactPatch(email=None, phone="+49 711 123-0"), founded_on="2009-04-01"
        ),
        changed={
            "contact": {
                "organisation": "Sensorik e.V.",
                "street": None,
                "postal_code": None,
                "city": "Stuttgart",
                "country": "DE",
                "email": None,
                "phone": "+49 711 123-0",
            },
            "founded_on": "2009-04-01",
        },
        bad=InitiativeInput(
            name="Ohne Cluster",
            summary=brief("Nennt einen Cluster, den es nicht gibt."),
            regions=["DE111"],
            technology_fields=["mikrosystemtechnik"],
            visibility=Visibility.REGIONAL,
            clusters=[ReferenceInputType1(slug="gibt-es-nicht")],
        ),
        pointer="/clusters/0",
    )
)
live(
    Kind(
        "networks",
        Network,
        NetworkInput,
        list_networks.sync_detailed,
        count_networks.sync_detailed,
        create_network.sync_detailed,
        read_network.sync_detailed,
        replace_network.sync_detailed,
        patch_network.sync_detailed,
        archive_network.sync_detailed,
        restore_network.sync_detailed,
        body=NetworkInput(
            name="Netzwerk Sensorik (Python)",
            summary=brief("Landesweites Netzwerk."),
            regions=["DE1"],
            technology_fields=["mikrosystemtechnik"],
            visibility=Visibility.INTERNATIONAL,
            initiatives=[ReferenceInputType1(slug="packaging-valley")],
            labels=[
                LabelAwardInput(
                    label="go-cluster", awarded_on="2024", valid_until=datetime.date(2030, 12, 31)
                )
            ],
        ),
        change=NetworkPatch(
            management=ManagementPatch(organisation="Sensorik GmbH", full_time_equivalents=1.5), labels=[]
        ),
        changed={
            "management": {"organisation": "Sensorik GmbH", "staff": None, "full_time_equivalents": 1.5},
            "labels": [],
        },
        bad=NetworkInput(
            name="Ohne Auszeichnung",
            summary=brief("Nennt eine Auszeichnung, die es nicht gibt."),
            regions=["DE1"],
            technology_fields=["mikrosystemtechnik"],
            visibility=Visibility.INTERNATIONAL,
            labels=[LabelAwardInput(label="gibt-es-nicht", awarded_on="2024")],
        ),
        pointer="/labels/0/label",
    )
)
live(
    Kind(
        "measures",
        Measure,
        MeasureInput,
        list_measures.sync_detailed,
        count_measures.sync_detailed,
        create_measure.sync_detailed,
        read_measure.sync_detailed,
        replace_measure.sync_detailed,
        patch_measure.sync_detailed,
        archive_measure.sync_detailed,
        restore_measure.sync_detailed,
        body=MeasureInput(
            kind=MeasureKind.FUNDING,
            title=title("Förderung der Sensorik"),
            summary=brief("Zuschüsse."),
            responsible="Ministerium für Wirtschaft",
            starts_on=datetime.date(2026, 1, 1),
            ends_on=datetime.date(2026, 12, 31),
            budget="7500000.00",
            beneficiaries=["packaging-valley"],
        ),
        change=MeasurePatch(budget="8000000.50", ends_on=None),
        changed={"budget": "8000000.50", "ends_on": None},
        bad=MeasureInput(
            kind=MeasureKind.STUDY,
            title=title("Endet zu früh"),
            summary=brief("Endet, bevor sie beginnt."),
            responsible="Ministerium für Wirtschaft",
            starts_on=datetime.date(2026, 12, 31),
            ends_on=datetime.date(2026, 1, 1),
        ),
        pointer="/ends_on",
    )
)
live(
    Kind(
        "events",
        Event,
        EventInput,
        list_events.sync_detailed,
        count_events.sync_detailed,
        create_event.sync_detailed,
        read_event.sync_detailed,
        replace_event.sync_detailed,
        patch_event.sync_detailed,
        archive_event.sync_detailed,
        restore_event.sync_detailed,
        # Its time zone is not the one that the server supposes: a patch of something else must leave it.
        body=EventInput(
            title=title("Forum Sensorik"),
            summary=brief("Vorträge."),
            starts_at="2030-05-01T09:30",
            ends_at="2030-05-01T18:00",
            time_zone="Europe/London",
            format_=EventInputFormat.HYBRID,
            scope=EventInputScope.INTERNATIONAL,
            organisers=["packaging-valley"],
        ),
        change=EventPatch(title=LocalNamePatch(en="Sensor forum"), cancelled=True),
        changed={
            "title": {"de": "Forum Sensorik (Python)", "en": "Sensor forum"},
            "cancelled": True,
            "sequence": 1,
        },
        bad=EventInput(
            title=title("Endet zu früh"),
            summary=brief("Endet, bevor sie beginnt."),
            starts_at="2030-05-01T09:30:00+02:00",
            ends_at="2030-05-01T08:00:00+02:00",
            format_=EventInputFormat.ONLINE,
            scope=EventInputScope.REGIONAL,
        ),
        pointer="/ends_at",
    )
)
live(
    Kind(
        "members",
        Member,
        MemberInput,
        list_members.sync_detailed,
        count_members.sync_detailed,
        create_member.sync_detailed,
        read_member.sync_detailed,
        replace_member.sync_detailed,
        patch_member.sync_detailed,
        archive_member.sync_detailed,
        restore_member.sync_detailed,
        body=MemberInput(
            name="Sensor GmbH (Python)",
            kind=MemberKind.COMPANY,
            region="DE111",
            public=True,
            affiliations=[AffiliationInput(organisation="packaging-valley", since=datetime.date(2020, 1, 1))],
        ),
        change=MemberPatch(industries=["26"], address=AddressPatch(city="Stuttgart", country="DE")),
        changed={
            "industries": ["26"],
            "address": {"street": None, "postal_code": None, "city": "Stuttgart", "country": "DE"},
        },
        bad=MemberInput(
            name="Ohne Verband",
            kind=MemberKind.ASSOCIATION,
            region="DE111",
            affiliations=[
                AffiliationInput(
                    organisation="packaging-valley",
                    since=datetime.date(2020, 1, 1),
                    until=datetime.date(2019, 1, 1),
                )
            ],
        ),
        pointer="/affiliations/0/until",
    )
)
