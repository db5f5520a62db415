"""How the store on PostgreSQL is spoken to."""

from __future__ import annotations

from typing import Any

from shishi.core.errors import Misuse

# Whoever waits longer than a minute for another writer is told so, as on SQLite. A client whose machine vanished is
# noticed within two minutes, so that it does not hold the ledger until the operating system gives up on it.
_SESSION = (
    "-c lock_timeout=60s -c tcp_keepalives_idle=60 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=6"
    " -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
)


def postgres_store(url: str) -> dict[str, Any]:
    """Django's settings for the database of ``DATABASE_URL``; ``Misuse`` (database_url_malformed)."""
    # Loaded only where the store is on PostgreSQL: an office on SQLite starts sooner without.
    import dj_database_url
    from psycopg import IsolationLevel

    try:
        found: dict[str, Any] = {**dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True)}
    except ValueError:
        found = {}
    if found.get("ENGINE") != "django.db.backends.postgresql":
        raise Misuse(
            "database_url_malformed",
            "DATABASE_URL 写法不对，应如 postgres://角色:密码@主机:5432/数据库（密码里的特殊字符要按网址转义）。",
        )
    given = found.get("OPTIONS", {})
    found["OPTIONS"] = {
        **given,
        "options": f"{_SESSION} {given.get('options', '')}".strip(),
        # What is compared under the ledger's lock must be what stands when the lock is won: each statement looks anew.
        "isolation_level": IsolationLevel.READ_COMMITTED,
    }
    return found
