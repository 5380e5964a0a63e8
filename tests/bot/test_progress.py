"""Long work says how far it is, also where nobody sees a bar: the clock here is the tests' own."""

import io

from rich.console import Console
from rich.progress import MofNCompleteColumn

from bot.progress import EVERY_S, Progress, track


class Clock:
    """Goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def lines_of(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_without_a_terminal_there_is_a_line_after_the_first_step_then_now_and_then_and_at_the_end() -> None:
    console, clock = Console(file=io.StringIO()), Clock()
    with Progress(console, MofNCompleteColumn(), get_time=clock) as progress:
        task = progress.add_task("Reading", total=100)
        for _ in range(100):
            clock.now += EVERY_S / 10
            progress.advance(task)
    lines = lines_of(console)
    assert [line.split()[1] for line in lines] == [f"{step}/100" for step in (*range(1, 100, 10), 100)]
    assert lines[:2] == ["Reading 1/100 0:00:03 ETA -:--:--", "Reading 11/100 0:00:33 ETA 0:04:27"]
    assert lines[-1] == "Reading 100/100 0:05:00 ETA 0:00:00"


def test_what_was_done_before_is_no_step() -> None:
    console = Console(file=io.StringIO())
    with Progress(console, MofNCompleteColumn()) as progress:
        task = progress.add_task("Reading", total=3, completed=2)
        progress.update(task, description="Reading on")
        assert lines_of(console) == []
        progress.update(task, advance=1)
    assert len(lines_of(console)) == 1


def test_a_bar_on_a_terminal_has_no_lines_beside_it() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    assert list(track(range(3), "Counting", console)) == [0, 1, 2]
    shown = [line for line in lines_of(console) if "Counting" in line]
    assert shown and all("━" in line for line in shown)
