# The library says only in part what its values are.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
"""The library's REST client, which counts what Discord allows for each channel and server by itself."""

from collections.abc import Sequence
from typing import Any, cast

import orjson
from aiohttp import FormData
from interactions.api.http.http_client import BucketLock, HTTPClient
from interactions.api.http.route import Route

from clients.discord.library.pictures import Picture

REMEMBERED_MAX = 10_000
WAIT = "Retry-After"
ASKED = "regulars_wait_asked_s"


class SteadyHTTP(HTTPClient):
    """The client with three faults mended.

    Discord gives a bucket one name for all channels and counts it for each; the library would count all of them
    together, so that one full channel held up every other. It says nothing of being asked to wait. And what it was
    given to send beside a message, it reads once: tried again, it would send nothing of it.
    """

    @staticmethod
    def _process_payload(payload: Any, files: Any) -> Any:
        """A body, or a form of it with pictures beside it, made anew for each attempt."""
        pictures: Sequence[Picture] = files or ()
        if not pictures:
            return cast("Any", super(SteadyHTTP, SteadyHTTP)._process_payload(payload, None))
        form = FormData(quote_fields=False)
        told: list[dict[str, str]] = []
        for number, one in enumerate(pictures):
            form.add_field(f"files[{number}]", one.content, filename=one.name, content_type=one.kind)
            told.append({"id": str(number), "filename": one.name, "description": one.alt})
        form.add_field("payload_json", orjson.dumps(payload | {"attachments": told}).decode())
        return form

    def ingest_ratelimit(self, route: Route, header: Any, bucket_lock: BucketLock) -> None:
        """Take note of what an answer says of its bucket."""
        setattr(route, ASKED, float(header.get(WAIT) or 0))
        bucket_lock.ingest_ratelimit_header(header)
        if bucket_lock.bucket_hash:
            bucket_lock.bucket_hash += f":{route.channel_id}:{route.guild_id}:{route.webhook_id}"
            if len(self._endpoints) >= REMEMBERED_MAX:
                self._endpoints.clear()
            self._endpoints[route.rl_bucket] = bucket_lock.bucket_hash
            self.ratelimit_locks[bucket_lock.bucket_hash] = bucket_lock


def wait_asked_s(route: Route) -> float:
    """For how many seconds Discord asked to be left alone when it last answered; 0 where it did not."""
    return getattr(route, ASKED, 0.0)
