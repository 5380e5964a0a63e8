"""A conversation's stream without sockets: who is sent away, and what is forgotten."""

from pathlib import Path

from bot.server.conversations.channel import Channel, Subscriber
from bot.server.conversations.replies import Runs
from bot.server.ws.frames import MessageCreated, Pong
from bot.store.sqlite.store import Store
from bot.store.values import Conversation


async def test_a_slow_subscriber_is_sent_away_and_the_others_are_not() -> None:
    channel = Channel(Conversation("c", "v", "auto", 0))
    slow, fast = Subscriber(limit=2), Subscriber(limit=10)
    channel.subscribers |= {slow, fast}
    for seq in (1, 2, 3):
        channel.publish(MessageCreated(seq=seq, message_id="m", role="user", text="Hi"))
    assert (await slow.next()).model_dump() == {"type": "goaway", "reason": "slow"}
    slow.put(Pong())
    assert [(await fast.next()).model_dump()["seq"] for _ in range(3)] == [1, 2, 3]
    assert not fast.gone.is_set()


async def test_idle_channels_are_forgotten(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "chat.db")
    runs = Runs(store, {}, experiment="first", max_message_chars=10, idle_channels=2)
    channels = [runs.channel(Conversation(name, "v", "auto", 0)) for name in "abcd"]
    channels[0].subscribers.add(Subscriber())
    runs.forget_idle()
    kept = [runs.channel(channel.conversation) is channel for channel in channels]
    assert kept == [True, False, True, True]
    await store.close()
