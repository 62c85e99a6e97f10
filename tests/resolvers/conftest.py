"""The graph for every test of its resolvers."""

from tests.graph import graph

__all__ = ["graph"]
