"""What a log may say: where something failed, never what a customer wrote nor from which address."""

import logging
import traceback

from bot.errors import TrilaneError


def told(error: BaseException) -> str:
    """Where it was raised, and what it is: our own sentence, but of a foreign error only the type.

    A foreign message may quote what a customer wrote; it is logged at `debug`.
    """
    logging.getLogger(__name__).debug("in full", exc_info=error)
    said = str(error) if isinstance(error, TrilaneError) else type(error).__name__
    places = "".join(traceback.format_tb(error.__traceback__))
    cause = f"\ncaused by {told(error.__cause__)}" if error.__cause__ else ""
    return f"{said}\nTraceback (most recent call last):\n{places}".rstrip() + cause


def without_addresses(record: logging.LogRecord) -> bool:
    """A filter that keeps uvicorn's news of connections, which name addresses, out of all but a debug log."""
    of_a_connection = "protocols" in record.pathname
    debugging = logging.getLogger(record.name).isEnabledFor(logging.DEBUG)
    return debugging or not of_a_connection or record.levelno > logging.INFO
