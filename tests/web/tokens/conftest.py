"""The graph for every test of what it is opened with."""

from tests.graph import graph

__all__ = ["graph"]
