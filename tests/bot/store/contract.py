"""What any store must do: subclass StoreContract, and say how yours is opened, killed and read.

class TestMyStore(StoreContract):
    async def open(self, place: Path) -> Store: ...
"""

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answer import Choice, FinishReason, Source
from bot.dialogue import Turn
from bot.errors import ConversationErased
from bot.store.protocol import Archive, Store
from bot.store.values import ArmSource, Belongings, NewRun, Outcome, Rating

CHOICE = Choice("1", "Returning a tent", "returns", "How long")
SOURCE = Source("returns", "Returns", "How long", "You have 30 days.")


def run_named(name: str, experiment: str | None = None) -> NewRun:
    """A run whose reply is called reply-NAME."""
    chosen: ArmSource = "experiment" if experiment else "chosen"
    return NewRun(name, f"reply-{name}", "prompted", "a" * 64, chosen, experiment, "r" * 64)


def outcome(text: str, finish_reason: FinishReason = "stop") -> Outcome:
    """An end with numbers that no test looks at."""
    return Outcome(text, finish_reason, (), 10, 5, 20, 30)


async def exchange(
    store: Store,
    conversation_id: str,
    number: int,
    end: Outcome,
    rating: Rating | None = None,
    run: NewRun | None = None,
) -> None:
    """One question with its reply."""
    run = run or run_named(f"r{number}")
    await store.begin_run(conversation_id, run, f"m{number}", f"Question {number}", 2)
    await store.finish_run(conversation_id, run, end, 3)
    if rating:
        assert await store.rate(conversation_id, run.message_id, rating, [], "")


class StoreContract(ABC):
    """The tests."""

    @abstractmethod
    async def open(self, place: Path) -> Store:
        """The store of a serving process, kept somewhere under `place`; what was stored there before is there."""

    @abstractmethod
    async def crash(self, store: Store) -> None:
        """Let go of the store as a killed process does: nothing more is written."""

    @abstractmethod
    def archive(self, place: Path) -> AbstractContextManager[Archive]:
        """What was stored under `place`, to be read."""

    async def test_what_was_said_is_there_after_a_restart(self, tmp_path: Path) -> None:
        store = await self.open(tmp_path)
        conversation = await store.create_conversation("ann", "auto")
        run = run_named("r1")
        message_id, dialogue = await store.begin_run(conversation.id, run, "m1", "How long?", 2)
        assert dialogue.turns == (Turn("user", "How long?"),)
        end = replace(outcome("30 days."), sources=(SOURCE,), decision="offer", choices=(CHOICE,), act="which")
        await store.finish_run(conversation.id, run, end, 7)
        await store.close()
        store = await self.open(tmp_path)
        assert await store.conversation(conversation.id) == replace(conversation, last_seq=7)
        asked, reply = await store.turns(conversation.id)
        await store.close()
        assert (asked.id, asked.role, asked.text, asked.finish_reason) == (message_id, "user", "How long?", None)
        assert (reply.id, reply.role, reply.text) == (run.message_id, "assistant", "30 days.")
        assert (reply.finish_reason, reply.sources, reply.rating) == ("stop", (SOURCE,), None)
        assert (reply.decision, reply.choices, reply.act, reply.learn) == ("offer", (CHOICE,), "which", None)
        assert reply.as_turn().choices == (CHOICE,)
        assert asked.created_at <= reply.created_at

    async def test_a_conversation_that_never_was_is_none(self, tmp_path: Path) -> None:
        store = await self.open(tmp_path)
        assert await store.conversation("nowhere") is None
        assert await store.turns("nowhere") == []
        with pytest.raises(ConversationErased):
            await store.begin_run("nowhere", run_named("r1"), "m1", "Hi", 2)
        await store.close()

    async def test_a_message_is_known_by_its_clients_own_id(self, tmp_path: Path) -> None:
        store = await self.open(tmp_path)
        one, other = [await store.create_conversation("ann", "auto") for _ in range(2)]
        message_id, _ = await store.begin_run(one.id, run_named("r1"), "m1", "Hi", 2)
        assert await store.message_id(one.id, "m1") == message_id
        assert await store.message_id(one.id, "m2") is None
        assert await store.message_id(other.id, "m1") is None
        await store.close()

    async def test_a_message_is_answered_by_a_reply_that_did_not_fail(self, tmp_path: Path) -> None:
        store = await self.open(tmp_path)
        conversation = await store.create_conversation("ann", "auto")
        message_id, _ = await store.begin_run(conversation.id, run_named("r1"), "m1", "Hi", 2)
        assert not await store.answered(conversation.id, message_id)
        await store.finish_run(conversation.id, run_named("r1"), outcome("We", "error"), 3)
        assert not await store.answered(conversation.id, message_id)
        dialogue = await store.begin_again(conversation.id, run_named("r2"), 4)
        assert dialogue.turns == (Turn("user", "Hi"),)
        await store.finish_run(conversation.id, run_named("r2"), outcome("Hello."), 5)
        assert await store.answered(conversation.id, message_id)
        await store.close()

    async def test_a_finish_that_is_tried_again_is_stored_once(self, tmp_path: Path) -> None:
        store = await self.open(tmp_path)
        conversation = await store.create_conversation("ann", "auto")
        await exchange(store, conversation.id, 1, outcome("Hello."))
        await store.finish_run(conversation.id, run_named("r1"), outcome("Again?", "error"), 9)
        assert [turn.text for turn in await store.turns(conversation.id)] == ["Question 1", "Hello."]
        await store.close()

    async def test_the_newest_number_never_goes_back(self, tmp_path: Path) -> None:
        store = await self.open(tmp_path)
        conversation = await store.create_conversation("ann", "auto")
        run = run_named("r1")
        await store.begin_run(conversation.id, run, "m1", "Hi", 2)
        await store.show(run.id, "Hel", 6)
        await store.show(run.id, "He", 4)
        await store.finish_run(conversation.id, run, outcome("Hello."), 5)
        after = await store.conversation(conversation.id)
        await store.close()
        assert after is not None
        assert after.last_seq == 6

    async def test_a_crash_leaves_what_was_shown_and_the_message_can_be_asked_again(self, tmp_path: Path) -> None:
        store = await self.open(tmp_path)
        conversation = await store.create_conversation("ann", "auto")
        message_id, _ = await store.begin_run(conversation.id, run_named("r1"), "m1", "How long?", 2)
        await store.show("r1", "You have ", 3)
        await store.show("r1", "You have 30", 4)
        assert [turn.role for turn in await store.turns(conversation.id)] == ["user"]
        await self.crash(store)
        store = await self.open(tmp_path)
        _, left = await store.turns(conversation.id)
        assert (left.id, left.text, left.finish_reason) == ("reply-r1", "You have 30", "error")
        after = await store.conversation(conversation.id)
        assert after is not None
        # Frames after the last `show` had numbers too, which are not given again.
        assert after.last_seq > 4096
        assert not await store.answered(conversation.id, message_id)
        dialogue = await store.begin_again(conversation.id, run_named("r2"), after.last_seq + 1)
        assert dialogue.turns == (Turn("user", "How long?"),)
        await store.close()

    async def test_a_piece_that_comes_late_changes_nothing(self, tmp_path: Path) -> None:
        store = await self.open(tmp_path)
        conversation = await store.create_conversation("ann", "auto")
        await exchange(store, conversation.id, 1, outcome("Hello."))
        await store.show("r1", "Hel", 9)
        await store.show("nothing", "Hel", 9)
        await self.crash(store)
        store = await self.open(tmp_path)
        assert [turn.text for turn in await store.turns(conversation.id)] == ["Question 1", "Hello."]
        after = await store.conversation(conversation.id)
        await store.close()
        assert after is not None
        assert after.last_seq == 3

    async def test_a_later_thumb_replaces_the_first(self, tmp_path: Path) -> None:
        store = await self.open(tmp_path)
        conversation = await store.create_conversation("ann", "auto")
        await exchange(store, conversation.id, 1, outcome("Hello."), "down")
        assert await store.rate(conversation.id, "reply-r1", "up", ["clear"], "thanks")
        asked, reply = await store.turns(conversation.id)
        assert reply.rating == "up"
        assert not await store.rate(conversation.id, asked.id, "up", [], "")
        assert not await store.rate("elsewhere", "reply-r1", "up", [], "")
        await store.close()

    async def test_what_is_gone_is_named(self, tmp_path: Path) -> None:
        store = await self.open(tmp_path)
        conversation = await store.create_conversation("ann", "auto")
        assert await store.erased([conversation.id, "gone"]) == {"gone"}
        assert await store.erased([]) == set()
        await store.close()

    async def test_of_the_erased_nothing_is_left_but_numbers(self, tmp_path: Path) -> None:
        store = await self.open(tmp_path)
        ann, again, bob = [await store.create_conversation(name, "auto") for name in ("ann", "ann", "bob")]
        for number, one in enumerate((ann, again, bob, bob)):
            run = run_named(f"r{number}", "spring")
            await exchange(store, one.id, number, outcome("Yes."), ("up", "down", "up", None)[number], run)
        running = run_named("running", "spring")
        await store.begin_run(again.id, running, "m9", "And now?", 9)
        with self.archive(tmp_path) as archive:
            before = archive.arms("spring")
            assert archive.belongings(["ann"], []) == Belongings((ann.id, again.id), 5, 2)
        assert await store.erase(["eve"], ["nowhere"]) == Belongings((), 0, 0)
        # One conversation first: its visitor is still counted once.
        assert await store.erase([], [ann.id]) == Belongings((ann.id,), 2, 1)
        with self.archive(tmp_path) as archive:
            assert archive.arms("spring") == before
        assert await store.erase(["ann"], []) == Belongings((again.id,), 3, 1)
        assert await store.erased([ann.id, again.id, bob.id]) == {ann.id, again.id}
        await store.show(running.id, "We", 10)
        await store.finish_run(again.id, running, outcome("We do."), 11)
        with pytest.raises(ConversationErased):
            await store.begin_again(again.id, run_named("r9"), 12)
        assert not await store.rate(again.id, "reply-r1", "up", [], "")
        with self.archive(tmp_path) as archive:
            assert archive.arms("spring") == before
            assert [one.visitor_id for one in archive.conversations()] == ["bob"]
        await store.close()

    async def test_an_archive_holds_every_conversation_oldest_first(self, tmp_path: Path) -> None:
        store = await self.open(tmp_path)
        names = ["ann", "bob"]
        for number, name in enumerate(names):
            conversation = await store.create_conversation(name, "auto")
            await exchange(store, conversation.id, number, outcome(f"Hello {name}."), "up")
        with self.archive(tmp_path) as archive:
            found = list(archive.conversations())
        await store.close()
        assert [one.visitor_id for one in found] == names
        assert [[turn.text for turn in one.turns] for one in found] == [
            ["Question 0", "Hello ann."],
            ["Question 1", "Hello bob."],
        ]
        assert [one.turns[1].rating for one in found] == ["up", "up"]

    async def test_conversations_of_one_moment_stay_in_order(self, tmp_path: Path) -> None:
        store = await self.open(tmp_path)
        begun = [(await store.create_conversation(f"v{number}", "prompted")).id for number in range(20)]
        await store.close()
        with self.archive(tmp_path) as archive:
            assert [one.id for one in archive.conversations()] == begun

    async def test_an_arm_is_counted_where_the_experiment_chose_it(self, tmp_path: Path) -> None:
        store = await self.open(tmp_path)
        conversation = await store.create_conversation("ann", "auto")
        ends: list[tuple[Outcome, Rating | None]] = [
            (outcome("Yes."), "up"),
            (outcome("Yes."), None),
            (outcome("", "error"), "down"),
            (outcome("Ye", "cancelled"), "up"),
        ]
        for number, (end, rating) in enumerate(ends):
            await exchange(store, conversation.id, number, end, rating, run_named(f"r{number}", "spring"))
        await exchange(store, conversation.id, 9, outcome("Yes."), "up", run_named("chosen"))
        await exchange(store, conversation.id, 10, outcome("Yes."), "up", run_named("other", "autumn"))
        with self.archive(tmp_path) as archive:
            (arm,) = archive.arms("spring")
            assert archive.arms("winter") == []
        await store.close()
        assert (arm.backend, arm.artefact_sha256, arm.release_sha256) == ("prompted", "a" * 64, "r" * 64)
        assert (arm.visitors, arm.answers, arm.failed, arm.rated, arm.helpful) == (1, 2, 1, 1, 1)
