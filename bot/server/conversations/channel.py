"""One conversation's stream of numbered events, and those who listen to it."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from bot.answer import Finished
from bot.server.conversations.events import Event, Notice, Unfinished
from bot.store.values import Conversation, NewRun

REPLAY_EVENTS = 512
SENTENCE_ENDS = frozenset(".!?…。！？\n")


class Listener(Protocol):
    """Whoever wants to know what happens in a conversation."""

    def tell(self, news: Event | Notice) -> None:
        """Take it in; never waits."""
        ...


@dataclass
class Run:
    """A reply being written; `writing` is the task that consumes the backend.

    `grew` is set with every piece, `paused` with one in which a sentence may end; shown.py clears them.
    """

    new: NewRun
    accepted_s: float
    text: list[str] = field(default_factory=list)
    chars: int = 0
    ttft_ms: int | None = None
    writing: asyncio.Task[Finished] | None = None
    grew: asyncio.Event = field(default_factory=asyncio.Event)
    paused: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, text: str) -> None:
        """One more piece."""
        if self.ttft_ms is None:
            self.ttft_ms = self.elapsed_ms()
        self.text.append(text)
        self.chars += len(text)
        self.grew.set()
        if not SENTENCE_ENDS.isdisjoint(text):
            self.paused.set()

    def elapsed_ms(self) -> int:
        """Since the message was accepted."""
        return round((time.monotonic() - self.accepted_s) * 1000)


class Channel:
    """Numbers events, remembers the newest ones and tells every listener.

    `lock` is held while a message is stored and its run begins. A run ends without it, so that a database
    that another process keeps locked does not keep customers from reading.
    """

    def __init__(self, conversation: Conversation, replay_events: int = REPLAY_EVENTS) -> None:
        self.conversation = conversation
        self.seq = conversation.last_seq
        self.recent: deque[Event] = deque(maxlen=replay_events)
        self.listeners: set[Listener] = set()
        self.run: Run | None = None
        self.lock = asyncio.Lock()

    @property
    def idle(self) -> bool:
        """Nobody listens and nothing is being written."""
        return not self.listeners and self.run is None and not self.lock.locked()

    def next_seq(self) -> int:
        """The number of the event that is published next."""
        return self.seq + 1

    def publish(self, event: Event) -> None:
        """Tell every listener the conversation's next event."""
        if event.seq != self.seq + 1:
            raise ValueError(f"event {event.seq} does not follow {self.seq}")
        self.seq = event.seq
        self.recent.append(event)
        self.notify(event)

    def notify(self, news: Event | Notice) -> None:
        """Tell every listener; a notice has no number and is not replayed."""
        for listener in self.listeners:
            listener.tell(news)

    def missed(self, last_seq: int | None) -> list[Event] | None:
        """The events after `last_seq`, or None where they are not all remembered."""
        if last_seq is None or last_seq > self.seq:
            return None
        if last_seq == self.seq:
            return []
        if not self.recent or self.recent[0].seq > last_seq + 1:
            return None
        return [event for event in self.recent if event.seq > last_seq]

    def unfinished(self) -> Unfinished | None:
        """The reply being written, if any."""
        if self.run is None:
            return None
        new = self.run.new
        return Unfinished(new.id, new.message_id, "".join(self.run.text))
