"""The demo shop behind a proxy that shows it under a path, in a real browser."""

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.e2e.test_widget import CHROMIUM

ROOT = Path(__file__).parents[2]


def test_page_widget_and_socket_work_under_a_path(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.tools.scripted_server", str(tmp_path / "chat.db")]
    options = ["--root-path", "/support", "--widget", str(ROOT / "frontend" / "dist")]
    with subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address.endswith("/support/")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
            page = browser.new_page()
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            page.on("websocket", lambda socket: asked.append(socket.url.replace("ws", "http", 1)))
            page.goto(address)
            page.get_by_test_id("launcher").click()
            page.get_by_test_id("composer").fill("Do you open on Sundays?")
            page.get_by_test_id("composer").press("Enter")
            expect(page.locator("support-chat-messages")).to_contain_text("Yes.")
            browser.close()
        server.terminate()
    assert {url.rsplit("/", 1)[-1] for url in asked} >= {"", "loader.js", "widget.js", "ws"}
    assert [url for url in asked if not url.startswith(address)] == []
