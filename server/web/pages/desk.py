"""What every page works with."""

from dataclasses import dataclass

from server.jobs.unit import Units
from server.ports import Reader
from server.store.database import Database
from server.web.pages.browser import Browsers
from server.web.pages.layout import Layout
from server.web.pages.platforms import Ways


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every page works with."""

    database: Database
    units: Units
    layout: Layout
    browsers: Browsers
    ways: Ways

    @property
    def reader(self) -> Reader:
        """A connection for queries."""
        return self.database.reader()
