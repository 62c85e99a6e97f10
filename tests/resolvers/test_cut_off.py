"""An operation that is cut off at any moment leaves nothing begun and nothing that is reported as forgotten."""

import asyncio
import gc
import warnings
from typing import Any

import pytest
import strawberry
from graphql import execute, parse

from server.resolvers.execution import Executor, Schema, preparing

STEPS_MAX = 200
DOCUMENT = parse("{ slow { slow { name } other { name } many { name slow { name } } } other { name } }")


@strawberry.type
class Thing:
    name: str = "thing"

    @strawberry.field
    async def slow(self) -> "Thing":
        await asyncio.sleep(0)
        return Thing()

    @strawberry.field
    async def other(self) -> "Thing":
        return Thing()

    @strawberry.field
    async def many(self) -> list["Thing"]:
        await asyncio.sleep(0)
        return [Thing(), Thing()]


async def answered(schema: Schema) -> Any:
    """The answer to the document."""
    told: Any = execute(schema._schema, DOCUMENT, root_value=Thing(), executor_class=Executor)
    return await told


async def cut_off(schema: Schema, steps: int) -> bool:
    """Whether an operation was not over after so many steps of the loop, and was cut off then."""
    task = asyncio.create_task(answered(schema))
    for _ in range(steps):
        await asyncio.sleep(0)
    if task.done():
        assert task.result().errors is None
        return False
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    return True


async def test_an_operation_that_is_cut_off_leaves_nothing_behind() -> None:
    schema = Schema(Thing, execution_context_class=Executor)
    others = asyncio.all_tasks()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        steps = 0
        while await cut_off(schema, steps):
            gc.collect()
            assert [str(one.message) for one in seen] == [], f"after {steps} steps"
            assert asyncio.all_tasks() == others, f"after {steps} steps"
            steps += 1
            assert steps < STEPS_MAX
    assert steps > 5


async def test_what_is_prepared_and_refers_to_itself_is_forgotten_without_a_word() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        circle: list[object] = [preparing(Thing.slow)(Thing())]
        circle.append(circle)
        del circle
        gc.collect()
    assert [str(one.message) for one in seen] == []
