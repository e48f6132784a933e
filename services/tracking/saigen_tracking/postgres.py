"""Asking PostgreSQL a question with a deadline, whatever state it is in.

A server that is paused or cut off accepts bytes and never answers, and `statement_timeout` is its to keep: so the
connection is asynchronous and this side waits on the socket no longer than the deadline.
"""

from __future__ import annotations

import select
import threading
import time
from typing import Any

import psycopg2
from psycopg2 import extensions

Row = tuple[Any, ...]


class DeadlineError(Exception):
    """The database did not answer in time."""


class Postgres:
    """One connection a thread, made when first needed and again after a failure.

    Args:
        url: libpq URL.
        timeout: seconds for one question, connecting included.
    """

    def __init__(self, url: str, timeout: float = 2.0) -> None:
        self._url = url
        self._timeout = timeout
        self._local = threading.local()

    def rows(self, statement: str, parameters: tuple[Any, ...] = ()) -> list[Row]:
        """The rows of one statement.

        Raises:
            psycopg2.Error: the database refused, or is not there.
            DeadlineError: it did not answer in time.
        """
        deadline = time.monotonic() + self._timeout
        kept = getattr(self._local, "connection", None)
        if kept is not None:
            try:
                return self._ask(kept, statement, parameters, deadline)
            except psycopg2.OperationalError:  # it was restarted since: once more, on a new connection
                self._drop()
            except BaseException:
                self._drop()
                raise
        return self._ask_anew(statement, parameters, deadline)

    def _ask_anew(self, statement: str, parameters: tuple[Any, ...], deadline: float) -> list[Row]:
        connection = psycopg2.connect(self._url, async_=1, connect_timeout=2, application_name="saigen-tracking")
        try:
            _wait(connection, deadline)
            found = self._ask(connection, statement, parameters, deadline)
        except BaseException:
            connection.close()
            raise
        self._local.connection = connection
        return found

    @staticmethod
    def _ask(connection: Any, statement: str, parameters: tuple[Any, ...], deadline: float) -> list[Row]:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            _wait(connection, deadline)
            return list(cursor.fetchall())

    def _drop(self) -> None:
        self._local.connection.close()
        self._local.connection = None


def _wait(connection: Any, deadline: float) -> None:
    while (state := connection.poll()) != extensions.POLL_OK:
        left = deadline - time.monotonic()
        reading = [connection.fileno()] if state == extensions.POLL_READ else []
        writing = [connection.fileno()] if state == extensions.POLL_WRITE else []
        if left <= 0 or not any(select.select(reading, writing, [], left)):
            raise DeadlineError("no answer in time")
