"""The page that checks draws, in a real browser: the same vectors, checks and words as the command line's."""

import shutil
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.domain.draws.records import read_record, sign
from server.domain.draws.verify import Report, Viewer
from server.domain.draws.verify import verify as checked
from server.platforms.drand.bls import signature_fault
from server.web.verify.build import PAGE, VENDOR
from server.web.verify.pages import add_verify
from tests.domain.drawing import ALICE, BROKEN, COMMIT, PASS, RESULT, VECTORS, WHOLE, bundle
from tests.web.chromium import Browser, chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no chromium"),
    pytest.mark.skipif(not (VENDOR / PAGE).is_file(), reason="the page is not built"),
]

# What the published vectors say, computed by the page; the names are theirs.
COMPUTED = """
(async (V) => {
  const { hash, hex, unhex, text, canon, entryId, leaf, growTree, pathOf, startOf, Stream, seedOf, draw } = rdp1;
  const salt = (name) => hash(text(name));
  const people = (count, weight) => [...Array(count).keys()]
    .map((i) => ({ id: hex(entryId(salt("salt" + i), "kick:" + (1000 + i))), weight: weight(i), label: "" }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const top = (levels) => levels[levels.length - 1][0];
  const weights = (entries) => entries.map((one) => one.weight);
  const out = {};
  out.entry_id = V.entry_id.map((one) => ({ ...one, id: hex(entryId(unhex(one.salt), one.subject)) }));
  out.sum_tree = [];
  for (const { n } of V.sum_tree) {
    const entries = people(n, (i) => i + 1), { hash: root, sum: total } = top(await growTree(entries));
    out.sum_tree.push({ n, root: hex(root), total, first_leaf: hex(leaf(entries[0])) });
  }
  const seed = unhex(V.prng.seed), plain = new Stream(seed);
  out.prng = [0, 1, 2, 3].map(() => String(plain.next()));
  for (const name of ["rejection", "below"]) {
    const stream = new Stream(seed), values = V[name].values.map(() => String(stream.below(BigInt(V[name].n))));
    out[name] = { values, blocks_used: stream.used };
  }
  const E = V.end_to_end, entries = rdp1.readEntries(E.entries_csv), levels = await growTree(entries);
  const commit = rdp1.recordHash(rdp1.readRecord(E.record));
  const drawn = draw(unhex(E.seed), weights(entries), 4, true), path = pathOf(levels, drawn[0][2]);
  const randomness = rdp1.randomnessOf(E.signature);
  out.end_to_end = {
    ...E, canonical_sha256: hex(hash(text(canon(E.record)))), commit: hex(commit), short_code: rdp1.shortCode(commit),
    randomness: hex(randomness), seed: hex(seedOf(commit, unhex(rdp1.CHAIN), E.round, randomness)),
    result: drawn.map(([position, ticket, index]) => ({ position, ticket, index, label: entries[index].label })),
    winner_proof: path,
    winner_range_start: startOf(entries[drawn[0][2]], path, E.record.entries_root, E.record.tickets_total),
  };
  out.per_ticket_mode = draw(unhex(V.per_ticket_mode.seed), weights(entries), 6, false)
    .map(([position, ticket, owner]) => [position, ticket, entries[owner].label]);
  const w = (i) => 1 + (new DataView(salt("w" + i).buffer).getUint32(0) % 49), many = people(V.million.entrants, w);
  const forest = await growTree(many), million = draw(unhex(V.million.seed), weights(many), 10, true);
  out.million = {
    root: hex(top(forest).hash), tickets_total: top(forest).sum, path_len: pathOf(forest, million[0][2]).length,
    first10: million.map(([p, t, i]) => [p, t, i, many[i].id.slice(0, 16)]),
  };
  out.beacons = [[1000, E.signature], [1001, E.signature], [1000, "00".repeat(48)], [1000, "c0" + "00".repeat(47)]]
    .map(([round, signature]) => rdp1.signatureFault(round, signature));
  return out;
})
"""


@pytest.fixture
async def browser() -> AsyncGenerator[Browser, None]:
    app = web.Application()
    add_verify(app)
    async with TestServer(app) as server, chromium() as found:
        await found.open(str(server.make_url("/verify")))
        await found.until("window.rdp1")
        yield found
        assert found.troubles == []
        assert [url for url in found.asked if "data:" not in url] == [str(server.make_url("/verify"))]


async def test_every_vector_comes_out_byte_for_byte(browser: Browser) -> None:
    out = await browser.value(f"({COMPUTED})({orjson.dumps(VECTORS).decode()})")
    for name in ("entry_id", "sum_tree", "end_to_end"):
        assert out[name] == VECTORS[name], name
    assert out["prng"] == [str(value) for value in VECTORS["prng"]["u64"]]
    for name in ("rejection", "below"):
        wanted = VECTORS[name]
        assert out[name]["values"] == [str(value) for value in wanted["values"]]
        assert out[name]["blocks_used"] == wanted["blocks_used"]
    assert out["per_ticket_mode"] == VECTORS["per_ticket_mode"]["result"]
    assert out["million"] == {key: VECTORS["million"][key] for key in out["million"]}
    assert out["beacons"] == [None, "signature_wrong", "signature_unfit", "signature_unfit"]


def told(report: Report) -> dict[str, Any]:
    """A report as the page's script has it."""
    return {
        "verdict": report.verdict,
        "sentence": report.sentence,
        "code": report.code,
        "checks": [{"name": one.name, "fault": one.fault, "sentence": one.sentence} for one in report.checks],
        "winners": [
            {
                "position": one.place.position,
                "ticket": one.place.ticket,
                "shown": one.entry.label,
                "passed": one.passed,
                "wins": one.wins,
            }
            for one in report.winners
        ],
    }


async def test_the_page_finds_what_the_command_line_finds_in_the_same_words(browser: Browser) -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    signed = COMMIT | {"operator_key": key.public_key().public_bytes_raw().hex()}
    bundles = {name: one for name, (one, _) in (WHOLE | BROKEN).items()}
    bundles["signed"] = bundle(signed, signature=sign(key, read_record(signed)).hex())
    for name, one in bundles.items():
        found = await browser.value(f"rdp1.verify({orjson.dumps(one).decode()})")
        assert found == told(checked(one, signature_fault)), name
    viewers = [ALICE, ALICE | {"subject": "kick:502"}, ALICE | {"subject": "alice"}, ALICE | {"code": "2HVJ"}]
    for viewer in (*viewers, ALICE | {"salt": "00"}):
        found = await browser.value(f"rdp1.verify({orjson.dumps(bundle()).decode()}, {orjson.dumps(viewer).decode()})")
        known = Viewer(code=viewer["code"], subject=viewer["subject"], salt=bytes.fromhex(viewer["salt"]))
        assert found == told(checked(bundle(), signature_fault, known)), viewer


async def fill(browser: Browser, **fields: str) -> None:
    for name, value in fields.items():
        place = f"document.getElementById('{name}')"
        await browser.value(f"{place}.value = {orjson.dumps(value).decode()}; {place}.focus()")


TRICK = "<img src=x onerror=alert(1)>"
SHOWN = "document.getElementById('report').hidden === false"


async def test_a_viewer_pastes_presses_enter_and_is_led_to_the_verdict(browser: Browser) -> None:
    content = orjson.dumps(bundle(COMMIT, RESULT, PASS)).decode()
    await fill(browser, text=content, subject=ALICE["subject"], salt=ALICE["salt"], code=ALICE["code"])
    await browser.press("Enter", 13, "\r")
    await browser.until(SHOWN)
    assert await browser.value("document.activeElement.id") == "verdict"
    assert await browser.value("document.getElementById('verdict').textContent") == "Verified"
    checks = await browser.value("document.getElementById('checks').innerText")
    assert "You are in with 120 tickets" in checks
    assert "FAIL" not in checks
    winners = await browser.value("document.getElementById('winners').innerText")
    assert winners.splitlines()[:2] == ["alice, ticket 542: passed over: unclaimed", "bob, ticket 13: wins"]
    await fill(browser, text=orjson.dumps(BROKEN["a weight changed"][0]).decode(), code="")
    await browser.press("Tab", 9)
    await browser.value("document.getElementById('check').click()")
    await browser.until("document.getElementById('verdict').textContent === 'Failed'")
    assert "FAIL" in await browser.value("document.getElementById('checks').innerText")


async def test_what_is_no_json_is_told_and_a_chosen_file_is_read(browser: Browser, tmp_path: Path) -> None:
    await fill(browser, text="{")
    await browser.value("document.getElementById('check').click()")
    await browser.until("document.getElementById('status').textContent.startsWith('This is not JSON')")
    file = tmp_path / "draw.json"
    file.write_bytes(orjson.dumps(bundle(COMMIT | {"title": TRICK})))
    node = await browser.call("Runtime.evaluate", expression="document.getElementById('file')")
    await browser.call("DOM.setFileInputFiles", files=[str(file)], objectId=node["result"]["objectId"])
    await browser.value("document.getElementById('check').click()")
    await browser.until(SHOWN)
    assert await browser.value("document.getElementById('verdict').textContent") == "Not drawn yet"
    assert TRICK in await browser.value("document.getElementById('checks').innerText")
    assert await browser.value("document.images.length") == 0


async def test_everything_has_a_name_and_fits_a_phone(browser: Browser) -> None:
    await browser.call("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
    await fill(browser, text=orjson.dumps(bundle()).decode())
    await browser.value("document.getElementById('check').click()")
    await browser.until(SHOWN)
    for scheme in ("light", "dark"):
        await browser.prefer(scheme)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await browser.value(wide) == 0
    unnamed = "[...document.querySelectorAll('input, textarea')].filter((one) => one.labels.length === 0).length"
    assert await browser.value(unnamed) == 0


async def test_the_page_works_when_it_is_saved_to_a_file(tmp_path: Path) -> None:
    saved = tmp_path / "verify.html"
    shutil.copy(VENDOR / PAGE, saved)
    async with chromium() as browser:
        await browser.open(saved.as_uri())
        await browser.until("window.rdp1")
        await fill(browser, text=orjson.dumps(bundle()).decode())
        await browser.value("document.getElementById('check').click()")
        await browser.until(SHOWN)
        assert await browser.value("document.getElementById('verdict').textContent") == "Verified"
        assert browser.troubles == []
