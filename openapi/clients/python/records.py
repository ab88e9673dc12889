"""A record of every kind: its operations, and how it is created, changed and refused."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from client import AuthenticatedClient
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
from client.api.operations import (
    archive_operation,
    count_operations,
    create_operation,
    list_operations,
    patch_operation,
    read_operation,
    replace_operation,
    restore_operation,
)
from client.models import (
    AddressPatch,
    AffiliationInput,
    BeneficiaryInput,
    BeneficiaryKind,
    Cluster,
    ClusterInput,
    ClusterPatch,
    ContactInput,
    ContactPatch,
    Event,
    EventFormat,
    EventInput,
    EventPatch,
    Fund,
    Initiative,
    InitiativeInput,
    InitiativePatch,
    LabelAwardInput,
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
    MemberPatch,
    Network,
    NetworkInput,
    NetworkPatch,
    Operation,
    OperationInput,
    OperationPatch,
    ReferenceInputType1,
    Scope,
    Visibility,
)
from client.types import Response


class Model(Protocol):
    """What every generated class can do."""

    def to_dict(self) -> dict[str, Any]: ...

    @classmethod
    def from_dict(cls, src_dict: dict[str, Any]) -> Any: ...


Item = TypeVar("Item", bound=Model)
Input = TypeVar("Input", bound=Model)
Patch = TypeVar("Patch", bound=Model)


class List(Protocol):
    """Lists records."""

    def __call__(
        self,
        *,
        client: AuthenticatedClient,
        limit: int = ...,
        cursor: str = ...,
        with_total: bool = ...,
        ids: list[uuid.UUID] = ...,
        as_of: str = ...,
    ) -> Response[Any]: ...


class Count(Protocol):
    def __call__(self, *, client: AuthenticatedClient) -> Response[Any]: ...


class Read(Protocol):
    def __call__(self, key: str, *, client: AuthenticatedClient, as_of: str = ...) -> Response[Any]: ...


class Restore(Protocol):
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
    """A kind's operations, and what to write with them."""

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
    restore: Restore
    #: The body of POST, and the one of PATCH.
    body: Input
    change: Patch
    #: Fields as they must be after the patch.
    changed: dict[str, Any]
    #: Well-typed, but against a rule, and where the fault lies.
    bad: Input
    pointer: str


def title(de: str) -> LocalNameInput:
    return LocalNameInput(de=f"{de} (Python)")


def brief(de: str) -> LocalBriefInput:
    return LocalBriefInput(de=de)


clusters = Kind(
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

initiatives = Kind(
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
    change=InitiativePatch(contact=ContactPatch(email=None, phone="+49 711 123-0"), founded_on="2009-04-01"),
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

networks = Kind(
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
            LabelAwardInput(label="go-cluster", awarded_on="2024", valid_until=datetime.date(2030, 12, 31))
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

measures = Kind(
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
        starts_on="2026-01-01",
        ends_on="2026-12-31",
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
        starts_on="2026-12-31",
        ends_on="2026-01-01",
    ),
    pointer="/ends_on",
)

events = Kind(
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
        format_=EventFormat.HYBRID,
        scope=Scope.INTERNATIONAL,
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
        format_=EventFormat.ONLINE,
        scope=Scope.REGIONAL,
    ),
    pointer="/ends_at",
)

operations = Kind(
    "operations",
    Operation,
    OperationInput,
    list_operations.sync_detailed,
    count_operations.sync_detailed,
    create_operation.sync_detailed,
    read_operation.sync_detailed,
    replace_operation.sync_detailed,
    patch_operation.sync_detailed,
    archive_operation.sync_detailed,
    restore_operation.sync_detailed,
    body=OperationInput(
        code="PY-0001",
        name=title("Vorhaben Sensorik"),
        measure="regiowin-2030",
        beneficiary=BeneficiaryInput(kind=BeneficiaryKind.LEGAL_ENTITY, name="Sensor GmbH"),
        purpose=LocalProseInput(de="Aufbau eines Labors."),
        starts_on="2024-03",
        total_cost="850000",
        fund=Fund.STATE,
    ),
    change=OperationPatch(total_cost="900000.5", ends_on="2026"),
    changed={"total_cost": "900000.50", "ends_on": "2026"},
    bad=OperationInput(
        code="PY-0002",
        name=title("Ohne Satz"),
        measure="regiowin-2030",
        beneficiary=BeneficiaryInput(kind=BeneficiaryKind.LEGAL_ENTITY, name="Sensor GmbH"),
        purpose=LocalProseInput(de="Ein Fonds der Union verlangt mehr."),
        starts_on="2024",
        total_cost="1",
        fund=Fund.ERDF,
    ),
    pointer="/eu_cofinancing_rate",
)

members = Kind(
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
