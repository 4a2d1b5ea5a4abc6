"""The system's Chromium, with a microphone that plays a recording."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    # Calls stay on this machine, also where it has no other network.
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)


def path() -> str:
    """Where Chromium is; `setup.sh` has made sure that there is one."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise FileNotFoundError("Chromium is needed: run `make test-browser`, which installs it.")
    return found


def launch(playwright: Playwright, recording: Path) -> Browser:
    """Start it."""
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={recording}"]
    return playwright.chromium.launch(executable_path=path(), args=flags)
