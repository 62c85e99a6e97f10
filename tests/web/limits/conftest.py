"""The graph for the tests of its limits."""

from tests.graph import graph

__all__ = ["graph"]
