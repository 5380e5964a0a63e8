"""What the customer has read of a running reply is stored as it grows, so that a crash leaves it there."""

import asyncio
import logging
from contextlib import suppress

from bot.errors import StoreFailed
from bot.server.conversations.channel import Channel, Run
from bot.store.protocol import Store

logger = logging.getLogger(__name__)
# What is stored is at most a sentence, or this long, behind what was shown.
BEHIND_S = 0.5


async def keep_shown(store: Store, channel: Channel, run: Run) -> None:
    """Store the first piece at once, then the text after each sentence, until cancelled; the end supersedes it.

    One write at a time: while the disk is slow, the text of several sentences goes into the next one.
    """
    behind_s = 0.0
    while True:
        await run.grew.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(behind_s):
                await run.paused.wait()
        behind_s = BEHIND_S
        run.grew.clear()
        run.paused.clear()
        try:
            await store.show(run.new.id, "".join(run.text), channel.seq)
        except StoreFailed as error:
            # The next sentence, or the end, stores this one too.
            logger.warning("what run %s has shown could not be stored: %s", run.new.id, error)
