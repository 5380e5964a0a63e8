"""Runs outlive sockets: here replies are written, numbered, stored and cancelled."""

import asyncio
import logging
import time
from collections.abc import Coroutine, Mapping
from contextlib import aclosing
from typing import Any

from bot.answer import Finished
from bot.answering.protocol import Backend
from bot.dialogue import Dialogue
from bot.errors import BackendUnavailable, EngineBusy, EngineFailed, RunOverdue
from bot.experiments.assignment import Experiment
from bot.logs import told
from bot.server.conversations.channel import Channel, Run
from bot.server.conversations.events import RunBegan, RunEnded, RunFailed, RunWrote
from bot.server.conversations.hub import Hub
from bot.server.conversations.shown import keep_shown
from bot.store.protocol import Store
from bot.store.values import Conversation, NewRun, Outcome, new_id

logger = logging.getLogger(__name__)
CLOSING_PATIENCE_S = 30.0
# Between two tries to store the end of a run.
FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 5.0


class Replies:
    """Every reply that is being written in this process."""

    def __init__(
        self, hub: Hub, store: Store, backends: Mapping[str, Backend], *, experiment: str, max_run_s: float
    ) -> None:
        self._hub, self._store, self._backends, self._max_run_s = hub, store, backends, max_run_s
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
            release_sha256=self._backends[name].release_sha256,
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
        """Cancel every reply and wait until all are stored; what a broken disk keeps from it is given up."""
        self._closing = True
        give_up_s = time.monotonic() + CLOSING_PATIENCE_S
        while self._tasks and time.monotonic() < give_up_s:
            for channel in self._hub.channels:
                if channel.run is not None:
                    self.cancel(channel, channel.run.new.id)
            await asyncio.wait(self._tasks, timeout=give_up_s - time.monotonic())
        if self._tasks:
            logger.error("%d tasks could not end; their runs end with `error` at the next start", len(self._tasks))
            for task in self._tasks:
                task.cancel()
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
                    channel.publish(RunWrote(channel.next_seq(), run.new.id, run.chars, piece.text))
                    run.add(piece.text)
        raise EngineFailed("the reply broke off; please try again")

    async def _finish(self, channel: Channel, run: Run, writing: asyncio.Task[Finished]) -> None:
        # 1) The end, or the time limit; meanwhile what is shown is stored.
        keeping = self.spawn(keep_shown(self._store, channel, run))
        await asyncio.wait({writing}, timeout=self._max_run_s)
        overdue = not writing.done()
        if overdue:
            writing.cancel()
            await asyncio.wait({writing})
        keeping.cancel()
        # 2) What it was.
        end = Finished("error")
        failure: BaseException | None = None
        if writing.cancelled():
            if overdue:
                failure = RunOverdue(self._max_run_s)
            elif not self._closing:
                # A customer who stopped nothing is not told that they did.
                end = Finished("cancelled")
        elif (failure := writing.exception()) is None:
            end = writing.result()
        if failure is not None:
            self._log(run, failure)
        outcome = Outcome(
            text="".join(run.text),
            finish_reason=end.finish_reason,
            sources=end.sources,
            prompt_tokens=end.prompt_tokens,
            completion_tokens=end.completion_tokens,
            ttft_ms=run.ttft_ms,
            duration_ms=run.elapsed_ms(),
            decision=end.decision,
            choices=end.choices,
            act=end.act,
        )
        # 3) Stored, then published, without an await in between.
        await self._store_end(channel, run, outcome)
        if failure is not None:
            channel.notify(RunFailed(run.new.id, failure))
        channel.run = None
        channel.publish(RunEnded(channel.next_seq(), run.new.id, run.new.message_id, outcome))
        self._hub.forget_idle()

    async def _store_end(self, channel: Channel, run: Run, outcome: Outcome) -> None:
        """Try until it is stored; until then the channel keeps its run, is not forgotten and takes no other."""
        wait_s = FIRST_WAIT_S
        while True:
            try:
                await self._store.finish_run(channel.conversation.id, run.new, outcome, channel.next_seq())
                return
            except Exception as error:
                # Whatever it was: a run that is never ended would keep its customer from asking again.
                logger.error("the end of run %s could not be stored; trying again: %s", run.new.id, told(error))
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, LONGEST_WAIT_S)

    @staticmethod
    def _log(run: Run, failure: BaseException) -> None:
        if isinstance(failure, EngineBusy):
            # A full queue is everyday life, not a fault.
            logger.warning("run %s of backend %s found no free place", run.new.id, run.new.backend)
        else:
            logger.error("run %s of backend %s failed: %s", run.new.id, run.new.backend, told(failure))
