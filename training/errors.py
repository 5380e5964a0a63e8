"""What can be wrong with data that is to be learnt from, and with learning."""

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


class TrainingDiverged(TrilaneError):
    """The weights grew out of all bounds; what they would leave can answer nothing."""

    code = ErrorCode.RECIPE

    def __init__(self, step: int, steps: int, learning_rate: float) -> None:
        self.step, self.steps, self.learning_rate = step, steps, learning_rate
        super().__init__(
            f"the loss or its gradient was no finite number at step {step} of {steps}, with a learning rate of "
            f"{learning_rate:g}; lower learning_rate in the recipe"
        )


class OutputOccupied(TrilaneError):
    """Writing there would lose something that is not ours."""

    code = ErrorCode.OUTPUT

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        super().__init__(f"{folder}: something else is there; choose another folder with --out")
