"""Variants of the hand-written transcripts: other products, people, places, dates, order numbers and typists.

What may change in a dialogue is written by hand beside it (`data/generator/`), so that every answer stays true:
{"id", "choices": [{string: [alternative, ...], ...}, ...]}; in one choice, the k-th alternatives go together.
`python -m tests.tools.generator` writes the variants and the tables in data/README.md; --check only compares.
"""

import json
import random
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from bot.errors import TranscriptInvalid
from bot.schemas import Row, TranscriptRow, read_rows
from bot.settings import load_settings
from tests.tools.corpus_page import write_tables

VARIANTS = 7
SEED = 4
OTHER_LANGUAGE = "other_language"
_ORDER = re.compile(r"\b(JT|jt)(\d{7})\b")
_WORD = re.compile(r"(?<![\w@./$#-])[a-z]{4,}(?![\w@/$-]|\.\w)")
GREETINGS = (
    "Hi, ",
    "Hello! ",
    "hey, ",
    "Good morning. ",
    "Hi there. ",
    "Hello, quick question: ",
    "good evening, ",
)
CLOSINGS = (" Thanks!", " thx", " Thank you.", " Cheers.", " please help", " Thanks in advance!")


class Choices(Row):
    """A line of a file in data/generator."""

    choices: list[dict[str, Annotated[list[str], Field(min_length=1)]]]


def generate(data: Path, *, seed: int = SEED, variants: int = VARIANTS) -> Iterator[TranscriptRow]:
    """`variants` of every hand-written transcript, in the order of files, lines and numbers.

    Raises TranscriptInvalid for choices that do not fit their transcript.
    """
    for file in sorted((data / "transcripts").glob("*.jsonl")):
        written = read_rows(file, TranscriptRow)
        choices = {row.id: (line, row.choices) for line, row in read_rows(data / "generator" / file.name, Choices)}
        for _, row in written:
            line, own = choices.get(row.id, (0, []))
            _check(data / "generator" / file.name, line, row, own)
            made = {_text(row)}
            for number in range(1, variants + 1):
                for attempt in range(20):
                    variant = _variant(row, own, random.Random(f"{seed}:{row.id}:{number}:{attempt}"), number)
                    if _text(variant) not in made:
                        break
                made.add(_text(variant))
                yield variant


def _text(row: TranscriptRow) -> str:
    return "\n".join(message.content for message in row.messages)


def _check(file: Path, line: int, row: TranscriptRow, choices: Sequence[dict[str, list[str]]]) -> None:
    for choice in choices:
        if len({len(alternatives) for alternatives in choice.values()}) > 1:
            raise TranscriptInvalid(
                file, line, f"choices: the lists of one choice differ in length: {list(choice)}"
            )
        for key in choice:
            if not _whole([key]).search(_text(row)):
                raise TranscriptInvalid(file, line, f"choices: '{key}' does not stand in transcript '{row.id}'")


def _whole(keys: Sequence[str]) -> re.Pattern[str]:
    ordered = sorted(keys, key=lambda key: (-len(key), key))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered))})(?!\w)")


def _variant(
    row: TranscriptRow, choices: Sequence[dict[str, list[str]]], chance: random.Random, number: int
) -> TranscriptRow:
    replaced: dict[str, str] = {}
    for choice in choices:
        place = chance.randrange(-1, len(next(iter(choice.values()))))
        if place >= 0:
            replaced |= {key: alternatives[place] for key, alternatives in choice.items()}
    pattern = _whole(list(replaced)) if replaced else None
    orders: dict[str, str] = {}

    def order(found: re.Match[str]) -> str:
        digits = orders.setdefault(found.group(2), f"{chance.randrange(1_000_000, 9_999_999)}")
        return found.group(1) + digits

    def substituted(text: str) -> str:
        text = pattern.sub(lambda found: replaced[found.group()], text) if pattern else text
        return _ORDER.sub(order, text)

    typed = _typist(chance, plain=row.intent == OTHER_LANGUAGE)
    messages = []
    for place, message in enumerate(row.messages):
        text = substituted(message.content)
        if message.role == "user":
            text = typed(text, place == 0)
        messages.append(message.model_copy(update={"content": text}))
    return row.model_copy(update={"id": f"{row.id}~{number}", "messages": messages})


def _typist(chance: random.Random, *, plain: bool) -> Callable[[str, bool], str]:
    """How this customer types: as written, in lower case, in a hurry, or with a greeting and thanks."""
    habit = chance.choice(("as written", "lower case", "hurried", "hurried", "polite"))

    def typed(text: str, first: bool) -> str:
        if habit == "lower case":
            return " ".join(_lower(word) for word in text.split(" ")).rstrip(".")
        if habit == "hurried":
            return _with_typos(text, chance)
        if habit == "polite" and first and not plain and not re.match(r"(?i)(?:hi|hello|hey|good)\b", text):
            greeting = chance.choice(GREETINGS)
            start = text if greeting.endswith(". ") or text.startswith("I") else text[0].lower() + text[1:]
            return greeting + start + (chance.choice(CLOSINGS) if text[-1] in ".?!" else "")
        return text

    return typed


def _lower(word: str) -> str:
    """In lower case, unless it is a code."""
    return word if re.search(r"\d", word) else word.lower()


def _with_typos(text: str, chance: random.Random) -> str:
    """One slip of the fingers for about every twelve words: letters swapped, dropped or doubled."""
    words = list(_WORD.finditer(text))
    slips = min(len(words), max(1, len(text.split()) // 12)) if words else 0
    for found in sorted(chance.sample(words, slips), key=lambda found: -found.start()):
        word = found.group()
        place = chance.randrange(1, len(word) - 1)
        slip = chance.choice(("swap", "drop", "double"))
        if slip == "swap":
            word = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        elif slip == "drop":
            word = word[:place] + word[place + 1 :]
        else:
            word = word[:place] + word[place] + word[place:]
        text = text[: found.start()] + word + text[found.end() :]
    return text


def rows_text(rows: Iterator[TranscriptRow]) -> str:
    """The variants as a file."""
    dumped = (row.model_dump(exclude_none=True) for row in rows)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in dumped)


def main(arguments: Sequence[str]) -> int:
    """Write, or with --check compare."""
    data = load_settings().data
    check = "--check" in arguments
    target = data / "generated" / "transcripts.jsonl"
    text = rows_text(generate(data))
    stale = not target.is_file() or target.read_text(encoding="utf-8") != text
    if stale and not check:
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
    outdated = write_tables(data, check=check)
    if check and (stale or outdated):
        print("data/generated or the tables of data/README.md are out of date: run `make data`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
