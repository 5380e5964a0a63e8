"""A conversation's stream without sockets: who is sent away, and what is forgotten."""

from pathlib import Path

from bot.server.conversations.channel import Channel, Run
from bot.server.conversations.events import MessageAdded
from bot.server.conversations.hub import Hub
from bot.server.ws.frames import Pong
from bot.server.ws.outbox import Outbox
from bot.store.sqlite.store import SqliteStore
from bot.store.values import Conversation, NewRun, Outcome


async def test_a_slow_listener_is_sent_away_and_the_others_are_not() -> None:
    channel = Channel(Conversation("c", "v", "auto", 0))
    slow, fast = Outbox(limit=2), Outbox(limit=10)
    channel.listeners |= {slow, fast}
    for seq in (1, 2, 3):
        channel.publish(MessageAdded(seq, "m", "user", "Hi"))
    assert (await slow.next()).model_dump() == {"type": "goaway", "reason": "slow"}
    slow.put(Pong())
    assert [(await fast.next()).model_dump()["seq"] for _ in range(3)] == [1, 2, 3]
    assert not fast.gone.is_set()


async def test_idle_channels_are_forgotten(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "chat.db")
    hub = Hub(store, [], idle_channels=2)
    listener = Outbox()
    hub.channel(Conversation("a", "v", "auto", 0)).listeners.add(listener)
    for name in "bcd":
        hub.channel(Conversation(name, "v", "auto", 0))
    hub.forget_idle()
    assert [channel.conversation.id for channel in hub.channels] == ["a", "c", "d"]
    await store.close()


async def test_a_reply_that_is_stored_and_not_yet_published_is_shown_once(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "chat.db")
    hub = Hub(store, ["prompted"])
    channel = await hub.begin("v", "prompted")
    new = NewRun("r", "m", "prompted", "sha", "chosen", None)
    await store.begin_run(channel.conversation.id, new, "c", "Hi", 2)
    channel.run = Run(new, accepted_s=0)
    await store.finish_run(channel.conversation.id, new, Outcome("Yes.", "stop", (), 1, 1, 1, 1), 3)
    history = await hub.history(channel)
    assert [turn.text for turn in history.turns] == ["Hi"]
    assert history.unfinished is not None and history.unfinished.message_id == "m"
    channel.run = None
    assert [turn.text for turn in (await hub.history(channel)).turns] == ["Hi", "Yes."]
    await store.close()


async def test_a_forgotten_channel_that_is_still_held_goes_on_numbering(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "chat.db")
    hub = Hub(store, ["prompted"], idle_channels=0)
    held = await hub.begin("v", "prompted")
    held.publish(MessageAdded(1, "m", "user", "Hi"))
    hub.forget_idle()
    assert hub.channels == []
    assert await hub.resume(held.conversation.id, "v") is held
    await store.close()
