"""The token: where it comes from, and what it says of itself."""

import base64
import json
import os
import re
import stat
import time
from typing import Any, Iterator

from spelling import ConfigurationError

VARIABLE = "CLUSTERPORTAL_TOKEN"
# So many days before its end a token should be renewed.
NOTICE_DAYS = 21


def read_token(path: str | None) -> str:
    """The token out of a file, or else of the environment. It is no option, which all on the machine could see."""
    if path is not None:
        try:
            with open(path, encoding="ascii") as file:
                token = file.read().strip()
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"{path}: {error}") from error
    else:
        token = os.environ.get(VARIABLE, "").strip()
    if not token:
        raise ConfigurationError(f"there is no token: give --token-file FILE, or set {VARIABLE}")
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", token):
        raise ConfigurationError("the token is none: it is one word, as `clusterportal token issue` prints it")
    return token


def concerns(token: str, path: str | None, chamber: str) -> Iterator[str]:
    """What a person should know of the token. Whether it is valid, the portal alone can tell."""
    if path is not None and os.name == "posix" and stat.S_IMODE(os.stat(path).st_mode) & 0o077:
        yield f"others can read the token: chmod 600 {path}"
    claims = _claims(token)
    days = (claims["exp"] - time.time()) / 86_400 if isinstance(claims.get("exp"), int) else NOTICE_DAYS
    if days < 0:
        yield "the token has run out: ask for a new one"
    elif days < NOTICE_DAYS:
        yield f"the token runs out in {days:.0f} days: ask for a new one"
    if claims.get("chamber", chamber) != chamber:
        yield f"the token is that of {claims['chamber']}, and the mapping that of {chamber}"


def _claims(token: str) -> dict[str, Any]:
    """The claims of a JWT (RFC 7519), unverified; none when it is something else."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
