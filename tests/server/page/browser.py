"""Chromium for the tests of the page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """Return the path of a Chromium; ``None``: there is none."""
    return next(filter(None, map(shutil.which, (os.environ.get("CHROMIUM", ""), *_NAMES))), None)


@contextmanager
def running_browser(path: str) -> Iterator[Browser]:
    """Run a headless browser while the context lasts."""
    with sync_playwright() as playwright:
        # its sandbox wants a user of its own, or privileges that containers lack
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Opened:
    """A page that is open, and what it did wrong."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    """What stands in its console (what its policy keeps out, too), and errors of its script."""

    asked: list[str] = field(default_factory=list)
    """The addresses of its requests."""


@contextmanager
def opened(
    browser: Browser, url: str, *, width: int = 1400, dark: bool = False, calm: bool = False
) -> Iterator[Opened]:
    """Open a page in a window of its own.

    Args:
        browser: the browser.
        url: of the page.
        width: of the window, pixels.
        dark: whether its user would rather have it dark.
        calm: whether its user wants nothing to move.
    """
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce" if calm else "no-preference",
    )
    page = context.new_page()
    one = Opened(page)
    page.on("console", lambda message: one.complaints.append(message.text))
    page.on("pageerror", lambda error: one.complaints.append(str(error)))
    page.on("request", lambda request: one.asked.append(request.url))
    page.goto(url)
    try:
        yield one
    finally:
        context.close()
