"""Every conversation that is alive in this process: begun, taken up again, forgotten."""

from collections import OrderedDict
from collections.abc import Collection
from weakref import WeakValueDictionary

from bot.errors import BackendUnavailable, ConversationUnknown
from bot.server.conversations.channel import Channel
from bot.server.conversations.events import Erased, History
from bot.store.protocol import Store
from bot.store.values import Conversation, new_id

IDLE_CHANNELS = 256


class Hub:
    """Conversations by id, each with the one channel that numbers its events."""

    def __init__(self, store: Store, backends: Collection[str], idle_channels: int = IDLE_CHANNELS) -> None:
        self.backends = sorted(backends)
        self._store, self._idle_channels = store, idle_channels
        # The newest ones, in order of use. What is forgotten here is still found while somebody holds it,
        # so that no conversation ever has two channels, which would number alike.
        self._kept: OrderedDict[str, Channel] = OrderedDict()
        self._alive: WeakValueDictionary[str, Channel] = WeakValueDictionary()

    async def begin(self, visitor_id: str | None, backend_choice: str) -> Channel:
        """A new conversation, of a new visitor where none is named. Raises BackendUnavailable."""
        if not self._available(backend_choice):
            raise BackendUnavailable(backend_choice, self.backends)
        return self.channel(await self._store.create_conversation(visitor_id or new_id(), backend_choice))

    async def resume(self, conversation_id: str, visitor_id: str | None) -> Channel:
        """An earlier conversation of this visitor. Raises ConversationUnknown."""
        # Held meanwhile, so that it cannot be forgotten and found again with an older number.
        alive = self._alive.get(conversation_id)
        known = await self._store.conversation(conversation_id)
        if known is None or known.visitor_id != visitor_id:
            raise ConversationUnknown("this conversation does not exist, or belongs to another visitor")
        return self.channel(known if alive is None else alive.conversation)

    async def history(self, channel: Channel) -> History:
        """Everything that was published so far; `channel.lock` is held by the caller, so that no run begins."""
        while True:
            run = channel.run
            turns = await self._store.turns(channel.conversation.id)
            if channel.run is run:
                break
        # A reply may be stored already and not published yet: until then it is unfinished.
        unfinished = channel.unfinished()
        return History(
            tuple(turn for turn in turns if unfinished is None or turn.id != unfinished.message_id), unfinished
        )

    def channel(self, conversation: Conversation) -> Channel:
        """The conversation's channel; used most recently, forgotten last."""
        channel = self._alive.get(conversation.id)
        if channel is None:
            channel = self._alive[conversation.id] = Channel(conversation)
        self._kept[conversation.id] = channel
        self._kept.move_to_end(conversation.id)
        return channel

    def forget_idle(self) -> None:
        """Keep only the newest idle channels; a client of a forgotten one gets a snapshot."""
        idle = [name for name, channel in self._kept.items() if channel.idle]
        for name in idle[: max(0, len(idle) - self._idle_channels)]:
            del self._kept[name]

    def drop(self, conversation_id: str) -> Channel | None:
        """Let go of a conversation that was erased, and of its texts; returns its channel, if it has one."""
        self._kept.pop(conversation_id, None)
        channel = self._alive.pop(conversation_id, None)
        if channel is not None:
            channel.notify(Erased())
            channel.listeners.clear()
            channel.recent.clear()
        return channel

    @property
    def channels(self) -> list[Channel]:
        """Those that are kept."""
        return list(self._kept.values())

    def _available(self, choice: str) -> bool:
        return choice in self.backends or (choice == "auto" and bool(self.backends))
