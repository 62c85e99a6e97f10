"""A real browser for tests: Chromium without a window, spoken to by its DevTools protocol."""

import asyncio
import contextlib
import itertools
import shutil
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-port=0",
    "--window-size=1280,800",
    "--autoplay-policy=no-user-gesture-required",  # as OBS has it
)
WAIT_S = 20.0
LEFT = "Inspected target navigated or closed"
"""What Chromium answers to a question whose page goes away meanwhile."""
MESSAGE_BYTES_MAX = 2**25


class Browser:
    """One page of a browser.

    `troubles` are its errors, warnings and refused requests, `said` what stands in its console, `asked` the addresses
    that it asked and `headers` what it sent there.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.session = ""
        self.troubles: list[str] = []
        self.asked: list[str] = []
        self.said: list[str] = []
        self.headers: list[dict[str, str]] = []

    async def listen(self) -> None:
        async for message in self._socket:
            told = orjson.loads(message)
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told)
            elif told["method"] == "Network.requestWillBeSent":
                self.asked.append(told["params"]["request"]["url"])
            elif told["method"] == "Network.requestWillBeSentExtraInfo":
                self.headers.append(told["params"]["headers"])
            elif told["method"] == "Network.webSocketWillSendHandshakeRequest":
                self.headers.append(told["params"]["request"]["headers"])
            elif told["method"] == "Runtime.consoleAPICalled":
                self.said.append(orjson.dumps(told["params"]["args"]).decode())
            elif told["method"] in {"Log.entryAdded", "Runtime.exceptionThrown"}:
                self.troubles.append(orjson.dumps(told["params"]).decode())

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        request: dict[str, Any] = {"id": number, "method": method, "params": params}
        await self._socket.send(orjson.dumps(request | ({"sessionId": self.session} if self.session else {})).decode())
        async with asyncio.timeout(WAIT_S):
            told = await answer
        assert "error" not in told, told
        return told["result"]

    async def open(self, address: str) -> None:
        await self.call("Page.navigate", url=address)

    async def value(self, script: str) -> Any:
        result = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    async def _true(self, condition: str) -> bool:
        """Whether a script's value is true now; no, where the page that was asked is being left."""
        try:
            return await self.value(f"Boolean({condition})")
        except AssertionError as error:
            if LEFT in str(error):
                return False
            raise

    async def until(self, condition: str) -> None:
        """Wait until a script's value is true."""
        try:
            async with asyncio.timeout(WAIT_S):
                while not await self._true(condition):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            seen = await self.value("document.body.innerText")
            raise AssertionError(f"never true: {condition}; {self.troubles}; {seen}") from None

    async def press(self, key: str, code: int, text: str = "") -> None:
        named = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        await self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **named)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    async def prefer(self, scheme: str) -> None:
        await self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser, None]:
    """A fresh browser with one page."""
    program = shutil.which("chromium")
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="regulars-chromium-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            program, *FLAGS, f"--user-data-dir={profile}", "about:blank", stderr=asyncio.subprocess.PIPE
        )
        try:
            address = await address_of(process)
            # It leaves pings unanswered while the machine is busy.
            async with connect(address, max_size=MESSAGE_BYTES_MAX, proxy=None, ping_interval=None) as socket:
                browser = Browser(socket)
                listening = asyncio.create_task(browser.listen())
                await start(browser)
                yield browser
                listening.cancel()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def address_of(process: asyncio.subprocess.Process) -> str:
    """Where a browser that has just been started listens."""
    assert process.stderr is not None
    async with asyncio.timeout(WAIT_S):
        async for line in process.stderr:
            if line.startswith(b"DevTools listening on "):
                return line.decode().split()[-1]
    raise AssertionError("Chromium did not start.")


async def start(browser: Browser) -> None:
    targets = await browser.call("Target.getTargets")
    [page] = [target["targetId"] for target in targets["targetInfos"] if target["type"] == "page"]
    attached = await browser.call("Target.attachToTarget", targetId=page, flatten=True)
    browser.session = attached["sessionId"]
    for part in ("Page", "Runtime", "Log", "Network"):
        await browser.call(f"{part}.enable")
