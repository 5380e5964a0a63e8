"""What can be wrong with data that is to be learnt from."""

from pathlib import Path

from bot.errors import ErrorCode, TrilaneError


class DatasetEmpty(TrilaneError):
    """There is nothing to learn from."""

    code = ErrorCode.DATASET


class DatasetInvalid(TrilaneError):
    """A folder is no dataset of ours, or its files are not what its manifest says."""

    code = ErrorCode.DATASET

    def __init__(self, folder: Path, reason: str) -> None:
        self.folder, self.reason = folder, reason
        super().__init__(f"dataset {folder}: {reason}")


class DialogueTooLong(TrilaneError):
    """A dialogue does not fit the model; a cut answer would teach it to stop early."""

    code = ErrorCode.DATASET

    def __init__(self, dialogue_id: str, tokens: int, max_tokens: int) -> None:
        self.dialogue_id, self.tokens, self.max_tokens = dialogue_id, tokens, max_tokens
        super().__init__(
            f"dialogue '{dialogue_id}' has {tokens} tokens, more than {max_tokens}; "
            "split it, or raise max_tokens in the recipe if the base can read more"
        )


class OutputOccupied(TrilaneError):
    """Writing there would lose something that is not ours."""

    code = ErrorCode.OUTPUT

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder}: something else is there; choose another folder with --out")
