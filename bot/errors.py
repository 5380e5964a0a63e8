"""Every error that Trilane raises on purpose.

    TrilaneError
    ├── SettingsInvalid         a TRILANE_* variable or an option is wrong
    ├── ShopInvalid             a shop's profile is missing or wrong
    ├── SlotInvalid             a text names something that the shop's profile does not have
    ├── BaseUnusable            the base model is missing, corrupt or not a causal LM we can serve
    ├── EmbeddingUnusable       the same for the embedding model
    ├── ArtefactInvalid         a trained artefact is missing, damaged or made for another base
    ├── KnowledgeInvalid        a help-centre article cannot be read
    ├── StoreUnusable           the database is not ours, or newer than this program
    ├── StoreFailed             a change could not be stored
    │   └── StoreBusy           another process kept the database locked for too long
    ├── ConversationErased      it was erased on request
    ├── TranscriptInvalid       a transcript or evaluation row breaks its format
    ├── RecipeInvalid           a training recipe has unknown keys or bad values
    ├── BackendUnavailable      the conversation asked for a backend that is not loaded
    ├── MessageRefused          the customer's message is empty or too long
    ├── ConversationUnknown     no such conversation of this visitor
    ├── MessageUnknown          no such reply in this conversation
    ├── RunUnknown              the reply is not being written (any more)
    ├── RunActive               a reply is being written: the next message must wait for it
    ├── PortInUse               another program listens there
    ├── FrameInvalid            a wire frame breaks the protocol
    ├── EngineBusy              no free place in the queue
    └── EngineFailed            the model could not finish a reply

`code` is what a WebSocket client sees; `retryable` says whether the same frame may succeed later.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


class TrilaneError(Exception):
    """The root: its message is one clear sentence that a user may read."""

    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False
    retry_after_ms: int | None = None


class SettingsInvalid(TrilaneError):
    """All wrong settings at once, each naming its variable."""

    code = "settings"

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

    code = "shop"

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


class SlotInvalid(TrilaneError):
    """A text cannot be filled from the shop's profile."""

    code = "slot"


class BaseUnusable(TrilaneError):
    """The base model cannot be prepared or loaded."""

    code = "base"


class EmbeddingUnusable(TrilaneError):
    """The embedding model cannot be loaded."""

    code = "embedding"


class ArtefactInvalid(TrilaneError):
    """A trained artefact cannot be served."""

    code = "artefact"

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder, self.reason = folder, reason
        super().__init__(f"artefact {folder}: {reason}")


class KnowledgeInvalid(TrilaneError):
    """A help-centre article breaks the format."""

    code = "knowledge"


class StoreUnusable(TrilaneError):
    """The database cannot be used."""

    code = "store"

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"database {path}: {reason}")


class StoreFailed(TrilaneError):
    """A change could not be stored, or a conversation could not be read; the cause is in the server's log."""

    code = "store"
    retryable = True

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the conversation cannot be stored just now ({reason}); please try again")


class StoreBusy(StoreFailed):
    """Another process kept the database locked."""

    def __init__(self, waited_s: float) -> None:
        self.waited_s = waited_s
        super().__init__(f"another program has been writing for {waited_s:.0f} s")


class ConversationErased(TrilaneError):
    """The conversation was erased, on request."""

    code = "conversation_unknown"

    def __init__(self) -> None:
        super().__init__("this conversation does not exist any more; please begin a new one")


class TranscriptInvalid(TrilaneError):
    """A row of a transcript or evaluation file breaks its format."""

    code = "transcript"

    def __init__(self, file: Path, line: int, reason: str) -> None:
        self.file, self.line, self.reason = file, line, reason
        super().__init__(f"{file}, line {line}: {reason}")


class RecipeInvalid(TrilaneError):
    """A training recipe is wrong."""

    code = "recipe"


class BackendUnavailable(TrilaneError):
    """The backend is not one of those that this server loaded."""

    code = "backend_unavailable"

    def __init__(self, wanted: str, available: list[str]) -> None:
        self.wanted, self.available = wanted, available
        choices = ", ".join(available) or "none"
        super().__init__(f"backend '{wanted}' is not available here; choose one of: {choices}")


class MessageRefused(TrilaneError):
    """The customer's message cannot be taken as it is."""

    code = "message_refused"


class ConversationUnknown(TrilaneError):
    """No such conversation of this visitor."""

    code = "conversation_unknown"


class MessageUnknown(TrilaneError):
    """No such reply in this conversation."""

    code = "message_unknown"


class RunUnknown(TrilaneError):
    """The reply is not being written (any more)."""

    code = "run_unknown"


class RunActive(TrilaneError):
    """A reply is being written: the next message must wait for it."""

    code = "run_active"
    retryable = True


class PortInUse(TrilaneError):
    """Another program listens on the address."""

    code = "port"

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        super().__init__(
            f"port {port} on {host} is already in use; stop the other program or choose another with --port"
        )


class FrameInvalid(TrilaneError):
    """A client frame is not JSON or breaks the schema."""

    code = "bad_frame"


class EngineBusy(TrilaneError):
    """No place in the queue is free."""

    code = "busy"
    retryable = True

    def __init__(self, queued: int, retry_after_ms: int = 2000) -> None:
        self.queued, self.retry_after_ms = queued, retry_after_ms
        super().__init__(f"the assistant is busy: {queued} requests are waiting; please try again shortly")


class EngineFailed(TrilaneError):
    """The model could not finish; the cause is in the server's log."""

    code = "engine_failed"
    retryable = True
