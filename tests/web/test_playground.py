"""The playground over HTTP: what is served, how it is guarded, and that it fits the schema and its packages."""

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from graphql import build_schema, parse, validate

from server.web.playground.build import FILES, HERE, vendored_name
from server.web.playground.pages import ASSETS, add_playground

ROOT = Path(__file__).parents[2]
OPERATIONS = sorted((ASSETS / "operations").glob("*.graphql"))
SCHEMA = build_schema((ROOT / "server" / "schema" / "schema.graphql").read_text(encoding="utf-8"))


def versions() -> dict[str, str]:
    return json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """Our own files, with stand-ins for those of others."""
    copytree(ASSETS, tmp_path / "assets", ignore=ignore_patterns("vendor"))
    vendor = tmp_path / "assets" / "vendor"
    vendor.mkdir()
    for package, files in FILES.items():
        for file in files:
            vendor.joinpath(vendored_name(package, versions()[package], file)).write_text(f"/* {package} */")
    (vendor / "secret.txt").write_text("not for anybody")
    return tmp_path / "assets"


@asynccontextmanager
async def site(assets: Path) -> AsyncGenerator[TestClient[Any, Any], None]:
    app = web.Application()
    add_playground(app, assets)
    async with TestClient(TestServer(app)) as client:
        yield client


def linked(page: str) -> list[str]:
    return [address for address in re.findall(r'(?:src|href)="([^"]+)"', page) if address != "data:,"]


async def test_everything_the_page_links_is_ours_there_and_guarded(assets: Path) -> None:
    async with site(assets) as client:
        answer = await client.get("/playground")
        links = linked(await answer.text())
        assert len(links) == 7
        for address in ("/playground", "/playground/operations.json", *links):
            answer = await client.get(address)
            assert answer.status == 200, address
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; ")
            assert "unsafe" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            kept = "public, max-age=31536000, immutable" if "/vendor/" in address else "no-cache"
            assert answer.headers["Cache-Control"] == kept


async def test_nothing_else_is_served(assets: Path) -> None:
    async with site(assets) as client:
        for name in (
            "vendor/secret.txt",
            "unbuilt.html",
            "vendor/",
            "..%2f..%2fpage.py",
            "vendor/react-18.2.0.LICENSE",
        ):
            assert (await client.get(f"/playground/{name}")).status == 404, name


async def test_without_its_packages_the_page_says_what_to_run(assets: Path, tmp_path: Path) -> None:
    copytree(assets, tmp_path / "unbuilt", ignore=ignore_patterns("vendor"))
    async with site(tmp_path / "unbuilt") as client:
        page = await (await client.get("/playground")).text()
        assert "make install" in page
        for address in linked(page):
            assert (await client.get(address)).status == 200


async def test_a_file_that_did_not_change_is_not_sent_again(assets: Path) -> None:
    async with site(assets) as client:
        first = await client.get("/playground/page.js")
        again = await client.get("/playground/page.js", headers={"If-None-Match": first.headers["ETag"]})
        assert (first.status, again.status) == (200, 304)


async def test_a_compressed_copy_is_sent_to_a_browser_that_takes_it(assets: Path) -> None:
    (assets / "vendor" / "react-18.2.0.min.js.gz").write_bytes(b"\x1f\x8b\x08")
    async with site(assets) as client:
        address = "/playground/vendor/react-18.2.0.min.js"
        plain = await client.get(address, headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        small = await client.head(address, headers={"Accept-Encoding": "gzip"})
        assert small.headers["Content-Encoding"] == "gzip"
        assert small.headers["Content-Type"] == plain.headers["Content-Type"]


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_a_ready_made_operation_fits_the_schema(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert validate(SCHEMA, parse(text)) == []
    assert max(map(len, text.splitlines())) <= 62, "it is read in half a window"


def test_there_is_an_operation_for_every_first_step() -> None:
    named = {re.findall(r"(?:query|mutation|subscription) (\w+)", path.read_text())[0] for path in OPERATIONS}
    asked = {"Leaderboard", "WhySoMuch", "EarningStatus", "LeaderboardChanged", "CreateCommunity", "AttachChannel"}
    assert named == asked


def test_the_page_itself_asks_what_the_schema_answers() -> None:
    asked = re.findall(r"= `(query .+?)`;", (ASSETS / "page.js").read_text(), re.DOTALL)
    assert len(asked) == 2
    for query in asked:
        assert validate(SCHEMA, parse(query)) == []


def test_the_page_never_keeps_anything_beyond_the_tab() -> None:
    program = (ASSETS / "page.js").read_text()
    assert not re.search(r"localStorage|document\.cookie|innerHTML|eval\(", program)


def test_the_locked_packages_are_the_wanted_ones_each_with_its_checksum() -> None:
    locked = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert locked[""]["dependencies"] == versions()
    for package, version in versions().items():
        assert locked[f"node_modules/{package}"]["version"] == version, "versions are exact"
    assert all(entry["integrity"].startswith("sha512-") for place, entry in locked.items() if place)


def test_the_page_links_exactly_what_is_built() -> None:
    built = {
        vendored_name(package, versions()[package], file)
        for package, files in FILES.items()
        for file in files
        if not file.startswith("LICENSE")
    }
    page = (ASSETS / "page.html").read_text()
    assert {Path(address).name for address in linked(page) if "/vendor/" in address} == built
