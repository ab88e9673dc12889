"""The operations of tokens and keys: issue, list, use, revoke."""

from __future__ import annotations

import os

from client import AuthenticatedClient
from client.api.history import list_audit
from client.api.service import jwks
from client.api.tokens import issue_token, list_tokens, read_token, revoke_token
from client.models import AuditEntryList, IssuedToken, JwkSet, Token, TokenInput, TokenInputRole, TokenList, TokenState
from session import BASE, auditor, cursor_of, ok, pointers, refused, visitor

admin = AuthenticatedClient(base_url=BASE, token=os.environ["TOKEN"])


def tokens() -> None:
    refused(list_tokens.sync_detailed(client=visitor), 401)
    refused(list_tokens.sync_detailed(client=auditor), 403)
    wrong = TokenInput(role=TokenInputRole.CHAMBER, subject="", expires="1h")
    assert pointers(refused(issue_token.sync_detailed(client=admin, body=wrong), 422)) == ["/subject", "/chamber"]

    body = TokenInput(role=TokenInputRole.AUDITOR, subject="python", expires="1h")
    issued = ok(issue_token.sync_detailed(client=admin, body=body), IssuedToken, 201)
    bearer = AuthenticatedClient(base_url=BASE, token=issued.token)
    ok(list_audit.sync_detailed(client=bearer), AuditEntryList)
    assert ok(read_token.sync_detailed(issued.id, client=admin), Token).subject == "python"
    mine = ok(list_tokens.sync_detailed(client=admin, subject=["python"], limit=1), TokenList)
    assert [token.id for token in mine.items] == [issued.id] and mine.next_ is None
    page = ok(list_tokens.sync_detailed(client=admin, limit=1), TokenList)
    assert page.next_
    ok(list_tokens.sync_detailed(client=admin, limit=1, cursor=cursor_of(page.next_)), TokenList)

    for _ in range(2):
        assert revoke_token.sync_detailed(issued.id, client=admin).status_code == 204
    refused(list_audit.sync_detailed(client=bearer), 401)
    assert ok(read_token.sync_detailed(issued.id, client=admin), Token).state == TokenState.REVOKED
    keys = ok(jwks.sync_detailed(client=visitor), JwkSet).keys
    assert keys and all(key.kid for key in keys)
    print("  tokens: issued, listed, used, revoked; keys")
