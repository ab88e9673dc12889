"""What can be told of a record without asking the portal. It has the last word, and more rules: codes, references."""

import re
from typing import Any, Iterator

from language import t
from rules import Fault, Weight

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
            yield Fault(f"/{field}", t("is required"))
    external_id = str(record.get("external_id", "0"))
    if not EXTERNAL_ID.fullmatch(external_id):
        reason = t("'{id}': write 1 to 128 characters of ASCII, no blanks and no / \\ ? # %", id=external_id)
        yield Fault("/external_id", reason)
    for field, words in WORDS.items():
        if field in record and record[field] not in words:
            reason = t("'{word}' is none of {words}", word=record[field], words=", ".join(words))
            yield Fault(f"/{field}", reason)
    if not isinstance(record.get("public", False), bool):
        yield Fault("/public", t("must be true or false"))
    if "location" in record and record["location"].keys() != {"lat", "lon"}:
        yield Fault("/location", t("needs both lat and lon"))
    address = record.get("address", {})
    postal_code = str(address.get("postal_code", "00000"))
    if address.get("country", "DE") == "DE" and re.fullmatch("[0-9]{1,4}", postal_code):
        reason = t("'{code}' has lost its 0 at the front: set `pad = 5`", code=postal_code)
        yield Fault("/address/postal_code", reason, Weight.HINT)
