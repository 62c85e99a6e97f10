"""Files beside messages: sent as parts `files[0]` to `files[9]` of a form, and told of under `attachments`."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from aiohttp import web

from clients.simulator.discord.refusals import INVALID_FORM, TOO_LARGE, Refused

FILES_MAX = 10
FILE_SIZE_MAX = 10 * 2**20
FORM_SIZE_MAX = 25 * 2**20
PART = re.compile(r"files\[(\d+)\]")
CDN = "https://cdn.discordapp.com/attachments"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file as a message has it; `description` is what is said to whoever does not see it."""

    id: str
    filename: str
    description: str | None
    content_type: str
    content: bytes

    def json(self, channel: str) -> Json:
        """It as Discord tells of it."""
        url = f"{CDN}/{channel}/{self.id}/{self.filename}"
        about = {"id": self.id, "filename": self.filename, "size": len(self.content), "url": url, "proxy_url": url}
        described = {} if self.description is None else {"description": self.description}
        return about | {"content_type": self.content_type} | described


def uploads(form: Mapping[str, Any]) -> Json:
    """The files of a form by the names of their parts; refuses what Discord refuses."""
    found: Json = {}
    for name, part in form.items():
        number = PART.fullmatch(name)
        if number is None or not isinstance(part, web.FileField):
            continue
        part.file.seek(0)
        content = part.file.read(FILE_SIZE_MAX + 1)
        if len(content) > FILE_SIZE_MAX:
            raise Refused(TOO_LARGE)
        if int(number[1]) >= FILES_MAX or not content:
            raise Refused(INVALID_FORM)
        found[name] = Upload(part.filename, part.content_type, content)
    return found


def named(body: Any) -> Any:
    """A body that can be written down: with the names of files in their places."""
    if not isinstance(body, dict):
        return body
    known = cast("Json", body)
    return {key: one.filename if isinstance(one, Upload) else one for key, one in known.items()}


def attached(body: Json, before: Sequence[Attachment], new_id: Callable[[], str]) -> list[Attachment]:
    """The files of a message after a body: what it lists is kept, or else all; what came along is added.

    Refuses a list that names what is neither there nor sent.
    """
    sent = {PART.sub(r"\1", key): one for key, one in body.items() if isinstance(one, Upload)}
    listed: list[Json] | None = body.get("attachments")
    said = {str(one["id"]): one for one in listed or ()}
    kept = [one for one in before if listed is None or one.id in said]
    if said.keys() - {one.id for one in kept} - sent.keys():
        raise Refused(INVALID_FORM)
    fresh = [
        Attachment(
            id=new_id(),
            filename=str(said.get(number, {}).get("filename") or one.filename),
            description=said.get(number, {}).get("description"),
            content_type=one.content_type,
            content=one.content,
        )
        for number, one in sent.items()
    ]
    changed = [replace(one, description=said.get(one.id, {}).get("description", one.description)) for one in kept]
    return changed + fresh
