"""What the collector looks at while a server runs. Each story has a process of its own, as it has one collector."""

import subprocess
import sys
from textwrap import dedent

BEGUN = dedent("""
    import asyncio, gc, weakref
    from server import garbage

    class Ring:
        def __init__(self):
            self.itself = self

    async def served(story):
        async with garbage.keeping_what_is_there():
            await story()
        assert garbage.keep_survivors not in gc.callbacks
""")


def told(story: str) -> str:
    """What a story prints that is played in a process of its own."""
    program = BEGUN + dedent(story) + "\nasyncio.run(served(story))\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_stayed_through_one_look_is_not_walked_through_again() -> None:
    assert told("""
        async def story():
            before = gc.get_freeze_count()
            held = [Ring() for _ in range(1_000)]
            gc.collect()
            print(gc.get_freeze_count() - before >= 1_000, len(gc.get_objects()) < 1_000, len(held))
    """) == ("True True 1000")


def test_what_is_new_and_refers_to_itself_is_freed_as_ever() -> None:
    assert told("""
        async def story():
            ring = Ring()
            seen = weakref.ref(ring)
            del ring
            gc.collect()
            print(seen())
    """) == ("None")


def test_what_ends_later_is_freed_by_its_references() -> None:
    assert told("""
        async def story():
            held = [[number] for number in range(10)], Ring()
            kept = weakref.ref(held[1])
            held[1].itself = None
            gc.collect()
            del held
            print(kept())
    """) == ("None")


def test_a_daily_look_frees_what_was_left_out() -> None:
    assert told("""
        garbage.DAY_S = 0.0
        async def story():
            ring = Ring()
            seen = weakref.ref(ring)
            gc.collect()
            del ring
            gc.collect()
            for _ in range(5):
                await asyncio.sleep(0)
            print(seen())
    """) == ("None")
