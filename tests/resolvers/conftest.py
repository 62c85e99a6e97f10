"""The graph for every test of its resolvers, and two communities in it."""

from tests.graph import graph
from tests.resolvers.houses import houses

__all__ = ["graph", "houses"]
