"""Conversations that another process erases end here too: their runs, their sockets, what is remembered."""

import asyncio
import logging

from bot.engine.protocol import Engine
from bot.logs import told
from bot.server.conversations.hub import Hub
from bot.server.conversations.replies import Replies
from bot.store.protocol import Store

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 0.5


async def watch_for_erasure(store: Store, hub: Hub, replies: Replies, engine: Engine | None) -> None:
    """Look twice a second which of the living conversations are gone, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        living = [channel.conversation.id for channel in hub.channels]
        try:
            gone = await store.erased(living) if living else set()
        except Exception as error:
            # Looked at again in half a second: a watch that ends would keep what was erased.
            logger.error("whether a conversation was erased could not be read: %s", told(error))
            continue
        broken_off = []
        for conversation_id in gone:
            channel = hub.drop(conversation_id)
            if channel is not None and channel.run is not None and channel.run.writing is not None:
                broken_off.append(channel.run.writing)
                replies.cancel(channel, channel.run.new.id)
        if broken_off:
            # A reply that is still ending could be read once more.
            await asyncio.wait(broken_off)
        if gone and engine is not None:
            await asyncio.to_thread(engine.forget)
