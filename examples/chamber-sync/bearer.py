"""The token: where it comes from, and what it says of itself."""

import base64
import json
import os
import re
import stat
import time
from typing import Any, Iterator

from decoding import ConfigurationError, text_of
from language import t

VARIABLE = "CLUSTERPORTAL_TOKEN"
# So many days before its end a token should be renewed.
NOTICE_DAYS = 21


def read_token(path: str | None) -> str:
    """The token out of a file, or else of the environment. It is no option, which all on the machine could see."""
    if path is not None:
        try:
            token = text_of(path).strip()
        except OSError as error:
            raise ConfigurationError(f"{path}: {error.strerror}") from error
    else:
        token = os.environ.get(VARIABLE, "").strip()
    if not token:
        raise ConfigurationError(t("there is no token: give --token-file FILE, or set {variable}", variable=VARIABLE))
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", token):
        raise ConfigurationError(t("malformed token: it is one word, as `clusterportal token issue` prints it"))
    return token


def concerns(token: str, path: str | None, chamber: str) -> Iterator[str]:
    """What a person should know of the token. Whether it is valid, the portal alone can tell."""
    if path is not None and os.name == "posix" and stat.S_IMODE(os.stat(path).st_mode) & 0o077:
        yield t("others can read the token: chmod 600 {path}", path=path)
    claims = _claims(token)
    days = (claims["exp"] - time.time()) / 86_400 if isinstance(claims.get("exp"), int) else NOTICE_DAYS
    if days < 0:
        yield t("the token has expired: ask for a new one")
    elif days < NOTICE_DAYS:
        yield t("the token expires in {days:.0f} days: ask for a new one", days=days)
    if claims.get("chamber", chamber) != chamber:
        names = {"own": claims["chamber"], "chamber": chamber}
        yield t("the token is that of {own}, and the mapping that of {chamber}", **names)


def _claims(token: str) -> dict[str, Any]:
    """The claims of a JWT (RFC 7519), unverified; none when it is something else."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
