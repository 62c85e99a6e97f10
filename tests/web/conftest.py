"""The graph for every test of its endpoint."""

from tests.graph import graph

__all__ = ["graph"]
