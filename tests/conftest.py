"""What every test shares: how hypothesis searches, and that a full run skips nothing."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import hypothesis
import pytest

from tests.postgres import POSTGRES_URL

HERE = Path(__file__).parent
AnyReport = TypeVar("AnyReport", pytest.TestReport, pytest.CollectReport)

hypothesis.settings.register_profile("regulars", deadline=None, print_blob=True)
hypothesis.settings.load_profile("regulars")


def unskipped(report: AnyReport) -> AnyReport:
    """The report, as a failure where it was a skip and REGULARS_REQUIRE_ALL is set."""
    if report.skipped and os.environ.get("REGULARS_REQUIRE_ALL"):
        report.outcome = "failed"
        report.longrepr = f"Skipped, and REGULARS_REQUIRE_ALL allows no skips: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return unskipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return unskipped((yield))


WITHOUT_DATABASE = ("auth", "clients", "domain", "platforms", "schema", "web/documents")
WITHOUT_DATABASE += ("test_fairness.py", "test_floor_plan.py", "test_house.py", "test_verifying.py", "web/test_verify")
"""Where tests that open no database do not look at which one there is either."""


def is_asked_here(item: pytest.Item) -> bool:
    """Whether a test has something to tell on this database.

    SQLite's file is open in one process only, so that nothing is told of several servers. What opens no database is
    told where there is SQLite, and would be no other on PostgreSQL.
    """
    if POSTGRES_URL is None:
        return item.get_closest_marker("several_servers") is None
    place = item.path.relative_to(HERE).as_posix()
    return "migrated" in getattr(item, "fixturenames", ()) or not place.startswith(WITHOUT_DATABASE)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what has nothing to tell on this database, unless it was asked for by its own name."""
    left_out = [item for item in items if not is_asked_here(item)]
    if len(left_out) == len(items) and POSTGRES_URL is not None:
        return
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what failed before it was asked again, and how many ways of asking were tried for every root field."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.write_sep("_", f"failed, and was asked again: {report.nodeid}")
        terminalreporter.write_line(report.longreprtext)
    sizes = [
        value
        for report in terminalreporter.stats.get("passed", [])
        for name, value in report.user_properties
        if name == "permission matrix"
    ]
    for callers, communities in sorted({tuple(size) for size in sizes}):
        fields = sum(tuple(size) == (callers, communities) for size in sizes)
        terminalreporter.write_line(
            f"permission matrix: {fields} fields x {callers} callers x {communities} communities = "
            f"{fields * callers * communities} cases"
        )


pytest_plugins = ["tests.brokers", "tests.checking", "tests.database", "tests.running"]
