"""Examples of acts beside a prompt: what the classifier learns from, too many to stand between the prompt's texts.

`prompt.toml` has them in `prompt.examples.jsonl`, one a line: {"act": NAME, "text": …}. The act is a reply's name,
or "question" for what looks like an act and is none. They come behind those that stand in the prompt itself.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import ValidationError

from bot.prompting.section import Section
from bot.validation import first_wrong_value

QUESTION = "question"


class Example(Section):
    """One message, and which act it is."""

    act: str
    text: str


def beside(file: Path) -> Path:
    """Where the examples of a prompt lie, if it has any."""
    return file.with_name(f"{file.stem}.examples.jsonl")


def read_examples(data: bytes, acts: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """The texts of each act. Raises ValueError naming the line: `acts` are all that there are."""
    found: dict[str, list[str]] = {name: [] for name in (*acts, QUESTION)}
    for number, line in enumerate(data.decode("utf-8").splitlines(), start=1):
        try:
            example = Example.model_validate(json.loads(line))
        except ValidationError as error:
            raise ValueError(f"line {number}: {first_wrong_value(error)}") from error
        except json.JSONDecodeError as error:
            raise ValueError(f"line {number}: it is not JSON: {error}") from error
        if example.act not in found:
            raise ValueError(f"line {number}: there is no reply named {example.act!r}")
        found[example.act].append(example.text)
    return {name: tuple(texts) for name, texts in found.items()}
