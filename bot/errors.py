"""Every error that Trilane raises on purpose, with its code.

    TrilaneError
    ├── SettingsInvalid         a TRILANE_* variable or an option is wrong
    ├── ShopInvalid             a shop's profile is missing or wrong
    ├── FolderOccupied          something stands where a folder is to be written
    ├── SlotInvalid             a text names something that the shop's profile does not have
    ├── BaseUnusable            the base model is missing, corrupt or not a causal LM we can serve
    ├── EmbeddingUnusable       the same for the embedding model
    ├── ArtefactInvalid         a trained artefact is missing, damaged or made for another base
    ├── ReleaseRefused          a part cannot be registered, promoted or rolled back, or cannot answer
    ├── KnowledgeInvalid        a help-centre article cannot be read
    ├── StoreUnusable           the database is not ours, or newer than this program
    ├── LookupFailed            the shop's own program did not say how an order stands
    ├── TranscriptInvalid       a transcript or evaluation row breaks its format
    ├── RecipeInvalid           a training recipe has unknown keys or bad values
    ├── PortInUse               another program listens there
    └── ChatError               what the client of a chat is told
        ├── FrameInvalid        a wire frame breaks the protocol
        ├── BackendUnavailable  the conversation asked for a backend that is not loaded
        ├── ConversationUnknown no such conversation of this visitor
        ├── ConversationErased  it was erased on request
        ├── MessageRefused      the customer's message is empty or too long
        ├── MessageUnknown      no such reply in this conversation
        ├── ChoiceUnknown       the reply offered no such choice
        ├── RunUnknown          the reply is not being written (any more)
        ├── RunActive           a reply is being written: the next message must wait for it
        ├── RunOverdue          the reply took too long and was stopped
        ├── StoreFailed         what was said could not be stored or read
        │   └── StoreBusy       another process kept the database locked for too long
        ├── EngineBusy          no free place in the queue
        └── EngineFailed        the model could not finish a reply

training/errors.py has those of data that is to be learnt from.

A chat is told the sentence of a ChatError; of anything else it hears `internal` and an apology, because those
sentences name the operator's files. docs/protocol.md lists the codes of the wire with the docstrings of their
classes.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import ClassVar


class ErrorCode(StrEnum):
    """Stable, for programs: every error class names its own."""

    INTERNAL = "internal"
    # What a command ends with.
    SETTINGS = "settings"
    BASE = "base"
    EMBEDDING = "embedding"
    ARTEFACT = "artefact"
    RELEASE = "release"
    KNOWLEDGE = "knowledge"
    STORE = "store"
    LOOKUP = "lookup"
    TRANSCRIPT = "transcript"
    RECIPE = "recipe"
    PORT = "port"
    SHOP = "shop"
    SLOT = "slot"
    DATASET = "dataset"
    OUTPUT = "output"
    # What a chat is told.
    BAD_FRAME = "bad_frame"
    BACKEND_UNAVAILABLE = "backend_unavailable"
    CONVERSATION_UNKNOWN = "conversation_unknown"
    MESSAGE_REFUSED = "message_refused"
    MESSAGE_UNKNOWN = "message_unknown"
    CHOICE_UNKNOWN = "choice_unknown"
    RUN_UNKNOWN = "run_unknown"
    RUN_ACTIVE = "run_active"
    RUN_OVERDUE = "run_overdue"
    CONVERSATION_ERASED = "conversation_erased"
    STORE_FAILED = "store_failed"
    STORE_BUSY = "store_busy"
    BUSY = "busy"
    ENGINE_FAILED = "engine_failed"


class TrilaneError(Exception):
    """The root: its message is one clear sentence that a user may read."""

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL


class ChatError(TrilaneError):
    """What the client of a chat is told; `retryable` says whether the same frame may succeed later."""

    retryable: ClassVar[bool] = False
    retry_after_ms: int | None = None


class SettingsInvalid(TrilaneError):
    """All wrong settings at once, each naming its variable."""

    code = ErrorCode.SETTINGS

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in one of a shop's files, and on which line where that is known."""

    file: Path
    line: int | None
    reason: str

    def __str__(self) -> str:
        place = f"{self.file}, line {self.line}" if self.line else str(self.file)
        return f"{place}: {self.reason}"


class ShopInvalid(TrilaneError):
    """Everything that is wrong in a shop's profile at once."""

    code = ErrorCode.SHOP

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class FolderOccupied(TrilaneError):
    """Something stands where a folder is to be written."""

    code = ErrorCode.SHOP

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder}: it is not empty, and nothing in it is overwritten; name a new folder")


class SlotInvalid(TrilaneError):
    """A text cannot be filled from the shop's profile."""

    code = ErrorCode.SLOT


class BaseUnusable(TrilaneError):
    """The base model cannot be prepared or loaded."""

    code = ErrorCode.BASE


class EmbeddingUnusable(TrilaneError):
    """The embedding model cannot be loaded."""

    code = ErrorCode.EMBEDDING


class ArtefactInvalid(TrilaneError):
    """A trained artefact cannot be served."""

    code = ErrorCode.ARTEFACT

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder, self.reason = folder, reason
        super().__init__(f"artefact {folder}: {reason}")


class ReleaseRefused(TrilaneError):
    """The release cannot be changed, or cannot answer, as it is."""

    code = ErrorCode.RELEASE


class KnowledgeInvalid(TrilaneError):
    """A help-centre article breaks the format."""

    code = ErrorCode.KNOWLEDGE

    def __init__(self, file: Path, reason: str, line: int | None = None) -> None:
        self.problem = Problem(file, line, reason)
        super().__init__(str(self.problem))


class StoreUnusable(TrilaneError):
    """The database cannot be used."""

    code = ErrorCode.STORE

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"database {path}: {reason}")


class LookupFailed(TrilaneError):
    """The program of the shop's [lookup] gave no answer that can be used; it is never named with the number."""

    code = ErrorCode.LOOKUP

    def __init__(self, url: str, reason: str) -> None:
        self.url, self.reason = url, reason
        super().__init__(f"lookup {url}: {reason}")


class TranscriptInvalid(TrilaneError):
    """A row of a transcript or evaluation file breaks its format."""

    code = ErrorCode.TRANSCRIPT

    def __init__(self, file: Path, line: int, reason: str) -> None:
        self.problem = Problem(file, line, reason)
        super().__init__(str(self.problem))


class RecipeInvalid(TrilaneError):
    """A training recipe is wrong."""

    code = ErrorCode.RECIPE


class BackendUnavailable(ChatError):
    """The backend is not one of those that this server loaded, which the message names."""

    code = ErrorCode.BACKEND_UNAVAILABLE

    def __init__(self, wanted: str, available: list[str]) -> None:
        self.wanted, self.available = wanted, available
        choices = ", ".join(available) or "none"
        super().__init__(f"backend '{wanted}' is not available here; choose one of: {choices}")


class MessageRefused(ChatError):
    """The customer's message is empty, or longer than `limits.max_message_chars`."""

    code = ErrorCode.MESSAGE_REFUSED


class ConversationUnknown(ChatError):
    """There is no such conversation, or it belongs to another visitor."""

    code = ErrorCode.CONVERSATION_UNKNOWN


class MessageUnknown(ChatError):
    """There is no such reply in this conversation."""

    code = ErrorCode.MESSAGE_UNKNOWN


class ChoiceUnknown(ChatError):
    """The reply offered no such choice."""

    code = ErrorCode.CHOICE_UNKNOWN


class RunUnknown(ChatError):
    """The reply is not being written (any more)."""

    code = ErrorCode.RUN_UNKNOWN


class RunActive(ChatError):
    """A reply is being written, and the next message must wait for it."""

    code = ErrorCode.RUN_ACTIVE
    retryable = True


class StoreFailed(ChatError):
    """A change could not be stored, or a conversation could not be read; the cause is in the server's log."""

    code = ErrorCode.STORE_FAILED
    retryable = True

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the conversation cannot be stored just now ({reason}); please try again")


class StoreBusy(StoreFailed):
    """Another process kept the database locked."""

    code = ErrorCode.STORE_BUSY

    def __init__(self, waited_s: float) -> None:
        self.waited_s = waited_s
        super().__init__(f"another program has been writing for {waited_s:.0f} s")


class ConversationErased(ChatError):
    """The conversation was erased, on request."""

    code = ErrorCode.CONVERSATION_ERASED

    def __init__(self) -> None:
        super().__init__("this conversation does not exist any more; please begin a new one")


class RunOverdue(ChatError):
    """The reply took longer than a reply may take and was stopped; what was shown stays."""

    code = ErrorCode.RUN_OVERDUE
    retryable = True

    def __init__(self, max_run_s: float) -> None:
        self.max_run_s = max_run_s
        super().__init__(f"the reply took longer than {max_run_s:g} s and was stopped; please try again")


class PortInUse(TrilaneError):
    """Another program listens on the address."""

    code = ErrorCode.PORT

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        super().__init__(
            f"port {port} on {host} is already in use; stop the other program or choose another with --port"
        )


class FrameInvalid(ChatError):
    """The frame is not JSON, not in the schema, or not in its place."""

    code = ErrorCode.BAD_FRAME


class EngineBusy(ChatError):
    """No place in the queue is free; try again after `retry_after_ms`."""

    code = ErrorCode.BUSY
    retryable = True

    def __init__(self, queued: int, retry_after_ms: int = 2000) -> None:
        self.queued, self.retry_after_ms = queued, retry_after_ms
        super().__init__(f"the assistant is busy: {queued} requests are waiting; please try again shortly")


class EngineFailed(ChatError):
    """The model could not finish; the cause is in the server's log."""

    code = ErrorCode.ENGINE_FAILED
    retryable = True
