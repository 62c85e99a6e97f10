"""What a database error means for whoever meets it."""

import sqlite3
import ssl

import asyncpg
from tortoise.exceptions import DBConnectionError

CONTENTION = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
)
DOWN = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    asyncpg.InvalidAuthorizationSpecificationError,
    DBConnectionError,
    ConnectionError,
    TimeoutError,
    OSError,
)
REFUSALS: tuple[tuple[type[Exception], str], ...] = (
    (asyncpg.InvalidAuthorizationSpecificationError, "it refuses this user or password"),
    (asyncpg.InvalidCatalogNameError, "it has no database of this name"),
    (asyncpg.InsufficientPrivilegeError, "it does not let this user do that"),
    (ssl.SSLError, "its certificate or its way to encrypt is not what was asked for"),
)
CHAIN_MAX = 8
SQLITE_DOWN = ("disk", "locked", "busy", "unable to open", "readonly")


def causes(error: BaseException) -> list[BaseException]:
    """`error` and what it was raised from; libraries wrap the driver's error in their own."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and len(chain) < CHAIN_MAX:
        chain.append(current)
        chain.extend(arg for arg in current.args if isinstance(arg, BaseException))
        current = current.__cause__ or current.__context__
    return chain


def is_contention(error: BaseException) -> bool:
    """True when the same unit of work may succeed if simply run again at once."""
    return any(
        isinstance(cause, CONTENTION)
        # Another process, such as `regulars keys rotate`, writes or has written since this transaction first read.
        or getattr(cause, "sqlite_errorcode", 0) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_SNAPSHOT}
        for cause in causes(error)
    )


def is_down(error: BaseException) -> bool:
    """True when the database cannot be reached or cannot write: the work is fine, the time is not."""
    return any(
        isinstance(cause, DOWN)
        or (isinstance(cause, sqlite3.OperationalError) and any(word in str(cause).lower() for word in SQLITE_DOWN))
        for cause in causes(error)
    )


def why_unreachable(error: BaseException) -> str | None:
    """Why a database cannot be reached, in words without any part of its URL; None when it was reached."""
    for kind, reason in REFUSALS:
        if any(isinstance(cause, kind) for cause in causes(error)):
            return reason
    return "it does not answer" if is_down(error) else None
