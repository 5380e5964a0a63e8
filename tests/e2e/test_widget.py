"""The demo shop in a real browser, against the real server with the real model."""

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
ANSWER_MS = 60_000
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("e2e") / "chat.db"


@pytest.fixture(scope="module")
def address(database: Path) -> Iterator[str]:
    """`trilane serve` in a process of its own, listening."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "TRILANE_HOME": str(ROOT / "var"), "TRILANE_DATABASE": str(database)}
    command = [sys.executable, "-m", "bot.cli", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        lines = []
        for line in process.stderr:
            lines.append(line)
            if "Uvicorn running" in line:
                break
        else:
            pytest.fail("the server did not start:\n" + "".join(lines))
        yield f"http://127.0.0.1:{port}/"
        process.terminate()
        process.stderr.read()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh visitor on the demo shop's page; an error in the page fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(address)
    yield opened
    context.close()
    assert errors == []


def ask(page: Page, text: str) -> None:
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("composer").press("Enter")


@pytest.mark.parametrize("backend", ["finetuned", "prompt-tuned", "prompted", "auto"])
def test_a_customer_chooses_a_backend_and_reads_an_answer_with_its_source(page: Page, backend: str) -> None:
    page.get_by_test_id("launcher").click()
    page.get_by_test_id("backend-picker").select_option(backend)
    ask(page, "How long do I have to return a tent?")
    reply = page.locator("[data-testid=message][data-role=assistant]").last
    expect(reply).to_contain_text("30 days", timeout=ANSWER_MS)
    expect(reply.get_by_test_id("sources")).to_contain_text("Returning an order", timeout=ANSWER_MS)


def test_a_thumb_reaches_the_store_with_its_arm(page: Page, database: Path) -> None:
    page.get_by_test_id("launcher").click()
    ask(page, "What does a return label cost?")
    thumb = page.get_by_test_id("thumb-up").last
    thumb.click(timeout=ANSWER_MS)
    expect(thumb).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("notice")).to_have_count(0)
    with sqlite3.connect(database) as connection:
        rows = connection.execute("select rating, backend, artefact_sha256 from feedback").fetchall()
    connection.close()
    assert rows[-1][0] == "up"
    assert rows[-1][1] in {"finetuned", "prompt-tuned", "prompted"}
    assert re.fullmatch(r"[0-9a-f]{64}", rows[-1][2])


def test_a_reload_keeps_the_conversation(page: Page) -> None:
    page.get_by_test_id("launcher").click()
    page.get_by_test_id("backend-picker").select_option("prompted")
    ask(page, "How much does it cost to fix a zipper?")
    expect(page.get_by_test_id("sources").last).to_be_visible(timeout=ANSWER_MS)
    page.reload()
    if not page.get_by_test_id("panel").is_visible():
        page.get_by_test_id("launcher").click()
    expect(page.get_by_text("How much does it cost to fix a zipper?")).to_be_visible()
