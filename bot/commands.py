"""What both command lines share: a user's mistake is one sentence, never a traceback."""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from bot.errors import TrilaneError

MISTAKE, STOPPED = 2, 130
# Key of click's Context.meta: what a command says when it is interrupted, instead of the group's sentence.
INTERRUPTED = "trilane.interrupted"
_Command = TypeVar("_Command", bound=Callable[..., Any])
HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Commands(click.Group):
    """A group whose commands end with a sentence on stderr and exit code 2, or 130 when interrupted."""

    interrupted = "stopped"

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; TrilaneError, and an OSError that names a file, end here."""
        take_any_character()
        try:
            return super().invoke(ctx)
        except TrilaneError as error:
            self._end(ctx, f"{self.name}: {error}", MISTAKE)
        except OSError as error:
            if error.filename is None:
                raise
            self._end(ctx, f"{self.name}: {error.filename}: {error.strerror}", MISTAKE)
        except KeyboardInterrupt:
            self._end(ctx, f"\n{self.name}: {ctx.meta.get(INTERRUPTED, self.interrupted)}", STOPPED)

    @staticmethod
    def _end(ctx: click.Context, message: str, code: int) -> NoReturn:
        click.echo(message, err=True)
        ctx.exit(code)


def take_any_character() -> None:
    """What a console's encoding has no sign for becomes a question mark and ends no command."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def with_shop(command: _Command) -> _Command:
    """The option that says whose support this is."""
    return click.option(
        "--shop", type=click.Path(exists=True, path_type=Path), help="A shop's folder, or its shop.toml."
    )(command)
