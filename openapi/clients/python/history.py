"""The versions of every kind: how they are listed, read, and gone back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from client import AuthenticatedClient
from client.api.history import (
    list_cluster_versions,
    list_event_versions,
    list_initiative_versions,
    list_measure_versions,
    list_member_versions,
    list_network_versions,
    list_operation_versions,
    read_cluster_version,
    read_event_version,
    read_initiative_version,
    read_measure_version,
    read_member_version,
    read_network_version,
    read_operation_version,
    revert_cluster,
    revert_event,
    revert_initiative,
    revert_measure,
    revert_member,
    revert_network,
    revert_operation,
)
from client.types import Response


class List(Protocol):
    def __call__(self, key: str, *, client: AuthenticatedClient, limit: int = ...) -> Response[Any]: ...


class Read(Protocol):
    def __call__(self, key: str, version: int, *, client: AuthenticatedClient) -> Response[Any]: ...


class Revert(Protocol):
    def __call__(
        self, key: str, version: int, *, client: AuthenticatedClient, if_match: str = ...
    ) -> Response[Any]: ...


@dataclass
class Versions:
    """The operations on the versions of a kind."""

    list: List
    read: Read
    revert: Revert


clusters = Versions(
    list_cluster_versions.sync_detailed, read_cluster_version.sync_detailed, revert_cluster.sync_detailed
)
initiatives = Versions(
    list_initiative_versions.sync_detailed,
    read_initiative_version.sync_detailed,
    revert_initiative.sync_detailed,
)
networks = Versions(
    list_network_versions.sync_detailed, read_network_version.sync_detailed, revert_network.sync_detailed
)
measures = Versions(
    list_measure_versions.sync_detailed, read_measure_version.sync_detailed, revert_measure.sync_detailed
)
events = Versions(
    list_event_versions.sync_detailed, read_event_version.sync_detailed, revert_event.sync_detailed
)
operations = Versions(
    list_operation_versions.sync_detailed,
    read_operation_version.sync_detailed,
    revert_operation.sync_detailed,
)
members = Versions(
    list_member_versions.sync_detailed, read_member_version.sync_detailed, revert_member.sync_detailed
)
