"""Schemathesis makes operations of the whole schema and finds none that breaks anything."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping
from pathlib import Path

import pytest

from server.domain.limits import RULES
from server.schema.ids import Kind, id_of
from server.web.graphql.endpoint import PATH
from tests.graph import Graph

HOOKS = Path(__file__).with_name("known_values.py")
TIMEOUT_S = 120
EXAMPLES = 20
NAMED: Mapping[str, Kind] = {
    "claimId": "wager_claim",
    "alertId": "alert",
    "blockId": "slot_block",
    "callId": "slot_call",
    "channelId": "channel",
    "drawId": "draw",
    "forgettingId": "forgetting",
    "giveawayId": "giveaway",
    "happeningId": "happening",
    "jobId": "job",
    "keyId": "overlay_key",
    "panelId": "panel",
    "raffleId": "raffle",
    "redemptionId": "redemption",
    "reviewId": "happening_review",
    "rewardId": "reward",
    "roleRewardId": "role_reward",
    "streamAlertId": "job",
    "timerId": "timer",
    "tokenId": "api_token",
}
"""Which thing an input means by an id; where there is none of it, a refusal says so."""

NOT_FOR_OPERATORS = (
    "Mutation.leaseJobs",
    "Mutation.acknowledgeJob",
    "Mutation.acknowledgeJobs",
    "Mutation.reportPanel",
    "Mutation.takeStreamAlert",
    "Query.exportMyData",
)
"""Only for services, each of whose tokens is good for a single request, and for a person himself."""


async def one_of_everything(graph: Graph) -> Mapping[str, str]:
    """A community with a stream and viewers, and their ids as the hooks want them."""
    community = await graph.live.community()
    await graph.watched()
    [stream] = await graph.server.database.reader().fetch("SELECT id FROM stream")
    return {
        "KNOWN_COMMUNITY": id_of("community", community),
        "KNOWN_VIEWER": (await graph.accounts(community))["1"],
        "KNOWN_STREAM": id_of("stream", stream["id"]),
        "KNOWN_IDS": json.dumps({name: id_of(kind, 1) for name, kind in NAMED.items()}),
    }


@pytest.mark.timeout(TIMEOUT_S * 2)
async def test_no_operation_of_the_schema_breaks_anything(graph: Graph, tmp_path: Path) -> None:
    known = await one_of_everything(graph)
    graph.server.services.limits._limits |= {rule.name: rule.limit.widened(100) for rule in RULES}
    command = (
        *(str(Path(sys.executable).with_name("schemathesis")), "run", str(graph.live.http.make_url(PATH))),
        *("--header", f"Authorization: Bearer {graph.operator}"),
        *(
            "--max-examples",
            str(EXAMPLES),
            "--seed",
            "1",
            "--phases",
            "fuzzing",
            "--mode",
            "positive",
            "--generation-database",
            "none",
            "--no-color",
        ),
        *(part for name in NOT_FOR_OPERATORS for part in ("--exclude-name", name)),
    )
    environment = os.environ | known | {"SCHEMATHESIS_HOOKS": str(HOOKS)}
    asking = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT, cwd=tmp_path, env=environment)
    async with asyncio.timeout(TIMEOUT_S):
        told, _ = await asking.communicate()
    shown = told.decode()
    assert asking.returncode == 0, shown
    assert "Test cases" in shown, shown
