"""Wake-ups through PostgreSQL: LISTEN and NOTIFY on a connection of their own, outside every transaction."""

from contextlib import ExitStack

import asyncpg

from server.publish.relay import CHANNEL, CONNECT_TIMEOUT_S, SEND_TIMEOUT_S, Ended, Hear, LinkLostError, RelayBus

NAME_LENGTH_MAX = 63
CLOSE_TIMEOUT_S = 1.0
FAILURES = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)


class PostgresLink:
    """One connection that listens and notifies."""

    __slots__ = ("_connection",)

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection

    async def send(self, payload: str) -> None:
        """Notify every listening process."""
        try:
            await self._connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload, timeout=SEND_TIMEOUT_S)
        except FAILURES as error:
            raise LinkLostError(type(error).__name__) from error

    async def close(self) -> None:
        """End the connection, by force when the server does not answer within a second."""
        try:
            await self._connection.close(timeout=CLOSE_TIMEOUT_S)
        except FAILURES:
            self._connection.terminate()


class PostgresBus(RelayBus):
    """A `ports.Bus` for any number of processes on one PostgreSQL database."""

    def __init__(self, url: str, origin: str) -> None:
        self._url = url
        self._name = f"regulars bus {origin}"[:NAME_LENGTH_MAX]
        super().__init__(self._open, origin)

    async def _open(self, hear: Hear, ended: Ended) -> PostgresLink:
        try:
            connection = await asyncpg.connect(
                self._url, timeout=CONNECT_TIMEOUT_S, server_settings={"application_name": self._name}
            )
        except FAILURES as error:
            raise LinkLostError(type(error).__name__) from error
        with ExitStack() as undo:
            undo.callback(connection.terminate)
            connection.add_termination_listener(lambda _connection: ended())
            try:
                await connection.add_listener(
                    CHANNEL, lambda _connection, _process, _channel, payload: hear(str(payload))
                )
            except FAILURES as error:
                raise LinkLostError(type(error).__name__) from error
            undo.pop_all()
        return PostgresLink(connection)
