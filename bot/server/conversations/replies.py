"""Runs outlive sockets: here replies are written, numbered, stored and cancelled."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from bot.answer import Delta, Finished
from bot.answering.protocol import Backend
from bot.dialogue import Dialogue
from bot.errors import BackendUnavailable, EngineBusy, EngineFailed, StoreFailed
from bot.experiments.assignment import Experiment
from bot.server.conversations.channel import Channel, Run
from bot.server.conversations.events import RunBegan, RunEnded, RunFailed, RunWrote
from bot.server.conversations.hub import Hub
from bot.store.protocol import Store
from bot.store.values import Conversation, NewRun, Outcome, new_id

logger = logging.getLogger(__name__)


class Replies:
    """Every reply that is being written in this process."""

    def __init__(self, hub: Hub, store: Store, backends: Mapping[str, Backend], *, experiment: str) -> None:
        self._hub, self._store, self._backends = hub, store, backends
        self._experiment = Experiment.equal(experiment, list(backends)) if backends else None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False

    def plan(self, conversation: Conversation) -> NewRun:
        """Who will answer next. Raises BackendUnavailable, and EngineBusy while the server shuts down."""
        if self._closing:
            raise EngineBusy(len(self._tasks))
        name, experiment = conversation.backend_choice, None
        if name == "auto" and self._experiment is not None:
            name, experiment = self._experiment.arm_for(conversation.visitor_id).backend, self._experiment.name
        if name not in self._backends:
            raise BackendUnavailable(name, sorted(self._backends))
        return NewRun(
            id=new_id(),
            message_id=new_id(),
            backend=name,
            artefact_sha256=self._backends[name].artefact_sha256,
            arm_source="experiment" if experiment else "chosen",
            experiment=experiment,
        )

    def begin(self, channel: Channel, run: Run, dialogue: Dialogue) -> None:
        """Write the reply of `channel.run`, which the caller has stored."""
        channel.publish(RunBegan(channel.next_seq(), run.new.id, run.new.message_id))
        # Only `writing` is ever cancelled, so that `_finish` always stores and publishes the end.
        run.writing = self.spawn(self._write(channel, run, dialogue))
        self.spawn(self._finish(channel, run, run.writing))

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
            for channel in self._hub.channels:
                if channel.run is not None:
                    self.cancel(channel, channel.run.new.id)
            await asyncio.wait(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """A task that `close` waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _write(self, channel: Channel, run: Run, dialogue: Dialogue) -> Finished:
        async with aclosing(self._backends[run.new.backend].answer(dialogue)) as pieces:
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
        channel.publish(RunWrote(channel.next_seq(), run.new.id, run.chars, piece.text))
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
                await self._store.finish_run(channel.conversation.id, run.new, outcome, channel.next_seq())
            except StoreFailed as error:
                logger.exception("run %s could not be stored", run.new.id)
                failure, outcome = error, replace(outcome, finish_reason="error")
            if failure is not None:
                channel.notify(RunFailed(run.new.id, failure))
            channel.run = None
            channel.publish(RunEnded(channel.next_seq(), run.new.id, run.new.message_id, outcome))
        self._hub.forget_idle()
