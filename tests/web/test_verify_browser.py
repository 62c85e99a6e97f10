"""The page that checks draws, in a real browser: the same vectors, checks and words as the command line's."""

import shutil
from base64 import b64decode
from collections.abc import AsyncGenerator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from clients.simulator.beacon import signature_of
from server.domain.draws.typed import Viewer
from server.domain.draws.verify import Report
from server.domain.draws.verify import verify as checked
from server.platforms.drand.bls import signature_fault
from server.web.verify.pages import add_verify
from tests.domain.demo import of_the_demo
from tests.domain.drawing import ALICE, BROKEN, COMMIT, PASS, RESULT, TYPED, VECTORS, WHOLE, bundle
from tests.domain.redrawing import HISTORIES, KNOWN
from tests.web.chromium import Browser
from tests.web.pages.looking import PICTURES

pytestmark = pytest.mark.browser

fault_of = cache(signature_fault)

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
async def page(browser: Browser, verify_page: Path) -> AsyncGenerator[Browser, None]:
    """A browser that shows the page, and asks nobody else for anything."""
    app = web.Application()
    add_verify(app, verify_page.parent)
    async with TestServer(app) as server:
        await browser.open(str(server.make_url("/verify")))
        await browser.until("window.rdp1")
        yield browser
        assert browser.troubles == []
        assert [url for url in browser.asked if "data:" not in url] == [str(server.make_url("/verify"))]


async def test_every_vector_comes_out_byte_for_byte(page: Browser) -> None:
    out = await page.value(f"({COMPUTED})({orjson.dumps(VECTORS).decode()})")
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
        "typed": [{"name": one.name, "fault": one.fault, "sentence": one.sentence} for one in report.typed],
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


async def test_the_page_finds_what_the_command_line_finds_in_the_same_words(page: Browser) -> None:
    bundles = {name: one for known in (WHOLE, BROKEN) for name, (one, _) in known.items()}
    bundles["from the beacon of a demo"] = of_the_demo(signature_of(1000))
    bundles |= {name: one for name, (one, _, _) in HISTORIES.items()}
    for name, one in bundles.items():
        text = orjson.dumps(orjson.dumps(one).decode()).decode()
        found = await page.value(f"rdp1.verify(rdp1.readJson({text}))")
        assert found == told(checked(one, fault_of)), name
    for name, (one, key, _, _) in KNOWN.items():
        found = await page.value(f"rdp1.verify({orjson.dumps(one).decode()}, {{key: {orjson.dumps(key).decode()}}})")
        assert found == told(checked(one, fault_of, Viewer(key=key))), name
    for name, (viewer, _) in TYPED.items():
        found = await page.value(f"rdp1.verify({orjson.dumps(bundle()).decode()}, {orjson.dumps(viewer).decode()})")
        assert found == told(checked(bundle(), fault_of, Viewer(**viewer))), name


LEFT_OUT = """
(async (bundle, count) => {
  const rows = [...Array(count).keys()].map((at) => at.toString(16).padStart(64, "0") + ",unlinked\\n");
  const found = await rdp1.verify({ ...bundle, excluded: rows.join("") });
  const odd = await rdp1.verify({ ...bundle, excluded: rows.join("") + "x" });
  return [found, odd].map((one) => one.checks.filter((check) => check.fault).map((check) => check.fault));
})
"""
NUMBERS = r'{"a":1,"b":1.0,"c":[-0.5,2e0,10],"d":"1.5 \" 1.5","e\\":"\\","f":1E+2}'


async def test_a_list_of_150000_who_were_left_out_is_read(page: Browser) -> None:
    found, odd = await page.value(f"({LEFT_OUT})({orjson.dumps(bundle()).decode()}, 150_000)")
    assert (found, odd) == (["excluded_changed"], ["bundle_unfit"])


async def test_only_numbers_that_are_written_as_whole_ones_are_numbers(page: Browser) -> None:
    found = await page.value(f"rdp1.readJson({orjson.dumps(NUMBERS).decode()})")
    assert found == {"a": 1, "b": None, "c": [None, None, 10], "d": '1.5 " 1.5', "e\\": "\\", "f": None}


async def test_what_the_page_cannot_do_is_told_in_a_sentence(page: Browser) -> None:
    await page.value("document.getElementById('text').value = '{}'; JSON.parse = () => { throw new RangeError('x'); }")
    await page.value("document.getElementById('check').click()")
    await page.until("document.getElementById('status').textContent.startsWith('This page could not check the file')")


async def fill(page: Browser, **fields: str) -> None:
    for name, value in fields.items():
        place = f"document.getElementById('{name}')"
        await page.value(f"{place}.value = {orjson.dumps(value).decode()}; {place}.focus()")


TRICK = "<img src=x onerror=alert(1)>"
SHOWN = "document.getElementById('report').hidden === false"


async def test_a_viewer_pastes_presses_enter_and_is_led_to_the_verdict(page: Browser) -> None:
    content = orjson.dumps(bundle(COMMIT, RESULT, PASS)).decode()
    await fill(page, text=content, account=ALICE["subject"], salt=ALICE["salt"], code=ALICE["code"])
    await page.press("Enter", 13, "\r")
    await page.until(SHOWN)
    assert await page.value("document.activeElement.id") == "verdict"
    assert await page.value("document.getElementById('verdict').textContent") == "Verified"
    checks = await page.value("document.getElementById('checks').innerText")
    assert "You are in with 120 tickets" in checks
    assert "FAIL" not in checks
    winners = await page.value("document.getElementById('winners').innerText")
    assert winners.splitlines()[:2] == ["alice, ticket 542: passed over: unclaimed", "bob, ticket 13: wins"]
    await fill(page, text=orjson.dumps(BROKEN["a weight changed"][0]).decode(), code="")
    await page.press("Tab", 9)
    await page.value("document.getElementById('check').click()")
    await page.until("document.getElementById('verdict').textContent === 'Failed'")
    assert "FAIL" in await page.value("document.getElementById('checks').innerText")


async def test_what_is_typed_wrongly_is_told_beside_its_field_and_the_draw_stays_verified(page: Browser) -> None:
    await fill(page, text=orjson.dumps(bundle()).decode(), code="A3NR", account=ALICE["subject"], salt="00")
    await page.value("document.getElementById('check').click()")
    await page.until(SHOWN)
    assert await page.value("document.getElementById('verdict').textContent") == "Verified"
    assert "FAIL" not in await page.value("document.getElementById('checks').innerText")
    assert "this one has 2." in await page.value("document.getElementById('salt-wrong').innerText")
    assert "this one has 4." in await page.value("document.getElementById('code-wrong').innerText")
    wrong = "[...document.querySelectorAll('[aria-invalid=true]')].map((one) => one.id).join()"
    assert await page.value(wrong) == "code,salt"
    assert await page.value("document.getElementById('mend').getAttribute('href')") == "#code"
    await fill(page, code=ALICE["code"], salt=ALICE["salt"])
    await page.value("document.getElementById('check').click()")
    await page.until(f"({wrong}) === ''")
    assert await page.value("document.getElementById('typed').hidden") is True


async def test_what_is_no_json_is_told_and_a_chosen_file_is_read(page: Browser, tmp_path: Path) -> None:
    await fill(page, text="{")
    await page.value("document.getElementById('check').click()")
    await page.until("document.getElementById('status').textContent.startsWith('This is not JSON')")
    file = tmp_path / "draw.json"
    file.write_bytes(orjson.dumps(bundle(COMMIT | {"title": TRICK})))
    node = await page.call("Runtime.evaluate", expression="document.getElementById('file')")
    await page.call("DOM.setFileInputFiles", files=[str(file)], objectId=node["result"]["objectId"])
    await page.value("document.getElementById('check').click()")
    await page.until(SHOWN)
    assert await page.value("document.getElementById('verdict').textContent") == "Not drawn yet"
    assert TRICK in await page.value("document.getElementById('checks').innerText")
    assert await page.value("document.images.length") == 0


async def test_without_a_file_the_page_asks_for_one_and_leads_to_the_field(page: Browser) -> None:
    await page.value("document.getElementById('check').focus()")
    await page.press("Enter", 13, "\r")
    asked = "document.getElementById('file-wrong').innerText"
    await page.until(f"{asked}.startsWith('Choose a file first')")
    assert await page.value("document.activeElement.id") == "file"
    assert await page.value("document.activeElement.getAttribute('aria-describedby')") == "file-wrong"
    assert await page.value("document.activeElement.getAttribute('aria-invalid')") == "true"
    assert await page.value("document.getElementById('status').textContent") == ""
    await fill(page, text=orjson.dumps(bundle()).decode())
    await page.value("document.getElementById('check').click()")
    await page.until(SHOWN)
    assert await page.value("document.getElementById('file-wrong').hidden") is True
    assert await page.value("document.getElementById('file').hasAttribute('aria-invalid')") is False


async def test_the_button_is_seen_without_scrolling(page: Browser) -> None:
    await page.call("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
    assert await page.value("document.getElementById('check').getBoundingClientRect().bottom") <= 900
    if PICTURES:
        taken = await page.call("Page.captureScreenshot")
        Path(PICTURES, "verify-empty.png").write_bytes(b64decode(taken["data"]))


async def test_everything_has_a_name_and_fits_a_phone(page: Browser) -> None:
    await page.call("Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=2, mobile=True)
    await fill(page, text=orjson.dumps(HISTORIES["signed"][0]).decode())
    await page.value("document.getElementById('check').click()")
    await page.until(SHOWN)
    for scheme in ("light", "dark"):
        await page.prefer(scheme)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.value(wide) == 0
    unnamed = "[...document.querySelectorAll('input, textarea')].filter((one) => one.labels.length === 0).length"
    assert await page.value(unnamed) == 0


async def test_the_page_works_when_it_is_saved_to_a_file(browser: Browser, verify_page: Path, tmp_path: Path) -> None:
    saved = tmp_path / "verify.html"
    shutil.copy(verify_page, saved)
    await browser.open(saved.as_uri())
    await browser.until("window.rdp1")
    await fill(browser, text=orjson.dumps(bundle()).decode())
    await browser.value("document.getElementById('check').click()")
    await browser.until(SHOWN)
    assert await browser.value("document.getElementById('verdict').textContent") == "Verified"
    assert browser.troubles == []
