"""Real Chromium before the real application: a server in a thread, a fresh profile a test, no foreign host ever."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright
from werkzeug.serving import make_server

from api.cli.frontend import WEB
from sync.house import House
from sync.words import Role
from tests.api.conftest import Hire, Known, app, beigou, hire, opened, settings
from tests.browser.scene import Scene, lay_out
from tests.conftest import ROOT
from tests.factories.village import Village

__all__ = ["app", "beigou", "hire", "opened", "settings"]
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--lang=zh-CN", "--disable-component-update", "--disable-sync",
)  # fmt: skip
SCREEN = {"width": 1366, "height": 768}
PICTURES = ROOT / ".doorstep" / "screenshots"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's browser; `make test` installs it. Of a module alone: while it lives, a loop of Playwright's runs in
    this thread, where tests of other folders start loops of their own."""
    program = shutil.which("chromium")
    assert program, "apt-get install chromium fonts-noto-cjk"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    """Where the application of this module answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Watch:
    """What a browser did that nobody may see: requests to other hosts, errors of scripts, breaches of the policy."""

    own: str
    foreign: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch every page of `context`."""
        context.on("request", lambda request: self._asked(request.url))
        context.on("page", self._page)

    def _page(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if "Content Security" in said.text else None)

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != self.own:
            self.foreign.append(url)


@pytest.fixture
def context(chromium: Browser, address: str) -> Iterator[BrowserContext]:
    """A browser of its own at 1366 x 768; afterwards it must have asked nobody else and met no error."""
    context = chromium.new_context(base_url=address, viewport=SCREEN, locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(15_000)
    watch = Watch(address)
    watch.over(context)
    yield context
    context.close()
    assert watch.foreign == []
    assert watch.errors == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A window of that browser."""
    return context.new_page()


Enter = Callable[[Page, Known], None]


@pytest.fixture
def enter() -> Enter:
    """Log somebody in by the form, with keys alone; ends on the page where he begins."""

    def enter(page: Page, known: Known) -> None:
        page.goto("/")
        page.wait_for_function("() => document.activeElement?.name === 'username'")
        page.keyboard.type(known.username)
        page.keyboard.press("Tab")
        page.keyboard.type(known.password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)

    return enter


Check = Callable[[Page], None]


@pytest.fixture
def accessible() -> Check:
    """Let axe look at the page as it stands: WCAG 2.1 A and AA, nothing left out."""
    source = (WEB / "node_modules" / "axe-core" / "axe.min.js").read_text()

    def check(page: Page) -> None:
        page.evaluate(source)  # through the debugger, which the page's policy does not bind
        found = page.evaluate("() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})")
        told = [(v["id"], [node["html"][:160] for node in v["nodes"]]) for v in found["violations"]]
        assert told == []

    return check


@pytest.fixture
def scene(opened: House, beigou: Village) -> Scene:
    """A queue of doubtful visits, laid out anew for each test."""
    return lay_out(opened, beigou)


@pytest.fixture(scope="module")
def wang(hire: Hire, beigou: Village) -> Known:
    """Verifier Wang of the county."""
    return hire(Role.VERIFIER, beigou.county)


@dataclass(frozen=True)
class Sent:
    """A request of the browser that was to change something."""

    method: str
    path: str
    body: dict[str, Any]


@pytest.fixture
def sent(page: Page) -> list[Sent]:
    """What this page sends to change something, in order."""
    log: list[Sent] = []

    def note(request: Request) -> None:
        if request.method != "GET" and "/console/v1/" in request.url:
            path = urlsplit(request.url).path.removeprefix("/console/v1")
            log.append(Sent(request.method, path, json.loads(request.post_data or "{}")))

    page.on("request", note)
    return log


@pytest.fixture
def seat(page: Page, scene: Scene, wang: Known, enter: Enter) -> Page:
    """Wang at the console, logged in, on the map where she begins."""
    enter(page, wang)
    return page


@pytest.fixture
def picture() -> Callable[[Page, str], Path]:
    """Write a picture of the page for people."""

    def picture(page: Page, name: str) -> Path:
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}.png"
        page.screenshot(path=path)
        return path

    return picture


__all__ += ["Check", "Enter", "Hire"]
