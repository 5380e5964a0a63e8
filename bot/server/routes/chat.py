"""WS /ws."""

from fastapi import APIRouter, WebSocket

from bot.server.parts import TheParts
from bot.server.ws.socket import Chat

router = APIRouter()


@router.websocket("/ws")
async def chat(websocket: WebSocket, parts: TheParts) -> None:
    """One socket, from the handshake to the close."""
    one = Chat(websocket, parts.hub, parts.inbox, round(parts.settings.heartbeat_s * 1000))
    parts.chats.add(one)
    try:
        await one.serve()
    finally:
        parts.chats.discard(one)
