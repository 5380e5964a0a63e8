"""One conversation's stream of numbered frames, and the sockets that listen to it."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field

from bot.answer import Finished
from bot.server.ws.frames import (
    ActiveRun,
    ErrorFrame,
    Frame,
    GoAway,
    MessageCreated,
    RunFinished,
    RunStarted,
    TextDelta,
)
from bot.store.values import Conversation, NewRun

REPLAY_FRAMES = 512
QUEUE_FRAMES = 1024
Numbered = MessageCreated | RunStarted | TextDelta | RunFinished


class Subscriber:
    """A socket's bounded queue of frames; one that overflows, or is sent away, gets no more."""

    def __init__(self, limit: int = QUEUE_FRAMES) -> None:
        self._frames: deque[Frame] = deque()
        self._limit = limit
        self._news = asyncio.Event()
        self.gone = asyncio.Event()

    def put(self, frame: Frame) -> None:
        """Queue a frame; never waits."""
        if self.gone.is_set():
            return
        if len(self._frames) >= self._limit:
            # What a slow client did not read is not owed: it resumes with its `last_seq`.
            self._frames.clear()
            self.send_away(GoAway(reason="slow"))
            return
        self._frames.append(frame)
        self._news.set()

    def send_away(self, farewell: GoAway) -> None:
        """Make this the last frame."""
        if not self.gone.is_set():
            self._frames.append(farewell)
            self._news.set()
            self.gone.set()

    async def next(self) -> Frame:
        """The oldest frame that was not taken yet."""
        while not self._frames:
            self._news.clear()
            await self._news.wait()
        return self._frames.popleft()


@dataclass
class Run:
    """A reply being written; `writing` is the task that consumes the backend."""

    new: NewRun
    accepted_s: float
    text: list[str] = field(default_factory=list)
    chars: int = 0
    ttft_ms: int | None = None
    writing: asyncio.Task[Finished] | None = None

    def elapsed_ms(self) -> int:
        """Since the message was accepted."""
        return round((time.monotonic() - self.accepted_s) * 1000)


class Channel:
    """Numbers frames, remembers the newest ones and hands them to every subscriber.

    `lock` is held while the store and the stream change together: a message begins, a run ends,
    a snapshot is taken.
    """

    def __init__(self, conversation: Conversation, replay_frames: int = REPLAY_FRAMES) -> None:
        self.conversation = conversation
        self.seq = conversation.last_seq
        self.recent: deque[Numbered] = deque(maxlen=replay_frames)
        self.subscribers: set[Subscriber] = set()
        self.run: Run | None = None
        self.lock = asyncio.Lock()

    @property
    def idle(self) -> bool:
        """Nobody listens and nothing is being written."""
        return not self.subscribers and self.run is None and not self.lock.locked()

    def next_seq(self) -> int:
        """The number of the frame that is published next."""
        return self.seq + 1

    def publish(self, frame: Numbered) -> None:
        """Send the conversation's next frame to every socket."""
        if frame.seq != self.seq + 1:
            raise ValueError(f"frame {frame.seq} does not follow {self.seq}")
        self.seq = frame.seq
        self.recent.append(frame)
        for subscriber in self.subscribers:
            subscriber.put(frame)

    def warn(self, error: ErrorFrame) -> None:
        """Send an error, which has no number and is not replayed."""
        for subscriber in self.subscribers:
            subscriber.put(error)

    def missed(self, last_seq: int | None) -> list[Numbered] | None:
        """The frames after `last_seq`, or None where they are not all remembered."""
        if last_seq is None or last_seq > self.seq:
            return None
        if last_seq == self.seq:
            return []
        if not self.recent or self.recent[0].seq > last_seq + 1:
            return None
        return [frame for frame in self.recent if frame.seq > last_seq]

    def active_run(self) -> ActiveRun | None:
        """The reply being written, as a snapshot shows it."""
        if self.run is None:
            return None
        new = self.run.new
        return ActiveRun(run_id=new.id, message_id=new.message_id, text="".join(self.run.text))
