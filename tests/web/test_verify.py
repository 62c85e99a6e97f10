"""The page that checks draws, over HTTP: one file that asks nobody for anything."""

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from server.web.verify.build import HERE, digest
from server.web.verify.build import page as made
from server.web.verify.pages import add_verify


@asynccontextmanager
async def site(folder: Path) -> AsyncGenerator[TestClient[Any, Any], None]:
    app = web.Application()
    add_verify(app, folder)
    async with TestClient(TestServer(app)) as client:
        yield client


def inside(page: str, tag: str) -> str:
    [found] = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", page, re.DOTALL)
    return found


async def test_the_page_is_whole_and_its_policy_names_the_one_script_and_style_in_it(verify_page: Path) -> None:
    async with site(verify_page.parent) as client:
        answer = await client.get("/verify")
        page = await answer.text()
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status == 200
    assert policy == (
        f"default-src 'none'; script-src {digest(inside(page, 'script'))}; style-src {digest(inside(page, 'style'))}; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert f'content="{policy.removesuffix("; frame-ancestors " + chr(39) + "none" + chr(39))}"' in page
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert set(re.findall(r'(?:src|href)="([^"]*)"', page)) == {"data:,", "#main", "#form"}


def test_a_script_stands_in_the_page_as_its_policy_names_it() -> None:
    page, policy = made("1 < 2 && '{policy}'")
    assert digest("1 < 2 && '{policy}'") in policy
    assert "<script type=\"module\">1 < 2 && '{policy}'</script>" in page


async def test_where_the_page_is_not_built_it_says_what_to_do(tmp_path: Path) -> None:
    async with site(tmp_path) as client:
        answer = await client.get("/verify")
        assert answer.status == 503
        assert "make install" in await answer.text()
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_the_packages_are_pinned_and_locked() -> None:
    told = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
    wanted = told["dependencies"] | told["devDependencies"]
    locked = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in wanted.items():
        entry = locked[f"node_modules/{name}"]
        assert entry["version"] == version
        assert entry["integrity"].startswith("sha512-")
        assert entry["license"] == "MIT"
