"""What a running server is made of; routes find it on the application."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from bot.engine.protocol import Engine
from bot.server.conversations.hub import Hub
from bot.server.conversations.inbox import Inbox
from bot.server.conversations.replies import Replies
from bot.server.ws.socket import Chat
from bot.settings import Settings
from bot.shop.profile import Shop


@dataclass(frozen=True)
class Parts:
    """Built when the application starts, gone when it ends; `chats` are the open sockets."""

    settings: Settings
    shop: Shop
    backends: Sequence[str]
    engine: Engine | None
    hub: Hub
    replies: Replies
    inbox: Inbox
    chats: set[Chat] = field(default_factory=set)


def parts_of(connection: HTTPConnection) -> Parts:
    """The parts of the application that this request or socket came to."""
    parts: Parts = connection.app.state.parts
    return parts


TheParts = Annotated[Parts, Depends(parts_of)]
