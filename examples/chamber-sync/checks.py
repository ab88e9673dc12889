"""What can be told of a record without asking the portal. It has the last word, and more rules: codes, references."""

import re
from typing import Any, Iterator

from rules import Fault

REQUIRED = ("external_id", "name", "kind", "region")
WORDS = {
    "kind": ("company", "research_institution", "university", "public_body", "association", "other"),
    "size_class": ("micro", "small", "medium", "large"),
    "status": ("published", "draft"),
}
# Printable ASCII without blanks and without / \ ? # %.
EXTERNAL_ID = re.compile(r'(?!\.{1,2}$)[!"$&-.0->@-\[\]-~]{1,128}')


def faults_of(record: dict[str, Any]) -> Iterator[Fault]:
    """The faults of a record or of a deletion."""
    is_deletion = record.get("deleted") is True
    for field in REQUIRED[:1] if is_deletion else REQUIRED:
        if field not in record:
            yield Fault(f"/{field}", "is required")
    external_id = str(record.get("external_id", "0"))
    if not EXTERNAL_ID.fullmatch(external_id):
        yield Fault("/external_id", f"'{external_id}': write 1 to 128 characters of ASCII, no blanks and no / \\ ? # %")
    for field, words in WORDS.items():
        if field in record and record[field] not in words:
            yield Fault(f"/{field}", f"'{record[field]}' is none of {', '.join(words)}")
    if not isinstance(record.get("public", False), bool):
        yield Fault("/public", "must be true or false")
    if "location" in record and record["location"].keys() != {"lat", "lon"}:
        yield Fault("/location", "needs both lat and lon")
