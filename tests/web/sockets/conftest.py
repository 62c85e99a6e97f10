"""The graph for every test of its websockets."""

from tests.graph import graph

__all__ = ["graph"]
