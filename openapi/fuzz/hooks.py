"""What schemathesis does not know by itself."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(_, value):
    """Lines of JSON go as they are, good or bad; what is of another type goes as the one line that it is."""
    value = getattr(value, "data", value)
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
