"""What a store must do; tests/bot/store/contract.py holds every implementation to it.

`Store` is what a serving process writes to and reads from. `Archive` is what reports and training read, beside a
running server or without one. When a method of `Store` that changes something has returned, the change is on
disk. It raises StoreBusy where it waited too long for another writer, StoreFailed where it could not be stored;
nothing has changed then.
"""

from collections.abc import Collection, Iterator
from typing import Protocol

from bot.dialogue import Dialogue
from bot.store.values import (
    ArmCounts,
    Belongings,
    Conversation,
    NewRun,
    Outcome,
    PastConversation,
    Rating,
    StoredTurn,
)


class Store(Protocol):
    """Conversations, their turns and runs, and what visitors thought of them."""

    async def create_conversation(self, visitor_id: str, backend_choice: str) -> Conversation:
        """Begin a conversation, and know the visitor from now on."""
        ...

    async def conversation(self, conversation_id: str) -> Conversation | None:
        """The conversation, or None where there is no such one."""
        ...

    async def turns(self, conversation_id: str) -> list[StoredTurn]:
        """Oldest first."""
        ...

    async def message_id(self, conversation_id: str, client_msg_id: str) -> str | None:
        """The id of the customer's message that was stored under the client's own id, if it was."""
        ...

    async def begin_run(
        self, conversation_id: str, run: NewRun, client_msg_id: str, text: str, last_seq: int
    ) -> tuple[str, Dialogue]:
        """Store the customer's message and the run that will answer it.

        Returns the message's id and the dialogue to answer; replies that failed are left out of it.
        Raises ConversationErased.
        """
        ...

    async def begin_again(self, conversation_id: str, run: NewRun, last_seq: int) -> Dialogue:
        """Store another run for the newest message, whose reply failed; returns the dialogue to answer.

        Raises ConversationErased.
        """
        ...

    async def answered(self, conversation_id: str, message_id: str) -> bool:
        """Whether a reply that did not fail, or another message, follows the customer's message."""
        ...

    async def show(self, run_id: str, text: str, last_seq: int) -> None:
        """Keep the text that the customer has read of a running reply: what is left of it after a crash.

        Nothing happens where the run has ended or was erased, so that it may come late.
        """
        ...

    async def finish_run(self, conversation_id: str, run: NewRun, outcome: Outcome, last_seq: int) -> None:
        """Store the reply, whole or cut short, and close the run; waits for another writer as long as it takes.

        A run that has ended stays as it ended, so that a try whose result is unknown can be repeated.
        Nothing happens where the conversation was erased.
        """
        ...

    async def rate(
        self, conversation_id: str, turn_id: str, rating: Rating, reasons: list[str], comment: str
    ) -> bool:
        """Store a thumb with the arm it is about; a later one replaces it.

        False where the conversation has no such reply.
        """
        ...

    async def erased(self, conversation_ids: Collection[str]) -> set[str]:
        """Which of these conversations are gone."""
        ...

    async def erase(self, visitors: Collection[str], conversations: Collection[str]) -> Belongings:
        """Take people and conversations out: texts, turns, runs, thumbs, comments; returns what there was.

        No byte of them is left on disk. Of each visitor an anonymous unit remains, which `arms` goes on counting:
        a random id, the arm and its outcomes, no time finer than a day.
        """
        ...

    async def close(self) -> None:
        """Store what is waiting and let go of the database."""
        ...


class Archive(Protocol):
    """What was said so far."""

    def arms(self, experiment: str) -> list[ArmCounts]:
        """The arms of an experiment, in the order of their backends; what a visitor chose is left out."""
        ...

    def belongings(self, visitors: Collection[str], conversations: Collection[str]) -> Belongings:
        """What there is of these visitors and conversations."""
        ...

    def conversations(self) -> Iterator[PastConversation]:
        """Every conversation, oldest first."""
        ...
