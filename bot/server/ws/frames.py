"""The wire: every frame of `WS /ws`. docs/protocol.md and the TypeScript types are generated from here.

A socket speaks JSON text frames. The client's first frame is `hello`; the server answers `ready`.
Frames that belong to the conversation (not to one socket) carry `seq`, which grows by one.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.answer import Decision, FinishReason
from bot.backends import BackendChoice

Rating = Literal["up", "down"]
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class Frame(BaseModel):
    """Frozen, closed: an unknown field is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class ShownSource(Frame):
    """A help-centre passage that the reply rests on."""

    article: str = Field(description="Slug of the article, the file's name in the help centre.")
    title: str = Field(description="Title of the article.")
    heading: str = Field(description="Heading of the passage inside the article; empty for its opening.")
    text: str = Field(description="The passage itself.")


class ShownChoice(Frame):
    """One of the things that the customer may have meant; `choice.pick` says which."""

    id: str = Field(description="Names the choice within its reply.")
    label: str = Field(description="What the customer reads; picking it says this.")


class Usage(Frame):
    """What a reply cost."""

    prompt_tokens: int = Field(description="Tokens that the model read, all its calls together.")
    completion_tokens: int = Field(description="Tokens of the reply.")
    ttft_ms: int = Field(description="From the accepted message to the first piece of text, milliseconds.")
    duration_ms: int = Field(description="From the accepted message to the end, milliseconds.")


class Limits(Frame):
    """What the server accepts."""

    max_message_chars: int = Field(description="Longest message of a customer, in characters.")


class ShownTurn(Frame):
    """A turn as a snapshot shows it."""

    message_id: str
    role: Literal["user", "assistant", "agent", "system"]
    text: str
    finish_reason: FinishReason | None = Field(description="How a reply ended; null for other roles.")
    sources: list[ShownSource]
    choices: list[ShownChoice] = Field(description="What a reply gave to choose from; mostly empty.")
    rating: Rating | None = Field(description="The customer's latest thumb, if any.")


class ActiveRun(Frame):
    """A reply that is still being written."""

    run_id: str
    message_id: str
    text: str = Field(description="The reply so far; further `text.delta` go on from here.")


# Client frames


class Hello(Frame):
    """Opens the session; always the first frame. With `conversation_id` an earlier one goes on."""

    type: Literal["hello"] = "hello"
    visitor_id: Id | None = Field(None, description="From an earlier `ready`; the server makes one otherwise.")
    conversation_id: Id | None = Field(None, description="From an earlier `ready`, to go on with it.")
    last_seq: int | None = Field(None, ge=0, description="Last `seq` that this client has seen.")
    backend: BackendChoice = Field("auto", description="Who answers; a resumed conversation keeps its own.")


class MessageCreate(Frame):
    """The customer says something; the server acknowledges and starts a run."""

    type: Literal["message.create"] = "message.create"
    client_msg_id: Id = Field(description="Chosen by the client; the same id twice is one message.")
    text: str = Field(description="Plain text.")


class ChoicePick(Frame):
    """The customer picks what a reply offered: the same as a message that says the choice's label."""

    type: Literal["choice.pick"] = "choice.pick"
    client_msg_id: Id = Field(description="Chosen by the client; the same id twice is one message.")
    message_id: Id = Field(description="The reply that offered.")
    choice_id: Id


class RunCancel(Frame):
    """Stop a reply; what was written so far is kept."""

    type: Literal["run.cancel"] = "run.cancel"
    run_id: Id


class FeedbackCreate(Frame):
    """A thumb under a reply; a later one for the same message replaces it."""

    type: Literal["feedback.create"] = "feedback.create"
    message_id: Id
    rating: Rating
    reasons: list[Annotated[str, Field(max_length=100)]] = Field(default_factory=list, max_length=10)
    comment: str = Field("", max_length=2000)


class Ping(Frame):
    """Asks for a `pong`."""

    type: Literal["ping"] = "ping"


# Server frames


class Ready(Frame):
    """The session is open."""

    type: Literal["ready"] = "ready"
    conversation_id: str
    visitor_id: str
    backend: BackendChoice = Field(description="As chosen; `auto` never reveals the arm.")
    resume: Literal["new", "replayed", "snapshot"] = Field(
        description="`replayed`: the missed frames follow; `snapshot`: a `snapshot` frame follows."
    )
    last_seq: int = Field(description="`seq` of the newest frame of the conversation.")
    heartbeat_ms: int = Field(description="Send a `ping` at least this often.")
    limits: Limits


class Snapshot(Frame):
    """The whole conversation so far."""

    type: Literal["snapshot"] = "snapshot"
    messages: list[ShownTurn]
    active_run: ActiveRun | None = Field(description="The reply being written, if any.")


class MessageAck(Frame):
    """The message is stored."""

    type: Literal["message.ack"] = "message.ack"
    client_msg_id: str
    message_id: str
    duplicate: bool = Field(description="True when this `client_msg_id` had been stored before.")


class MessageCreated(Frame):
    """A message of the customer, for every socket of the conversation."""

    type: Literal["message.created"] = "message.created"
    seq: int
    message_id: str
    role: Literal["user", "assistant", "agent", "system"]
    text: str


class RunStarted(Frame):
    """A reply begins."""

    type: Literal["run.started"] = "run.started"
    seq: int
    run_id: str
    message_id: str = Field(description="The id that the reply will have.")


class TextDelta(Frame):
    """A piece of the reply."""

    type: Literal["text.delta"] = "text.delta"
    seq: int
    run_id: str
    offset: int = Field(description="Place of the piece in the whole text, in Unicode code points.")
    delta: str


class RunFinished(Frame):
    """A reply is complete; the full text is repeated."""

    type: Literal["run.finished"] = "run.finished"
    seq: int
    run_id: str
    message_id: str
    text: str
    finish_reason: FinishReason
    decision: Decision | None = Field(
        description="What the bot did: it answered, offered choices, asked back, handed over, declined what is no "
        "business of the shop, or said what one says to thanks or a greeting (`act`). Null where it broke off."
    )
    choices: list[ShownChoice] = Field(
        description="What the customer may pick from, where it offers or asks which one is meant; else empty."
    )
    sources: list[ShownSource]
    usage: Usage


class FeedbackAck(Frame):
    """The thumb is stored."""

    type: Literal["feedback.ack"] = "feedback.ack"
    message_id: str
    rating: Rating


class ErrorFrame(Frame):
    """Something was refused or failed; the socket stays open unless `goaway` follows."""

    type: Literal["error"] = "error"
    code: str = Field(description="Stable, for programs.")
    message: str = Field(description="One sentence, for people.")
    retryable: bool
    retry_after_ms: int | None = None
    caused_by: str | None = Field(None, description="`client_msg_id`, `run_id` or `message_id` it is about.")


class Pong(Frame):
    """Answers `ping`."""

    type: Literal["pong"] = "pong"


class GoAway(Frame):
    """The server is closing this socket."""

    type: Literal["goaway"] = "goaway"
    reason: Literal["shutdown", "protocol", "slow", "failed", "erased"] = Field(
        description="`slow`: the client reads too slowly; reconnect with `last_seq`. `failed`: the server could "
        "not open the conversation; try again. `erased`: the conversation was erased on request; begin a new one."
    )


ClientFrame = Annotated[
    Hello | MessageCreate | ChoicePick | RunCancel | FeedbackCreate | Ping, Field(discriminator="type")
]
ServerFrame = Annotated[
    Ready
    | Snapshot
    | MessageAck
    | MessageCreated
    | RunStarted
    | TextDelta
    | RunFinished
    | FeedbackAck
    | ErrorFrame
    | Pong
    | GoAway,
    Field(discriminator="type"),
]
client_frame: TypeAdapter[ClientFrame] = TypeAdapter(ClientFrame)
server_frame: TypeAdapter[ServerFrame] = TypeAdapter(ServerFrame)
