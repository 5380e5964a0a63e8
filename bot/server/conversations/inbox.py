"""What a customer sends: a message, which may bring a reply; a word to stop it; a thumb."""

import asyncio
import time
from collections.abc import Callable

from bot.dialogue import check_message
from bot.errors import ChoiceUnknown, MessageUnknown, RunActive, RunUnknown
from bot.server.conversations.channel import Channel, Run
from bot.server.conversations.events import Accepted, MessageAdded
from bot.server.conversations.replies import Replies
from bot.store.protocol import Store
from bot.store.values import Rating

Acknowledge = Callable[[Accepted], None]


class Inbox:
    """Takes in what customers send; each message is stored once, however often it comes."""

    def __init__(self, store: Store, replies: Replies, max_message_chars: int) -> None:
        self._store, self._replies = store, replies
        self.max_message_chars = max_message_chars

    async def take(self, channel: Channel, client_msg_id: str, text: str, acknowledge: Acknowledge) -> None:
        """Store the message, acknowledge it and have it answered; the reply comes through the channel.

        Raises MessageRefused, RunActive, BackendUnavailable. A socket that is lost meanwhile changes nothing.
        """
        await asyncio.shield(self._replies.spawn(self._take(channel, client_msg_id, text, acknowledge)))

    async def pick(
        self, channel: Channel, client_msg_id: str, message_id: str, choice_id: str, acknowledge: Acknowledge
    ) -> None:
        """The customer says what a reply offered. Raises ChoiceUnknown, and what `take` raises."""
        for turn in await self._store.turns(channel.conversation.id):
            for choice in turn.choices:
                if (turn.id, choice.id) == (message_id, choice_id):
                    await self.take(channel, client_msg_id, choice.label, acknowledge)
                    return
        raise ChoiceUnknown("this reply offered no such choice; please write what you mean")

    async def _take(self, channel: Channel, client_msg_id: str, text: str, acknowledge: Acknowledge) -> None:
        accepted_s = time.monotonic()
        check_message(text, self.max_message_chars)
        conversation = channel.conversation
        async with channel.lock:
            known = await self._store.message_id(conversation.id, client_msg_id)
            busy = channel.run is not None
            if known is not None and (busy or await self._store.answered(conversation.id, known)):
                acknowledge(Accepted(client_msg_id, known, duplicate=True))
                return
            if busy:
                raise RunActive("the assistant is still answering; please wait for the reply or cancel it")
            new = self._replies.plan(conversation)
            if known is None:
                message_id, dialogue = await self._store.begin_run(
                    conversation.id, new, client_msg_id, text, channel.seq + 2
                )
            else:
                # Its reply failed, and the client asks again.
                message_id = known
                dialogue = await self._store.begin_again(conversation.id, new, channel.seq + 1)
            acknowledge(Accepted(client_msg_id, message_id, duplicate=known is not None))
            channel.run = run = Run(new, accepted_s)
            if known is None:
                channel.publish(MessageAdded(channel.next_seq(), message_id, "user", text))
            self._replies.begin(channel, run, dialogue)

    def cancel(self, channel: Channel, run_id: str) -> None:
        """Stop a reply; what was written is kept. Raises RunUnknown."""
        if not self._replies.cancel(channel, run_id):
            raise RunUnknown("this reply is not being written (any more)")

    async def rate(
        self, channel: Channel, message_id: str, rating: Rating, reasons: list[str], comment: str
    ) -> None:
        """Store a thumb under a reply. Raises MessageUnknown."""
        if not await self._store.rate(channel.conversation.id, message_id, rating, reasons, comment):
            raise MessageUnknown("there is no such reply in this conversation")
