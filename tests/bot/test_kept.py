"""What earlier commits left on disk still opens."""

import shutil
from pathlib import Path

import pytest

from bot.backends import TABLE, BackendName
from bot.models.bundled import BUNDLED_SHA256
from bot.releases.part import open_artefact
from bot.store.protocol import Archive
from bot.store.sqlite.archive import open_archive
from bot.store.sqlite.connection import connect
from bot.store.sqlite.store import SqliteStore

Said = tuple[str, str, str | None, str | None]
KEPT = Path(__file__).parents[1] / "kept" / "fd0808f"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A copy: SQLite leaves files beside what it reads."""
    return Path(shutil.copy(KEPT / "chat.db", tmp_path / "chat.db"))


def said(archive: Archive) -> dict[str, list[Said]]:
    """Role, text, end and rating of every turn, by visitor."""
    return {
        one.visitor_id: [(turn.role, turn.text, turn.finish_reason, turn.rating) for turn in one.turns]
        for one in archive.conversations()
    }


RETURNS = "You have 30 days to return unused items."
SAID: dict[str, list[Said]] = {
    "visitor-ann": [
        ("user", "How long do I have to return a tent?", None, None),
        ("assistant", RETURNS, "stop", "up"),
        ("user", "And a used one? I am ann@example.org", None, None),
        ("assistant", "Used tents cannot be returned.", "stop", None),
    ],
    "visitor-bob": [
        ("user", "Do you repair tents?", None, None),
        ("assistant", "No, we never repair anything.", "stop", "down"),
        ("user", "Are you sure?", None, None),
        ("assistant", "We repair tents within two weeks.", "stop", "up"),
    ],
    "visitor-eve": [
        ("user", "Where is my parcel?", None, None),
        ("assistant", "Please look at the track", "cancelled", None),
        ("user", "Can I pay by invoice?", None, None),
        ("assistant", "", "error", None),
        ("user", "I want to talk to a person.", None, None),
        ("assistant", "I will hand you over to a colleague.", "handoff", None),
    ],
    "visitor-zoe": [("user", "Do you ship to Norway?", None, None)],
}


def test_the_first_products_database_is_read_without_being_changed(database: Path) -> None:
    before = database.read_bytes()
    with open_archive(database) as archive:
        assert said(archive) == SAID
        counts = [
            (arm.backend, arm.release_sha256, arm.visitors, arm.answers, arm.failed, arm.rated, arm.helpful)
            for arm in archive.arms("first")
        ]
    assert counts == [("finetuned", None, 1, 2, 0, 1, 1), ("prompt-tuned", None, 1, 2, 0, 2, 1)]
    assert database.read_bytes() == before


async def test_the_first_products_database_is_brought_up_to_date_and_served(database: Path) -> None:
    with open_archive(database) as archive:
        ids = {one.visitor_id: one.id for one in archive.conversations()}
    store = await SqliteStore.open(database)
    norway = await store.conversation(ids["visitor-zoe"])
    first = (await store.turns(ids["visitor-ann"]))[1]
    await store.close()
    assert norway is not None
    assert norway.last_seq > 4096
    assert [source.article for source in first.sources] == ["returns"]
    with open_archive(database) as archive:
        # The reply that was being written when the process ended.
        assert said(archive) == SAID | {"visitor-zoe": [*SAID["visitor-zoe"], ("assistant", "", "error", None)]}


def test_an_older_database_is_its_owners_alone_once_it_is_brought_up_to_date(database: Path) -> None:
    database.chmod(0o644)
    connect(database).close()
    assert database.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", TABLE)
def test_the_first_products_artefacts_open(name: BackendName) -> None:
    artefact = open_artefact(KEPT / "artefacts" / name, base_sha256=BUNDLED_SHA256, kinds=TABLE[name].kinds)
    assert artefact.manifest.backend == name
