"""The plain page of a shop of one's own, in a real browser: it says what the shop's profile says."""

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.e2e.test_widget import CHROMIUM

ROOT = Path(__file__).parents[2]
NURSERY = ROOT / "tests" / "bot" / "shops" / "fern-and-frond"


def test_page_and_chat_say_what_the_profile_says_and_ask_what_it_suggests(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.tools.scripted_server", str(tmp_path / "chat.db")]
    options = ["--shop", str(NURSERY), "--widget", str(ROOT / "frontend" / "dist")]
    with subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
            page = browser.new_page()
            page.goto(server.stdout.readline().strip())
            expect(page).to_have_title("Fern & Frond")
            expect(page.get_by_role("heading", name="Fern & Frond")).to_be_visible()
            page.get_by_role("button", name="Do you deliver on Saturdays?").click()
            messages = page.locator("support-chat-messages")
            expect(messages).to_contain_text("Do you deliver on Saturdays?")
            expect(messages).to_contain_text("Yes.")
            panel = page.get_by_test_id("panel")
            expect(panel.get_by_role("heading", name="Moss")).to_be_visible()
            expect(panel).to_contain_text("Moss is a computer program and can be wrong.")
            expect(panel.get_by_role("link", name="Privacy")).to_have_attribute(
                "href", "https://fernfrond.example/privacy"
            )
            chat = page.locator("support-chat")
            accent = "chat => getComputedStyle(chat).getPropertyValue('--support-chat-accent')"
            assert chat.evaluate(accent) == "#3c5a3a"
            page.get_by_test_id("new-conversation").click()
            expect(messages).to_contain_text("Hello from the greenhouse of Fern & Frond!")
            expect(page.get_by_test_id("suggestions").get_by_role("button")).to_have_count(2)
            browser.close()
        server.terminate()
