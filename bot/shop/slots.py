"""Slots: how a text of the product names the shop that it is served for.

A text says `{{ shop.name }}`; the profile says what that is. Every text that a customer can meet and every
system text of a recipe goes through `fill`, at serving and at training alike, so that what was trained for one
shop serves another.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.errors import SlotInvalid

_NO_KEY = re.compile(r"'dict object' has no attribute '(\w+)'")


class Absent:
    """A value that a shop may leave out: `{% if %}` takes it for no, and saying it fails."""

    def __init__(self, slot: str) -> None:
        self.slot = slot

    def __bool__(self) -> bool:
        return False


def fill(text: str, slots: Mapping[str, Any], **more: Any) -> str:
    """The text with its slots filled (Jinja2, sandboxed); what stands in the values is never read as a slot.

    Raises SlotInvalid for an unknown slot, for one without a value, and for a broken template.
    """
    try:
        return _environment().from_string(text).render(shop=slots, **more)
    except UndefinedError as error:
        said = _NO_KEY.sub(r"there is no slot '\1'", str(error.message))
        raise SlotInvalid(f"{said}; docs/formats.md lists the slots") from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
        raise SlotInvalid(f"the text is no valid template: {error}") from error


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    # A file's last line break is part of its text.
    return ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, finalize=_said, keep_trailing_newline=True
    )


def _said(value: Any) -> Any:
    if isinstance(value, Absent):
        raise UndefinedError(f"'{value.slot}' has no value in this shop; put what says it between {{% if %}}")
    return value
