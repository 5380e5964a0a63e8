"""Runs outlive sockets: here replies are written, numbered, stored and cancelled."""

import asyncio
import logging
import sqlite3
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from contextlib import aclosing
from dataclasses import asdict, replace
from typing import Any

from bot.answer import Delta, Finished
from bot.answering.protocol import Backend
from bot.dialogue import Dialogue
from bot.errors import BackendUnavailable, EngineBusy, EngineFailed, MessageRefused, TrilaneError
from bot.experiments.assignment import Experiment
from bot.server.conversations.channel import Channel, Run
from bot.server.ws.frames import (
    ErrorFrame,
    MessageAck,
    MessageCreate,
    MessageCreated,
    RunFinished,
    RunStarted,
    Source,
    TextDelta,
    Usage,
)
from bot.store.sqlite.store import Store, new_id
from bot.store.values import Conversation, NewRun, Outcome

logger = logging.getLogger(__name__)
IDLE_CHANNELS = 256
Acknowledge = Callable[[MessageAck], None]
APOLOGY = "something went wrong on our side; please try again"


class RunActive(TrilaneError):
    """A reply is being written: the next message must wait for it."""

    code = "run_active"
    retryable = True


def error_frame(error: BaseException, caused_by: str | None = None) -> ErrorFrame:
    """What the client may know: a TrilaneError's own sentence, an apology for anything else."""
    if isinstance(error, TrilaneError):
        return ErrorFrame(
            code=error.code,
            message=str(error),
            retryable=error.retryable,
            retry_after_ms=error.retry_after_ms,
            caused_by=caused_by,
        )
    return ErrorFrame(code="internal", message=APOLOGY, retryable=True, caused_by=caused_by)


class Runs:
    """Every conversation that is alive in this process."""

    def __init__(
        self,
        store: Store,
        backends: Mapping[str, Backend],
        *,
        experiment: str,
        max_message_chars: int,
        idle_channels: int = IDLE_CHANNELS,
    ) -> None:
        self.store, self.backends = store, backends
        self.max_message_chars = max_message_chars
        self._experiment = Experiment.equal(experiment, list(backends)) if backends else None
        self._channels: OrderedDict[str, Channel] = OrderedDict()
        self._idle_channels = idle_channels
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False

    def available(self, choice: str) -> bool:
        """Whether the choice, which may be `auto`, can be answered here."""
        return choice in self.backends or (choice == "auto" and bool(self.backends))

    def channel(self, conversation: Conversation) -> Channel:
        """The conversation's channel; used most recently, forgotten last."""
        channel = self._channels.setdefault(conversation.id, Channel(conversation))
        self._channels.move_to_end(conversation.id)
        return channel

    def forget_idle(self) -> None:
        """Keep only the newest idle channels; a client of a forgotten one gets a snapshot."""
        idle = [name for name, channel in self._channels.items() if channel.idle]
        for name in idle[: max(0, len(idle) - self._idle_channels)]:
            del self._channels[name]

    async def start(self, channel: Channel, message: MessageCreate, acknowledge: Acknowledge) -> None:
        """Store the message, acknowledge it and begin the reply, which comes through the channel.

        Raises MessageRefused, RunActive, BackendUnavailable. A socket that is lost meanwhile changes nothing.
        """
        await asyncio.shield(self._spawn(self._start(channel, message, acknowledge)))

    async def _start(self, channel: Channel, message: MessageCreate, acknowledge: Acknowledge) -> None:
        accepted_s = time.monotonic()
        if not message.text.strip():
            raise MessageRefused("the message is empty; please write something")
        if len(message.text) > self.max_message_chars:
            raise MessageRefused(
                f"the message has {len(message.text)} characters; at most {self.max_message_chars} are accepted"
            )
        conversation = channel.conversation
        async with channel.lock:
            known = await self.store.message_id(conversation.id, message.client_msg_id)
            busy = channel.run is not None
            if known is not None and (busy or await self.store.answered(conversation.id, known)):
                acknowledge(MessageAck(client_msg_id=message.client_msg_id, message_id=known, duplicate=True))
                return
            if busy:
                raise RunActive("the assistant is still answering; please wait for the reply or cancel it")
            if self._closing:
                raise EngineBusy(len(self._tasks))
            new = self._new_run(conversation)
            if known is None:
                message_id, dialogue = await self.store.begin_run(
                    conversation.id, new, message.client_msg_id, message.text, channel.seq + 2
                )
            else:
                # Its reply failed, and the client asks again.
                message_id = known
                dialogue = await self.store.begin_again(conversation.id, new, channel.seq + 1)
            acknowledge(
                MessageAck(client_msg_id=message.client_msg_id, message_id=message_id, duplicate=known is not None)
            )
            channel.run = run = Run(new, accepted_s)
            if known is None:
                channel.publish(
                    MessageCreated(seq=channel.next_seq(), message_id=message_id, role="user", text=message.text)
                )
            channel.publish(RunStarted(seq=channel.next_seq(), run_id=new.id, message_id=new.message_id))
            # Only `writing` is ever cancelled, so that `_finish` always stores and publishes the end.
            run.writing = self._spawn(self._write(channel, run, dialogue))
            self._spawn(self._finish(channel, run, run.writing))

    def cancel(self, channel: Channel, run_id: str) -> bool:
        """Stop the reply; what was written is kept. False where no such reply is being written."""
        run = channel.run
        if run is None or run.new.id != run_id:
            return False
        if run.writing is not None:
            run.writing.cancel()
        return True

    async def close(self) -> None:
        """Cancel every reply and wait until all are stored."""
        self._closing = True
        while self._tasks:
            for channel in self._channels.values():
                if channel.run is not None:
                    self.cancel(channel, channel.run.new.id)
            await asyncio.wait(self._tasks)

    def _new_run(self, conversation: Conversation) -> NewRun:
        name, experiment = conversation.backend_choice, None
        if name == "auto" and self._experiment is not None:
            name, experiment = self._experiment.arm_for(conversation.visitor_id).backend, self._experiment.name
        if name not in self.backends:
            raise BackendUnavailable(name, sorted(self.backends))
        return NewRun(
            id=new_id(),
            message_id=new_id(),
            backend=name,
            artefact_sha256=self.backends[name].artefact_sha256,
            arm_source="experiment" if experiment else "chosen",
            experiment=experiment,
        )

    async def _write(self, channel: Channel, run: Run, dialogue: Dialogue) -> Finished:
        async with aclosing(self.backends[run.new.backend].answer(dialogue)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Finished):
                    return piece
                if piece.text:
                    self._append(channel, run, piece)
        raise EngineFailed("the reply broke off; please try again")

    @staticmethod
    def _append(channel: Channel, run: Run, piece: Delta) -> None:
        if run.ttft_ms is None:
            run.ttft_ms = run.elapsed_ms()
        channel.publish(TextDelta(seq=channel.next_seq(), run_id=run.new.id, offset=run.chars, delta=piece.text))
        run.text.append(piece.text)
        run.chars += len(piece.text)

    async def _finish(self, channel: Channel, run: Run, writing: asyncio.Task[Finished]) -> None:
        await asyncio.wait({writing})
        end, failure = Finished("error"), None
        if writing.cancelled():
            # A customer who stopped nothing is not told that they did.
            end = Finished("error" if self._closing else "cancelled")
        elif error := writing.exception():
            failure = error
            logger.log(
                logging.WARNING if isinstance(error, EngineBusy) else logging.ERROR,
                "run %s of backend %s failed",
                run.new.id,
                run.new.backend,
                exc_info=None if isinstance(error, EngineBusy) else error,
            )
        else:
            end = writing.result()
        outcome = Outcome(
            text="".join(run.text),
            finish_reason=end.finish_reason,
            sources=end.sources,
            prompt_tokens=end.prompt_tokens,
            completion_tokens=end.completion_tokens,
            ttft_ms=run.ttft_ms,
            duration_ms=run.elapsed_ms(),
        )
        async with channel.lock:
            try:
                await self.store.finish_run(channel.conversation.id, run.new, outcome, channel.next_seq())
            except sqlite3.Error as error:
                logger.exception("run %s could not be stored", run.new.id)
                failure, outcome = error, replace(outcome, finish_reason="error")
            if failure is not None:
                channel.warn(error_frame(failure, run.new.id))
            channel.run = None
            channel.publish(
                RunFinished(
                    seq=channel.next_seq(),
                    run_id=run.new.id,
                    message_id=run.new.message_id,
                    text=outcome.text,
                    finish_reason=outcome.finish_reason,
                    sources=[Source(**asdict(source)) for source in outcome.sources],
                    usage=Usage(
                        prompt_tokens=outcome.prompt_tokens,
                        completion_tokens=outcome.completion_tokens,
                        ttft_ms=outcome.duration_ms if outcome.ttft_ms is None else outcome.ttft_ms,
                        duration_ms=outcome.duration_ms,
                    ),
                )
            )
        self.forget_idle()

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
