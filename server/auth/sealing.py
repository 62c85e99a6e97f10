"""Sealed texts: AES-256-GCM under data keys of the database, which are sealed by the master keys of the settings.

A sealed text is `v1.DATA_KEY_ID.BASE64URL(nonce and ciphertext)` and bound to its place, so that one that was copied to
another row, column or community opens as little as one that was changed. Nonces are 96 random bits: a data key may
seal 2^31 texts before the chance of a repeated nonce deserves a thought, and a channel's tokens are some twenty a day.
"""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.auth.keys import KEY_BYTES, MasterKey
from server.ports import Chance, Ids, Reader, Tx
from server.store import keys
from server.store.credentials import Owner
from server.store.keys import DataKeyRecord

NONCE_BYTES = 12
TAG_BYTES = 16
TEXT_BYTES_MAX = 16 * 1024
OPENED_MAX = 100
SEALED = re.compile(r"v1\.([A-Za-z0-9_-]{1,40})\.([A-Za-z0-9_-]+)")
SEALED_LENGTH_MAX = 4 * TEXT_BYTES_MAX

Reason = Literal["malformed", "unknown_key", "unknown_master", "altered"]
SENTENCES: dict[Reason, str] = {
    "malformed": "This is no sealed text.",
    "unknown_key": "The data key that sealed this text is not in the database.",
    "unknown_master": "The master key that sealed the data key is not in the settings.",
    "altered": "This text was altered, moved from another place, or sealed by another key of the same name.",
}


class Unsealable(Exception):
    """A sealed text does not open, for a `reason`; shows nothing of it."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(SENTENCES[reason])
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a sealed text belongs; community 0 is the installation."""

    community_id: int
    provider: str
    account_id: str
    column: str

    @property
    def context(self) -> bytes:
        """The bytes that are authenticated beside the text, no two places the same."""
        return unambiguous(str(self.community_id), self.provider, self.account_id, self.column)


def place_of(owner: Owner, column: str) -> Place:
    """Where a token of an owner belongs."""
    return Place(
        community_id=owner.community_id,
        provider=owner.provider,
        account_id=owner.external_id,
        column=f"{owner.purpose}.{column}",
    )


def unambiguous(*parts: str) -> bytes:
    """Return parts as bytes, each behind its length, so that no other parts give the same."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


class Cipher:
    """One key at work."""

    __slots__ = ("_aead",)

    def __init__(self, material: bytes) -> None:
        self._aead = AESGCM(material)

    def seal(self, nonce: bytes, content: bytes, context: bytes) -> str:
        """Return nonce and ciphertext as base64url. A nonce is never used twice."""
        return urlsafe_b64encode(nonce + self._aead.encrypt(nonce, content, context)).rstrip(b"=").decode()

    def open(self, sealed: str, context: bytes) -> bytes:
        """Return what was sealed; raises Unsealable unless text, context and key are those of the sealing."""
        raw = _bytes(sealed)
        try:
            return self._aead.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context)
        except InvalidTag:
            raise Unsealable("altered") from None


def _bytes(text: str) -> bytes:
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise Unsealable("malformed") from None
    # One text for one content: bits that base64 leaves over must not be free to differ.
    is_canonical = urlsafe_b64encode(raw).rstrip(b"=").decode() == text
    if len(raw) < NONCE_BYTES + TAG_BYTES or not is_canonical:
        raise Unsealable("malformed")
    return raw


class DataKey:
    """A data key that was opened and may seal."""

    __slots__ = ("_chance", "_cipher", "id")

    def __init__(self, key_id: str, cipher: Cipher, chance: Chance) -> None:
        self.id = key_id
        self._cipher = cipher
        self._chance = chance

    def seal(self, place: Place, text: str) -> str:
        """Return `text` sealed for its place; ValueError for more than 16 KiB."""
        content = text.encode()
        if len(content) > TEXT_BYTES_MAX:
            raise ValueError(f"a text to seal has at most {TEXT_BYTES_MAX} bytes")
        return f"v1.{self.id}.{self._cipher.seal(self._chance.draw(NONCE_BYTES), content, place.context)}"


class Vault:
    """Seals and opens texts; the master keys never leave it."""

    __slots__ = ("_chance", "_ciphers", "_ids", "_masters", "_sealing_master")

    def __init__(self, masters: Sequence[MasterKey], ids: Ids, chance: Chance) -> None:
        """Take master keys, the first of which seals; ValueError without any."""
        if not masters:
            raise ValueError("a vault needs a master key; set REGULARS_SECRET_KEY or REGULARS_MASTER_KEYS")
        self._sealing_master = masters[0].id
        self._masters = {master.id: Cipher(master.material) for master in masters}
        self._ids = ids
        self._chance = chance
        self._ciphers: dict[str, Cipher] = {}

    async def sealing_key(self, tx: Tx, now: datetime) -> DataKey:
        """Return the key to seal with in this transaction only, made when there is none yet.

        Raises Unsealable when no master key of the settings opens it.
        """
        record = await keys.active(tx)
        if record is None:
            return await self.new_key(tx, now)
        return DataKey(record.id, self._opened(record), self._chance)

    async def new_key(self, tx: Tx, now: datetime) -> DataKey:
        """Return a new active data key, stored under the first master key."""
        material = self._chance.draw(KEY_BYTES)
        key_id = self._ids.token()
        sealed = self._wrapped(key_id, material)
        record = DataKeyRecord(id=key_id, master_id=self._sealing_master, sealed=sealed, state="active", made_at=now)
        await keys.add(tx, record)
        return DataKey(key_id, Cipher(material), self._chance)

    async def open(self, reader: Reader, place: Place, sealed: str) -> str:
        """Return the text that was sealed for `place`; raises Unsealable for anything else.

        Data keys are looked up when they are first met, so that one made by another process opens as well.
        """
        shape = SEALED.fullmatch(sealed) if len(sealed) <= SEALED_LENGTH_MAX else None
        if shape is None:
            raise Unsealable("malformed")
        cipher = self._ciphers.get(shape[1])
        if cipher is None:
            record = await keys.by_id(reader, shape[1])
            if record is None:
                raise Unsealable("unknown_key")
            cipher = self._opened(record)
            if len(self._ciphers) >= OPENED_MAX:
                self._ciphers.clear()
            self._ciphers[record.id] = cipher
        return cipher.open(shape[2], place.context).decode()

    async def rewrap(self, tx: Tx, record: DataKeyRecord) -> bool:
        """Put a data key under the first master key; whether there was something to do. Raises Unsealable."""
        if record.master_id == self._sealing_master:
            return False
        material = self._material(record)
        return await keys.rewrap(tx, record, self._sealing_master, self._wrapped(record.id, material))

    def _wrapped(self, key_id: str, material: bytes) -> str:
        master = self._masters[self._sealing_master]
        return master.seal(self._chance.draw(NONCE_BYTES), material, _wrapping(key_id, self._sealing_master))

    def _opened(self, record: DataKeyRecord) -> Cipher:
        return Cipher(self._material(record))

    def _material(self, record: DataKeyRecord) -> bytes:
        master = self._masters.get(record.master_id)
        if master is None:
            raise Unsealable("unknown_master")
        return master.open(record.sealed, _wrapping(record.id, record.master_id))


def _wrapping(key_id: str, master_id: str) -> bytes:
    return unambiguous("data key", key_id, master_id)
