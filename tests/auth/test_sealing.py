"""What is sealed opens in its place and nowhere else."""

import asyncio
import re
import string
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.actions import keys as rotation
from server.auth.keys import MasterKey, master_keys
from server.auth.sealing import TEXT_BYTES_MAX, Cipher, DataKey, Place, Unsealable, Vault, unambiguous
from server.jobs.unit import Done, Scope, Units
from server.ports import Tx
from server.store import keys
from server.store.database import Database
from server.system import SystemChance, SystemIds
from tests.database import FrozenClock
from tests.running import SECRET

OLD = MasterKey("old", bytes(range(32)))
NEW = MasterKey("new", bytes(range(32, 64)))
BASE64URL = f"{string.ascii_letters}{string.digits}-_"
HOUSE = Place(community_id=1, provider="kick", account_id="100001", column="channel.access")
# Few texts, so that two places often agree in some of their parts.
parts = st.sampled_from(["", "1", "11", "kick", "twitch", "channel.access", "bot.access", "channel.refresh", "é"])
places = st.builds(Place, community_id=st.integers(0, 12), provider=parts, account_id=parts, column=parts)


def vault_of(*masters: MasterKey) -> Vault:
    return Vault(masters, SystemIds(), SystemChance())


def data_key(name: str = "k") -> tuple[DataKey, Cipher]:
    cipher = Cipher(bytes(range(100, 132)))
    return DataKey(name, cipher, SystemChance()), cipher


class Desk:
    """A database to seal in."""

    def __init__(self, database: Database, units: Units) -> None:
        self.database = database
        self.units = units

    async def seal(self, vault: Vault, text: str, place: Place = HOUSE) -> str:
        async def work(tx: Tx, scope: Scope) -> Done[str]:
            return Done((await vault.sealing_key(tx, scope.now)).seal(place, text))

        return await self.units.run(0, work)

    async def open(self, vault: Vault, sealed: str, place: Place = HOUSE) -> str:
        return await vault.open(self.database.reader(), place, sealed)

    async def refusal(self, vault: Vault, sealed: str, place: Place = HOUSE) -> str:
        with pytest.raises(Unsealable) as caught:
            await self.open(vault, sealed, place)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
        return caught.value.reason

    async def write(self, sql: str) -> None:
        async def work(tx: Tx, _: Scope) -> Done[int]:
            return Done(await tx.execute(sql))

        assert await self.units.run(0, work)


@pytest.fixture
async def desk(database: Database, clock: FrozenClock) -> AsyncGenerator[Desk, None]:
    units = Units(database, reactions={}, announcements={}, wake=lambda _: None, clock=clock)
    yield Desk(database, units)
    await units.close()


@given(text=st.text(max_size=200), sealed_for=places, opened_at=places)
def test_a_text_opens_exactly_where_it_was_sealed_for(text: str, sealed_for: Place, opened_at: Place) -> None:
    key, cipher = data_key()
    body = key.seal(sealed_for, text).removeprefix("v1.k.")
    assert cipher.open(body, sealed_for.context).decode() == text
    if opened_at != sealed_for:
        with pytest.raises(Unsealable, match="altered"):
            cipher.open(body, opened_at.context)


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_different_parts_are_never_the_same_context(one: list[str], other: list[str]) -> None:
    assert (unambiguous(*one) == unambiguous(*other)) == (one == other)


@given(at=st.integers(0, 46), steps=st.integers(1, 63))
@settings(max_examples=200)
def test_a_changed_character_is_noticed(at: int, steps: int) -> None:
    key, cipher = data_key()
    body = key.seal(HOUSE, "a token").removeprefix("v1.k.")
    assert len(body) == 47
    other = BASE64URL[(BASE64URL.index(body[at]) + steps) % 64]
    with pytest.raises(Unsealable):
        cipher.open(body[:at] + other + body[at + 1 :], HOUSE.context)
    with pytest.raises(Unsealable):
        cipher.open(body[:at], HOUSE.context)


def test_the_same_text_is_never_sealed_the_same() -> None:
    key, _ = data_key()
    assert len({key.seal(HOUSE, "a token") for _ in range(100)}) == 100


def test_a_text_too_long_is_refused() -> None:
    key, _ = data_key()
    assert key.seal(HOUSE, "é" * (TEXT_BYTES_MAX // 2))
    with pytest.raises(ValueError, match="16384 bytes"):
        key.seal(HOUSE, "é" * (TEXT_BYTES_MAX // 2) + "x")


def test_a_vault_without_a_master_key_is_refused() -> None:
    with pytest.raises(ValueError, match="REGULARS_SECRET_KEY"):
        vault_of()


async def test_a_sealed_text_has_its_form_and_one_data_key_serves_many(desk: Desk) -> None:
    vault = vault_of(OLD)
    one, other = await desk.seal(vault, "a token"), await desk.seal(vault, "another")
    assert re.fullmatch(r"v1\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{47}", one)
    assert one.split(".")[1] == other.split(".")[1]
    assert await desk.open(vault, one) == "a token"
    assert await desk.open(vault_of(OLD), other) == "another", "in another process"


@pytest.mark.parametrize(
    "text", ["", "v1", "v1.k", "v2.k.AAAA", "v1.k.AAAA\n", "v1..AAAA", "v1.k.A+/=", "v1." + "k" * 90_000]
)
async def test_what_is_no_sealed_text_is_called_so(desk: Desk, text: str) -> None:
    assert await desk.refusal(vault_of(OLD), text) in {"malformed", "unknown_key"}


async def test_a_data_key_that_is_not_there_is_called_so(desk: Desk) -> None:
    sealed = await desk.seal(vault_of(OLD), "a token")
    await desk.write("DELETE FROM data_key")
    assert await desk.refusal(vault_of(OLD), sealed) == "unknown_key"


async def test_without_its_master_key_nothing_opens_and_nothing_is_sealed(desk: Desk) -> None:
    sealed = await desk.seal(vault_of(OLD), "a token")
    assert await desk.refusal(vault_of(NEW), sealed) == "unknown_master"
    assert await desk.refusal(vault_of(MasterKey("old", NEW.material)), sealed) == "altered"
    with pytest.raises(Unsealable):
        await desk.seal(vault_of(NEW), "another")


async def test_a_data_key_under_the_name_of_another_is_refused(desk: Desk) -> None:
    vault = vault_of(OLD)
    sealed = await desk.seal(vault, "a token")
    await desk.write("UPDATE data_key SET id = 'forged'")
    assert await desk.refusal(vault, f"v1.forged.{sealed.rpartition('.')[2]}") == "altered"
    await desk.write("UPDATE data_key SET sealed = 'rubbish!'")
    assert await desk.refusal(vault, f"v1.forged.{sealed.rpartition('.')[2]}") == "malformed"


async def test_any_of_several_master_keys_opens_and_the_first_seals(desk: Desk) -> None:
    sealed = await desk.seal(vault_of(OLD), "a token")
    assert await desk.open(vault_of(NEW, OLD), sealed) == "a token"
    await desk.units.run(0, lambda tx, scope: rotation.begin(tx, scope, vault=vault_of(NEW, OLD)))
    newer = await desk.seal(vault_of(NEW), "another")
    assert await desk.refusal(vault_of(OLD), newer) == "unknown_master"


async def test_data_keys_move_to_a_new_master_key_and_the_old_one_may_go(desk: Desk) -> None:
    sealed = await desk.seal(vault_of(OLD), "a token")
    both = vault_of(NEW, OLD)
    assert await desk.units.run(0, lambda tx, scope: rotation.rewrap(tx, scope, vault=both)) == 1
    assert await desk.units.run(0, lambda tx, scope: rotation.rewrap(tx, scope, vault=both)) == 0
    assert await desk.open(vault_of(NEW), sealed) == "a token"
    assert await desk.refusal(vault_of(OLD), sealed) == "unknown_master"


async def test_what_was_sealed_under_the_derived_key_opens_once_a_list_is_set(desk: Desk) -> None:
    sealed = await desk.seal(vault_of(*master_keys("", SECRET)), "a token")
    assert await desk.open(vault_of(NEW, *master_keys("", SECRET)), sealed) == "a token"


async def test_a_rotation_waits_for_whoever_seals_with_the_old_key(desk: Desk) -> None:
    """Otherwise the old key could be deleted before a text that it has just sealed is to be seen."""
    vault = vault_of(OLD)
    await desk.seal(vault, "the first makes the key")
    sealing, may_end = asyncio.Event(), asyncio.Event()

    async def slow(tx: Tx, scope: Scope) -> Done[str]:
        key = await vault.sealing_key(tx, scope.now)
        sealing.set()
        await may_end.wait()
        return Done(key.id)

    slowly = asyncio.create_task(desk.units.run(0, slow))
    await sealing.wait()
    turning = asyncio.create_task(desk.units.run(0, lambda tx, scope: rotation.begin(tx, scope, vault=vault)))
    next_one = asyncio.create_task(desk.seal(vault, "after it"))
    done, _ = await asyncio.wait([turning], timeout=0.2)
    may_end.set()
    assert not done
    assert await slowly != await turning
    assert (await next_one).split(".")[1] in {await slowly, await turning}
    assert (await desk.seal(vault, "later")).split(".")[1] == await turning
    assert {key.id: key.state for key in await keys.everyone(desk.database.reader())} == {
        await slowly: "retiring",
        await turning: "active",
    }
