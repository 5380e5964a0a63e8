"""One socket as a state machine: opening (until `hello`), open, closed."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Literal

from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.backends import BackendChoice
from bot.errors import BackendUnavailable, ChatError, FrameInvalid
from bot.logs import told
from bot.server.conversations.channel import Channel
from bot.server.conversations.events import Event, History
from bot.server.conversations.hub import Hub
from bot.server.conversations.inbox import Inbox
from bot.server.ws.frames import (
    ChoicePick,
    ClientFrame,
    FeedbackAck,
    FeedbackCreate,
    GoAway,
    Hello,
    Limits,
    MessageCreate,
    Ping,
    Pong,
    Ready,
    RunCancel,
    client_frame,
)
from bot.server.ws.outbox import Outbox, error_frame
from bot.validation import shortened, wrong_values

logger = logging.getLogger(__name__)
backend_choice: TypeAdapter[BackendChoice] = TypeAdapter(BackendChoice)
BAD_FRAMES_IN_A_ROW = 5
HELLO_TIMEOUT_S = 30.0
FAREWELL_TIMEOUT_S = 2.0
CLOSE_CODES = {"protocol": 1008, "shutdown": 1001, "slow": 1013, "failed": 1011, "erased": 1000}


def parse(text: str, available: list[str]) -> ClientFrame:
    """Read a client's frame. Raises FrameInvalid with one sentence, or BackendUnavailable."""
    try:
        return client_frame.validate_json(text)
    except ValidationError as error:
        problem = wrong_values(error)[0]
        if problem.place == ("hello", "backend") and isinstance(problem.value, str):
            raise BackendUnavailable(shortened(problem.value, 64), available) from error
        if not problem.place:
            raise FrameInvalid(f"the frame cannot be read: {problem.reason}") from error
        name, *field = problem.place
        where = f"field '{'.'.join(map(str, field))}' of '{name}'" if field else f"the frame '{name}'"
        raise FrameInvalid(f"{where} is not valid: {problem.reason}") from error


def subject(frame: ClientFrame) -> str | None:
    """The id that an error about this frame names."""
    match frame:
        case MessageCreate() | ChoicePick():
            return frame.client_msg_id
        case RunCancel():
            return frame.run_id
        case FeedbackCreate():
            return frame.message_id
        case _:
            return None


class Chat:
    """Reads one client's frames in order; everything it sends goes through one bounded queue."""

    def __init__(self, socket: WebSocket, hub: Hub, inbox: Inbox, heartbeat_ms: int) -> None:
        self._socket, self._hub, self._inbox, self._heartbeat_ms = socket, hub, inbox, heartbeat_ms
        self._channel: Channel | None = None
        self._outbox = Outbox()
        self.ended = asyncio.Event()

    def send_away(self, farewell: GoAway) -> None:
        """Say why and close."""
        self._outbox.send_away(farewell)

    async def serve(self) -> None:
        """From the handshake to the close; returns when the socket is gone."""
        await self._socket.accept()
        reader = asyncio.create_task(self._read())
        writer = asyncio.create_task(self._write())
        gone = asyncio.create_task(self._outbox.gone.wait())
        tasks = {reader, writer, gone}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._outbox.gone.is_set():
                await asyncio.wait({writer}, timeout=FAREWELL_TIMEOUT_S)
        finally:
            if self._channel is not None:
                self._channel.listeners.discard(self._outbox)
                self._hub.forget_idle()
            self.ended.set()
            for task in tasks:
                task.cancel()
            for outcome in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
                    logger.error("a chat socket failed: %s", told(outcome))

    async def _write(self) -> None:
        while True:
            frame = await self._outbox.next()
            await self._socket.send_text(frame.model_dump_json())
            if isinstance(frame, GoAway):
                await self._socket.close(CLOSE_CODES[frame.reason])
                return

    async def _receive(self) -> str:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        text = message.get("text")
        if not isinstance(text, str):
            raise FrameInvalid("the frame cannot be read: only text frames are accepted")
        return text

    async def _read(self) -> None:
        if not await self._opened():
            return
        bad_frames = 0
        while bad_frames < BAD_FRAMES_IN_A_ROW:
            about: str | None = None
            try:
                frame = parse(await self._receive(), self._hub.backends)
                about = subject(frame)
                await self._handle(frame)
                bad_frames = 0
            except (WebSocketDisconnect, asyncio.CancelledError):
                raise
            except FrameInvalid as error:
                bad_frames += 1
                self._outbox.put(error_frame(error))
            except ChatError as error:
                bad_frames = 0
                self._outbox.put(error_frame(error, about))
            except Exception as error:
                logger.error("a frame could not be handled: %s", told(error))
                self._outbox.put(error_frame(error, about))
        self.send_away(GoAway(reason="protocol"))

    async def _opened(self) -> bool:
        farewell = GoAway(reason="protocol")
        try:
            await self._open(await self._hello())
        except (WebSocketDisconnect, asyncio.CancelledError):
            raise
        except Exception as error:
            self._outbox.put(error_frame(error))
            if not isinstance(error, ChatError) or error.retryable:
                logger.error("a conversation could not be opened: %s", told(error))
                farewell = GoAway(reason="failed")
        else:
            return True
        self.send_away(farewell)
        return False

    async def _hello(self) -> Hello:
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                frame = parse(await self._receive(), self._hub.backends)
        except TimeoutError:
            raise FrameInvalid(f"no 'hello' came within {HELLO_TIMEOUT_S:.0f} s") from None
        if not isinstance(frame, Hello):
            raise FrameInvalid(f"the first frame must be 'hello', not '{frame.type}'")
        return frame

    async def _open(self, hello: Hello) -> None:
        if hello.conversation_id is None:
            self._listen(await self._hub.begin(hello.visitor_id, hello.backend), "new")
            return
        channel = await self._hub.resume(hello.conversation_id, hello.visitor_id)
        missed = channel.missed(hello.last_seq)
        if missed is not None:
            self._listen(channel, "replayed", missed)
            return
        async with channel.lock:
            self._listen(channel, "snapshot", [await self._hub.history(channel)])

    def _listen(
        self,
        channel: Channel,
        resume: Literal["new", "replayed", "snapshot"],
        news: Sequence[Event | History] = (),
    ) -> None:
        """Without an await in between, so that no event is missed or told twice."""
        conversation = channel.conversation
        self._outbox.put(
            Ready(
                conversation_id=conversation.id,
                visitor_id=conversation.visitor_id,
                backend=backend_choice.validate_python(conversation.backend_choice),
                resume=resume,
                last_seq=channel.seq,
                heartbeat_ms=self._heartbeat_ms,
                limits=Limits(max_message_chars=self._inbox.max_message_chars),
            )
        )
        for one in news:
            self._outbox.tell(one)
        channel.listeners.add(self._outbox)
        self._channel = channel

    async def _handle(self, frame: ClientFrame) -> None:
        if self._channel is None:
            raise RuntimeError("frames are handled after `hello` only")
        match frame:
            case Ping():
                self._outbox.put(Pong())
            case MessageCreate():
                await self._inbox.take(self._channel, frame.client_msg_id, frame.text, self._outbox.tell)
            case ChoicePick():
                await self._inbox.pick(
                    self._channel, frame.client_msg_id, frame.message_id, frame.choice_id, self._outbox.tell
                )
            case RunCancel():
                self._inbox.cancel(self._channel, frame.run_id)
            case FeedbackCreate():
                await self._inbox.rate(self._channel, frame.message_id, frame.rating, frame.reasons, frame.comment)
                self._outbox.put(FeedbackAck(message_id=frame.message_id, rating=frame.rating))
            case Hello():
                raise FrameInvalid("'hello' is only accepted as the first frame")
