"""How far long work has come: a bar on a terminal; elsewhere, as in a log, a line now and then."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from rich import progress as rich
from rich.console import Console
from rich.progress import ProgressColumn, TaskID
from rich.text import Text

# Between two lines where there is no terminal.
EVERY_S = 30.0
# The time that is left is told from the speed over this long: single steps are uneven.
SPEED_OVER_S = 600.0

T = TypeVar("T")


class Progress(rich.Progress):
    """rich's, with the time that has passed and that is left; `count` are the columns that say how much is done.

    Without a terminal a task has a line of the same columns after its first step, then at most one in EVERY_S,
    and one at its end.
    """

    def __init__(
        self, console: Console, *count: ProgressColumn, get_time: Callable[[], float] | None = None
    ) -> None:
        super().__init__(
            rich.TextColumn("{task.description}"),
            rich.BarColumn(),
            *(count or (rich.TaskProgressColumn(),)),
            rich.TimeElapsedColumn(),
            rich.TextColumn("ETA"),
            rich.TimeRemainingColumn(),
            console=console,
            # Without it, `track` counts each item when it is done, and not ten times a second.
            auto_refresh=console.is_terminal,
            disable=not console.is_terminal,
            speed_estimate_period=SPEED_OVER_S,
            get_time=get_time,
        )
        # When each task had its last line, and how much was done then.
        self._said: dict[TaskID, tuple[float, float]] = {}

    def update(self, task_id: TaskID, **changes: Any) -> None:
        """As rich does it, and a line where one is due."""
        super().update(task_id, **changes)
        self._say(task_id)

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        """As rich does it, and a line where one is due."""
        super().advance(task_id, advance)
        self._say(task_id)

    def add_task(self, description: str, *args: Any, **options: Any) -> TaskID:
        """As rich does it; what is done already is no step."""
        task_id = super().add_task(description, *args, **options)
        self._said[task_id] = (-EVERY_S, self._tasks[task_id].completed)
        return task_id

    def _say(self, task_id: TaskID) -> None:
        task, now = self._tasks[task_id], self.get_time()
        said_at, done = self._said[task_id]
        due = task.finished or now - said_at >= EVERY_S
        if self.console.is_terminal or not task.visible or task.completed <= done or not due:
            return
        self._said[task_id] = (now, task.completed)
        cells = [column.render(task) for column in self.columns if isinstance(column, ProgressColumn)]
        line = " ".join(cell.plain.strip() for cell in cells if isinstance(cell, Text))
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)


def track(items: Sequence[T], description: str, console: Console) -> Iterator[T]:
    """The items one by one, with the progress over them shown."""
    with Progress(console, rich.MofNCompleteColumn()) as progress:
        yield from progress.track(items, description=description)
