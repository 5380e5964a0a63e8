"""The protocol as others read it, generated from frames.py and errors.py: a JSON Schema and a page."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode
from pydantic_core import PydanticUndefined

from bot.errors import ChatError, ErrorCode
from bot.server.ws import frames


def members(union: Any) -> list[type[frames.Frame]]:
    """The frames of a discriminated union, in order of declaration."""
    return list(get_args(get_args(union)[0]))


def schema() -> dict[str, Any]:
    """JSON Schema with a definition for every frame, and ClientFrame and ServerFrame over them."""
    definitions: dict[str, Any] = {}
    unions: tuple[tuple[str, TypeAdapter[Any], JsonSchemaMode], ...] = (
        ("ClientFrame", frames.client_frame, "validation"),
        ("ServerFrame", frames.server_frame, "serialization"),
    )
    for name, adapter, mode in unions:
        part = adapter.json_schema(mode=mode, ref_template="#/$defs/{model}")
        definitions |= part.pop("$defs")
        definitions[name] = part
    for model in members(frames.ClientFrame):
        definitions[model.__name__].setdefault("required", [])
        if "type" not in definitions[model.__name__]["required"]:
            definitions[model.__name__]["required"].insert(0, "type")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "TrilaneFrame",
        "anyOf": [{"$ref": "#/$defs/ClientFrame"}, {"$ref": "#/$defs/ServerFrame"}],
        "$defs": untitled(dict(sorted(definitions.items()))),
    }


def untitled(part: Any) -> Any:
    """Without pydantic's `title` strings, which only repeat the names."""
    if isinstance(part, dict):
        return {
            key: untitled(value) for key, value in part.items() if not (key == "title" and isinstance(value, str))
        }
    return [untitled(value) for value in part] if isinstance(part, list) else part


def type_name(annotation: dict[str, Any]) -> str:
    """A property of the schema as a reader would write its type."""
    if "$ref" in annotation:
        return f"[{annotation['$ref'].split('/')[-1]}](#{annotation['$ref'].split('/')[-1].lower()})"
    if "const" in annotation:
        return f"`{json.dumps(annotation['const'])}`"
    if "enum" in annotation:
        return " \\| ".join(f"`{value}`" for value in annotation["enum"])
    if "anyOf" in annotation:
        return " \\| ".join(type_name(part) for part in annotation["anyOf"])
    if annotation.get("type") == "array":
        most = f"at most {annotation['maxItems']} of " if "maxItems" in annotation else ""
        return f"list of {most}{type_name(annotation['items'])}"
    limits = [
        f"{word} {annotation[key]}"
        for key, word in (("minimum", "≥"), ("maxLength", "at most"), ("pattern", "matching"))
        if key in annotation
    ]
    return str(annotation.get("type", "any")) + (f" ({', '.join(limits)})" if limits else "")


def table(model: type[BaseModel], part: dict[str, Any]) -> str:
    """A heading, the docstring and one row for each field."""
    lines = [f"### {model.__name__}", "", " ".join((model.__doc__ or "").split()), ""]
    lines += ["| field | type | default | |", "| --- | --- | --- | --- |"]
    for name, field in model.model_fields.items():
        required = field.is_required() or name == "type"
        factory_default = [] if field.default is PydanticUndefined else field.default
        default = "" if required else f"`{json.dumps(factory_default)}`"
        lines.append(
            f"| `{name}` | {type_name(part['properties'][name])} | {default} | {field.description or ''} |"
        )
    return "\n".join(lines) + "\n"


def chat_errors(root: type[ChatError] = ChatError) -> list[type[ChatError]]:
    """Every class of error that a chat is told, in order of declaration, a parent before its children."""
    return [one for child in root.__subclasses__() for one in (child, *chat_errors(child))]


def errors_table() -> str:
    """One row for each code of `error`."""
    lines = ["| code | retryable | |", "| --- | --- | --- |"]
    lines += [f"| `{error.code}` | {yes(error.retryable)} | {first_line(error)} |" for error in chat_errors()]
    lines.append(f"| `{ErrorCode.INTERNAL}` | yes | Something went wrong in the server; its log says what. |")
    return "\n".join(lines) + "\n"


def yes(flag: bool) -> str:
    """As a table says it."""
    return "yes" if flag else "no"


def first_line(error: type[ChatError]) -> str:
    """The first paragraph of the docstring."""
    return " ".join((error.__doc__ or "").split("\n\n")[0].split())


def page() -> str:
    """docs/protocol.md: what is said when, then every frame."""
    definitions = schema()["$defs"]
    values: list[type[frames.Frame]] = [
        frames.ShownSource,
        frames.Usage,
        frames.Limits,
        frames.ShownTurn,
        frames.ActiveRun,
    ]
    parts = [
        "# The wire protocol",
        "",
        "<!-- Generated by `make generate` from bot/server/ws/frames.py. -->",
        "",
        (Path(__file__).parent / "protocol_intro.md").read_text(encoding="utf-8"),
        "## Error codes",
        "",
        "What the `error` frame's `code` can be; `retryable` says whether the same frame may succeed later.",
        "",
        errors_table(),
    ]
    sections: tuple[tuple[str, Sequence[type[frames.Frame]]], ...] = (
        ("Client frames", members(frames.ClientFrame)),
        ("Server frames", members(frames.ServerFrame)),
        ("Values inside frames", values),
    )
    for title, models in sections:
        parts += [f"## {title}", ""]
        parts += [table(model, definitions[model.__name__]) for model in models]
    return "\n".join(parts)
