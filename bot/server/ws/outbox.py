"""A socket's bounded queue of frames, and the one place where events become frames."""

import asyncio
from collections import deque
from dataclasses import asdict

from bot.answer import Choice, Source
from bot.errors import ChatError, ConversationErased, ErrorCode
from bot.server.conversations.events import (
    Accepted,
    Erased,
    Event,
    History,
    MessageAdded,
    Notice,
    RunBegan,
    RunEnded,
    RunFailed,
    RunWrote,
)
from bot.server.ws.frames import (
    ActiveRun,
    ErrorFrame,
    Frame,
    GoAway,
    MessageAck,
    MessageCreated,
    RunFinished,
    RunStarted,
    ShownChoice,
    ShownSource,
    ShownTurn,
    Snapshot,
    TextDelta,
    Usage,
)
from bot.store.values import Outcome, StoredTurn

QUEUE_FRAMES = 1024
APOLOGY = "something went wrong on our side; please try again"


class Outbox:
    """A bounded queue of frames for one socket; one that overflows, or is sent away, gets no more."""

    def __init__(self, limit: int = QUEUE_FRAMES) -> None:
        self._frames: deque[Frame] = deque()
        self._limit = limit
        self._news = asyncio.Event()
        self.gone = asyncio.Event()

    def tell(self, news: Event | Notice | Accepted | History) -> None:
        """Queue the frame of what happened in the conversation; never waits."""
        self.put(frame_of(news))
        if isinstance(news, Erased):
            self.send_away(GoAway(reason="erased"))

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


def frame_of(news: Event | Notice | Accepted | History) -> Frame:
    """What the wire says of it."""
    match news:
        case MessageAdded():
            return MessageCreated(seq=news.seq, message_id=news.message_id, role=news.role, text=news.text)
        case RunBegan():
            return RunStarted(seq=news.seq, run_id=news.run_id, message_id=news.message_id)
        case RunWrote():
            return TextDelta(seq=news.seq, run_id=news.run_id, offset=news.offset, delta=news.text)
        case RunEnded():
            return RunFinished(
                seq=news.seq,
                run_id=news.run_id,
                message_id=news.message_id,
                text=news.outcome.text,
                finish_reason=news.outcome.finish_reason,
                decision=news.outcome.decision,
                choices=_choices(news.outcome.choices),
                sources=_sources(news.outcome.sources),
                usage=_usage(news.outcome),
            )
        case Erased():
            return error_frame(ConversationErased())
        case RunFailed():
            return error_frame(news.error, news.run_id)
        case Accepted():
            return MessageAck(
                client_msg_id=news.client_msg_id, message_id=news.message_id, duplicate=news.duplicate
            )
        case History():
            run = news.unfinished
            return Snapshot(
                messages=[_message(turn) for turn in news.turns],
                active_run=ActiveRun(run_id=run.run_id, message_id=run.message_id, text=run.text) if run else None,
            )


def error_frame(error: BaseException, caused_by: str | None = None) -> ErrorFrame:
    """What the client may know: a ChatError's own sentence, an apology for anything else."""
    if isinstance(error, ChatError):
        return ErrorFrame(
            code=error.code,
            message=str(error),
            retryable=error.retryable,
            retry_after_ms=error.retry_after_ms,
            caused_by=caused_by,
        )
    return ErrorFrame(code=ErrorCode.INTERNAL, message=APOLOGY, retryable=True, caused_by=caused_by)


def _message(turn: StoredTurn) -> ShownTurn:
    return ShownTurn(
        message_id=turn.id,
        role=turn.role,
        text=turn.text,
        finish_reason=turn.finish_reason,
        sources=_sources(turn.sources),
        choices=_choices(turn.choices),
        rating=turn.rating,
    )


def _sources(sources: tuple[Source, ...]) -> list[ShownSource]:
    return [ShownSource(**asdict(source)) for source in sources]


def _choices(choices: tuple[Choice, ...]) -> list[ShownChoice]:
    return [ShownChoice(id=choice.id, label=choice.label) for choice in choices]


def _usage(outcome: Outcome) -> Usage:
    return Usage(
        prompt_tokens=outcome.prompt_tokens,
        completion_tokens=outcome.completion_tokens,
        ttft_ms=outcome.duration_ms if outcome.ttft_ms is None else outcome.ttft_ms,
        duration_ms=outcome.duration_ms,
    )
