"""The keys of shop.toml and the slots that texts may have, out of the model that reads them."""

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.shop.profile import Shop, read_shop
from bot.shop.slots import Absent

SHIPPED = Path(__file__).parents[2] / "data"
# What a profile does not hold itself, but texts can say.
MADE = {
    "contacts.all": "every contact, with “or”",
    "contacts.ways": "“by phone at … or by e-mail at …”",
    "contacts.ways_with_hours": "the same, with the hours of the telephone",
    "hours.sentence": "“Monday to Friday from 7 a.m. to 7 p.m.”, from days and times",
    "assistant.heading": "the chat's title, which is the shop's name where nothing else is given",
}


def section() -> str:
    """“## A shop” of docs/formats.md."""
    keys = [f"| `{key}` | {_default(field)} | {field.description or ''} |" for key, field in _keys(Shop)]
    made = [f"| `{{{{ shop.{name} }}}}` | {said} |" for name, said in MADE.items()]
    unknown = set(MADE) - set(_slots(read_shop(SHIPPED).slots))
    if unknown:
        raise LookupError(f"no slots of a shop: {', '.join(sorted(unknown))}")
    keys = ["| key | default | |", "|---|---|---|", *keys]
    made = ["| slot | |", "|---|---|", *made]
    return "\n".join([INTRO, *keys, SLOTS, *made, ""])


INTRO = """## A shop

A shop's folder holds `shop.toml`, `knowledge/**/*.md`, `cases/dev.jsonl`, `cases/test.jsonl` and `transcripts/`
(*.jsonl files or datasets of `ingest`). `--shop FOLDER` (or `TRILANE_SHOP`) serves it and trains for it; `--knowledge`,
`--cases` and `--transcripts` put others in the place of its parts. `trilane init FOLDER` writes one to begin with,
`trilane check FOLDER` says what is wrong or missing, with file and line. `shop.toml` says whose support it is:
"""
SLOTS = """
A key may be left out unless it is required, and a whole table too, but for `contacts`, which has one of its keys at
least. The texts of `assistant` and `safety`, those
of `prompt.toml` and the `system` of a recipe have slots, filled when they are served (Jinja2, sandboxed):
`{{ shop.KEY }}` for each key above, such as `{{ shop.contacts.email }}`. A text that says what the shop leaves out is
refused; `{% if shop.contacts.telephone %}…{% endif %}` asks first. And:
"""


def _keys(model: type[BaseModel], before: str = "") -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        table = _table(field.annotation)
        if table is None:
            yield before + name, field
        else:
            part, many = table
            yield from _keys(part, f"{before}{name}{'[]' if many else ''}.")


def _table(annotation: Any) -> tuple[type[BaseModel], bool] | None:
    """The model of a table, and whether there are many of it."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    parts = [part for part in get_args(annotation) if part not in (type(None), Ellipsis)]
    if get_origin(annotation) in (Union, types.UnionType, tuple) and len(parts) == 1:
        found = _table(parts[0])
        return found and (found[0], get_origin(annotation) is tuple)
    return None


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default is None or field.default == ():
        return ""
    value = ", ".join(field.default) if isinstance(field.default, tuple) else str(field.default)
    return f"`{value}`"


def _slots(values: Any, before: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, dict) and not isinstance(value, Absent):
            yield from _slots(value, f"{before}{key}.")
        else:
            yield before + key
