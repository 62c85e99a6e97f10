"""GraphQL over HTTP, judged by the audits of its own authors: https://github.com/graphql/graphql-http"""

import asyncio
import fcntl
import os
import shutil
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from pathlib import Path

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from graphql import OperationType, parse

from server.app import rights_now
from server.resolvers.context import context_factory
from server.resolvers.root import build_schema
from server.system import SystemIds
from server.web.graphql.documents import Document, Documents, current
from server.web.graphql.endpoint import PATH, add_graphql
from tests.graph import Graph

HERE = Path(__file__).parent
INSTALLED = HERE / "node_modules" / ".package-lock.json"
TIMEOUT_S = 120
AUDITS = 61
# Three audits ask by GET. Here GET serves registered documents only, so these are registered for them.
BY_GET = ("{ __typename }", "query Type($name: String!) { __type(name: $name) { name } }")


@pytest.fixture(scope="session")
def node() -> Mapping[str, str]:
    """An environment with Node, the machine's own first, and the packages of the audits in place."""
    environment = os.environ | {"PATH": f"{os.environ['PATH']}{os.pathsep}{Path(sys.executable).parent}"}
    with (HERE / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not INSTALLED.exists() or INSTALLED.stat().st_mtime < (HERE / "package-lock.json").stat().st_mtime:
            npm = shutil.which("npm", path=environment["PATH"])
            assert npm is not None, "Node.js is missing. Run: make install"
            command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            subprocess.run(command, cwd=HERE, env=environment, timeout=TIMEOUT_S, check=True)
            INSTALLED.touch()
    return environment


def document(text: str) -> Document:
    """A registered document."""
    return Document(
        id=text, name="Audit", file="audit.graphql", text=text, kind=OperationType.QUERY, parsed=parse(text)
    )


@pytest.fixture
async def address(graph: Graph) -> AsyncGenerator[str, None]:
    """Where the whole endpoint answers, the documents of the audits registered."""
    server, schema = graph.server, build_schema()
    documents = Documents(schema._schema, [*current(schema._schema), *map(document, BY_GET)])
    site = web.Application()
    context = context_factory(server.services, SystemIds(), lambda *_: None)
    add_graphql(
        site,
        schema=schema,
        documents=documents,
        context=context,
        door=server.door,
        rights=partial(rights_now, server.database),
        clock=server.clock,
        ids=SystemIds(),
    )
    async with TestServer(site) as listening:
        yield str(listening.make_url(PATH))


@pytest.mark.timeout(TIMEOUT_S * 2)
async def test_every_audit_of_graphql_over_http_passes(graph: Graph, address: str, node: Mapping[str, str]) -> None:
    command = ("node", str(HERE / "audit.mjs"), address, graph.operator)
    auditing = await asyncio.create_subprocess_exec(*command, env=dict(node), stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(TIMEOUT_S):
        told, trouble = await auditing.communicate()
    assert auditing.returncode == 0, trouble.decode()
    results = orjson.loads(told)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == AUDITS
