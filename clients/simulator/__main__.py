"""The command line: python -m clients.simulator --help."""

import asyncio
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from clients.simulator.app import Options, Simulation
from clients.simulator.book import REPEATS, WINDOW
from clients.simulator.community import Setting
from clients.simulator.faults import ALL_FAULTS, NO_FAULTS, Faults
from clients.simulator.frames import Rooms
from clients.simulator.grants import KickApp
from clients.simulator.people import HARBOUR
from clients.simulator.stage import PLAYED_APP
from clients.simulator.system import wall_now

SHARE = Number(gte=0, lte=1)
COUNT = Number(gte=1)
AMOUNT = Number(gte=0)

app = App(name="simulator", help="Play Kick on 127.0.0.1: signed webhooks of a believable community.")


def _share(text: str) -> Parameter:
    return Parameter(validator=SHARE, help=text, group="Faults, each a share of the happenings from 0 to 1")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Switches:
    """The fault switches; one that is not given follows `--all-faults`."""

    duplicates: Annotated[float | None, _share("The same message id again, at once or hours later.")] = None
    doubled: Annotated[float | None, _share("A second subscription: same body, other message id.")] = None
    reorder: Annotated[float | None, _share("Held back by up to a minute, so that others overtake.")] = None
    delay: Annotated[float | None, _share("Held back by hours of event time, at most until the end.")] = None
    drop: Annotated[float | None, _share("Never delivered; the book says so.")] = None
    bad_signature: Annotated[float | None, _share("An extra forged delivery, to be answered 401.")] = None
    resplit: Annotated[float | None, _share("An extra one cut elsewhere in the signed bytes, 401.")] = None

    def chosen(self, *, all_faults: bool) -> Faults:
        """Return the rates given, and for the others those of `--all-faults` or none."""
        given = {name: rate for name, rate in asdict(self).items() if rate is not None}
        return replace(ALL_FAULTS if all_faults else NO_FAULTS, **given)


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Community:
    """Who plays and when."""

    seed: Annotated[int, Parameter(help="The same seed and start give the same community.")] = 1
    start: Annotated[
        datetime | None,
        Parameter(help="First instant of event time, RFC 3339. Default: so that the event clock never passes now."),
    ] = None
    duration: Annotated[timedelta, Parameter(help="Event time to play, such as 90m or 1h30m.")] = timedelta(hours=1)
    streams: Annotated[int, Parameter(validator=COUNT, help="Streams, with pauses between them.")] = 1
    viewers: Annotated[int, Parameter(validator=COUNT, help="People who chat.")] = 150
    liveliness: Annotated[float, Parameter(validator=Number(gt=0, lte=1), help="How much of a small chat's lines.")] = 1
    broadcaster_id: Annotated[int, Parameter(validator=COUNT, help="Kick user id of the channel.")] = HARBOUR.account
    broadcaster_name: Annotated[str, Parameter(help="Name of the channel.")] = HARBOUR.name
    channel_id: Annotated[
        int | None, Parameter(validator=COUNT, help="Its number on the websockets, over which it is then told, too.")
    ] = None
    chatroom_id: Annotated[int | None, Parameter(validator=COUNT, help="The number of its chat there.")] = None

    @property
    def rooms(self) -> Rooms | None:
        """Where the websockets tell of the channel; None unless both numbers are given."""
        if self.channel_id is None or self.chatroom_id is None:
            return None
        return Rooms(self.channel_id, self.chatroom_id)

    def setting(self, speed: float) -> Setting:
        """Return the plan's setting; a start without a zone is UTC."""
        start = self.start or fitting_start(wall_now(), self.duration, speed)
        broadcaster = replace(
            HARBOUR, account=self.broadcaster_id, name=self.broadcaster_name, slug=self.broadcaster_name.lower()
        )
        return Setting(
            start=start.replace(tzinfo=start.tzinfo or UTC),
            duration=self.duration,
            seed=self.seed,
            streams=self.streams,
            viewers=self.viewers,
            liveliness=self.liveliness,
            broadcaster=broadcaster,
        )


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Running:
    """How to deliver, and what to leave behind."""

    speed: Annotated[float, Parameter(validator=AMOUNT, help="Event seconds per second; 0 is as fast as it goes.")] = 1
    connections: Annotated[int, Parameter(validator=COUNT, help="Requests at the same time.")] = 16
    patience: Annotated[float, Parameter(validator=AMOUNT, help="Seconds to wait for the last answers.")] = 60
    window: Annotated[timedelta, Parameter(help="Window of the watch time law.")] = WINDOW
    repeats: Annotated[int, Parameter(validator=AMOUNT, help="Earlier messages a new one must differ from.")] = REPEATS
    port: Annotated[int, Parameter(validator=AMOUNT, help="Port of our own pages; 0 takes a free one.")] = 0
    key_file: Annotated[Path | None, Parameter(help="Private key, created if there is none.")] = None
    public_key_file: Annotated[Path | None, Parameter(help="Where to write the public key.")] = None
    book: Annotated[Path | None, Parameter(help="Where to write the book at the end.")] = None
    url_file: Annotated[Path | None, Parameter(help="Where to write the address of our pages.")] = None
    stay: Annotated[bool, Parameter(negative="", help="Keep the pages up after the end, until stopped.")] = False
    live: Annotated[bool, Parameter(negative="", help="Catch up with the present at that speed, then go at 1.")] = False
    quiet: Annotated[bool, Parameter(negative="", help="Print nothing.")] = False


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class SignIn:
    """The one app that people can sign in to."""

    client_id: Annotated[str, Parameter(help="Client id of the app.")] = PLAYED_APP.client_id
    client_secret: Annotated[str, Parameter(help="Client secret of the app; a played one.")] = PLAYED_APP.client_secret
    redirect_uri: Annotated[
        tuple[str, ...], Parameter(negative="", help="Where people may be sent back to, exactly; may be repeated.")
    ] = tuple(PLAYED_APP.redirect_uris)

    def app(self) -> KickApp:
        """Return the app as it is registered."""
        return KickApp(
            client_id=self.client_id,
            client_secret=self.client_secret,
            redirect_uris=frozenset(self.redirect_uri),
        )


COMMUNITY = Community()
RUNNING = Running()
SIGN_IN = SignIn()
SWITCHES = Switches()


def _web_address(_: object, value: str) -> None:
    if not value.startswith(("http://", "https://")):
        raise ValueError("Give the whole address, such as http://127.0.0.1:8080/webhooks/kick.")


@app.default
def play(
    *,
    target: Annotated[
        str, Parameter(validator=_web_address, help="Where to deliver, such as http://127.0.0.1:8080/webhooks/kick.")
    ],
    community: Community = COMMUNITY,
    running: Running = RUNNING,
    sign_in: SignIn = SIGN_IN,
    switches: Switches = SWITCHES,
    all_faults: Annotated[bool, Parameter(negative="", help="Every fault at a sensible rate.")] = False,
) -> int:
    """Deliver the community's life to a target and keep a book of what really happened.

    Pages while it runs: Kick's sign-in under /oauth, its API under /public/v1 and its public key, /book, /progress, and
    under /simulator what steers the sign-in. Exit code 1 means that something was never acknowledged, or that a forgery
    was not answered 401.
    """
    try:
        setting = community.setting(running.speed)
        options = _options(target, setting, running, switches.chosen(all_faults=all_faults))
        simulation = Simulation.prepare(replace(options, app=sign_in.app(), rooms=community.rooms))
    except ValueError as error:
        raise SystemExit(str(error)) from error
    return 0 if asyncio.run(_run(simulation)) else 1


def _options(target: str, setting: Setting, running: Running, faults: Faults) -> Options:
    return Options(
        target=target,
        setting=setting,
        faults=faults,
        speed=running.speed,
        connections=running.connections,
        patience_s=running.patience,
        window=running.window,
        repeats=running.repeats,
        port=running.port,
        key_file=running.key_file,
        public_key_file=running.public_key_file,
        book_file=running.book,
        url_file=running.url_file,
        stays=running.stay,
        is_live=running.live,
        is_quiet=running.quiet,
    )


async def _run(simulation: Simulation) -> bool:
    simulation.stop_on_signals()
    return await simulation.run()


def fitting_start(now: datetime, duration: timedelta, speed: float) -> datetime:
    """Return the latest start, in whole seconds, with which no event lies in the future when it is sent.

    A receiver rightly refuses news from the future, so a run faster than life begins in the past and ends now.
    """
    ahead = duration if speed == 0 else max(timedelta(0), duration - duration / speed)
    return (now - ahead).replace(microsecond=0)


if __name__ == "__main__":
    app()
