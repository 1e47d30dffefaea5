"""A headless Chromium with real keys and clicks, by its debugging protocol over two pipes."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
CHROMIUM_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-sync", "--disable-background-networking", "--disable-component-update"),
    "--enable-logging=stderr",
)
KEYS = {
    "Enter": (13, "\r"),
    " ": (32, " "),
    "Tab": (9, ""),
    "Escape": (27, ""),
    "ArrowRight": (39, ""),
    "End": (35, ""),
}
PATIENCE_S = 60.0


class Browser:
    """One page, driven as a person drives it."""

    def __init__(self, send: int, receive: int) -> None:
        self._send, self._receive = send, receive
        self._rest = b""
        self._numbers = itertools.count(1)
        self._session: str | None = None
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        self._call("Page.enable")

    def open(self, path: Path, width: int = 1280, height: int = 800) -> None:
        """Load a page and wait until its script has run."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500},
        )
        self._call("Page.navigate", url=path.as_uri())
        self.wait("document.documentElement?.dataset.ready === 'true'")

    def colours(self, scheme: str) -> None:
        """What the reader prefers: "light" or "dark"."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self._call("Emulation.setEmulatedMedia", features=[feature])

    def read(self, expression: str) -> Any:
        """The value of a JavaScript expression; promises are awaited."""
        result = self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait(self, expression: str) -> None:
        """Wait until an expression is true."""
        until = time.monotonic() + PATIENCE_S
        while not self.read(expression):
            assert time.monotonic() < until, f"still not true: {expression}"
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Scroll to an element and click in its middle."""
        x, y = self.read(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'center', behavior: 'instant'});"
            "const b = e.getBoundingClientRect();"
            "return [b.left + b.width / 2, b.top + b.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self._call(
                "Input.dispatchMouseEvent",
                **{"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1},
            )

    def press(self, key: str) -> None:
        """Press and release a key."""
        code, text = KEYS[key]
        shared = {"key": key, "windowsVirtualKeyCode": code}
        down = {"type": "keyDown" if text else "rawKeyDown", **shared}
        self._call("Input.dispatchKeyEvent", **down, **({"text": text} if text else {}))
        self._call("Input.dispatchKeyEvent", type="keyUp", **shared)

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._send, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return answer["result"]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._receive], [], [], PATIENCE_S)
            assert ready, "the browser does not answer"
            part = os.read(self._receive, 1 << 20)
            assert part, "the browser has ended"
            self._rest += part
        first, _, self._rest = self._rest.partition(b"\0")
        return json.loads(first)


@contextlib.contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """Start Chromium, and end it."""
    assert CHROMIUM is not None
    command_out, command_in = os.pipe()
    reply_out, reply_in = os.pipe()

    # Chromium reads commands from file 3 and writes replies to file 4; sh puts the pipes there.
    script = f'exec "$0" "$@" 3<&{command_out} 4>&{reply_in}'
    process = subprocess.Popen(
        [
            *("bash", "-c", script, CHROMIUM, *CHROMIUM_FLAGS),
            *("--remote-debugging-pipe", f"--user-data-dir={profile}"),
        ],
        pass_fds=(command_out, reply_in),
        stderr=subprocess.DEVNULL,
    )
    os.close(command_out)
    os.close(reply_in)
    try:
        yield Browser(command_in, reply_out)
    finally:
        os.close(command_in)
        os.close(reply_out)
        process.terminate()
        process.wait(timeout=30)
