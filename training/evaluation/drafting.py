"""Cases drafted from what agents answered: a held-out dialogue up to a question, and the facts of its answer.

A fact is a figure, a time, a date, an address or a link of the answer that stands in an article, too; what an
answer says beside that, nobody can hold a bot to.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.dialogue import Dialogue, Turn
from bot.retrieval.articles import Article
from bot.schemas import CaseRow, Split, jsonl_files, read_dialogue_file
from training.errors import DatasetEmpty
from training.evaluation.claim_values import Value, values
from training.evaluation.sentences import sentences
from training.evaluation.spelling import plain

HELD_OUT: tuple[Split, ...] = ("dev", "test")
# Weekdays and months are said too lightly to be what an answer must say.
FACTS = ("figure", "time", "date", "address")
LONGEST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Draft:
    """A case that a person has not seen yet, and the file's name that it belongs into."""

    split: str
    row: CaseRow


# The slugs of the articles that a text may be about, the likeliest first.
Search = Callable[[str], Sequence[str]]


def drafts(sources: Iterable[Path], articles: Sequence[Article], search: Search) -> Iterator[Draft]:
    """At most one case of each held-out dialogue: its answer with the most facts. Raises DatasetEmpty for none."""
    bodies = {article.slug: article.body for article in articles}
    held_out = False
    for file in _files(sources):
        for split in HELD_OUT:
            for dialogue in read_dialogue_file(file, split):
                held_out = True
                rows = [row for place in _answers(dialogue) if (row := _row(dialogue, place, bodies, search))]
                if rows:
                    yield Draft(split, max(rows, key=lambda row: len(row.must_include)))
    if not held_out:
        raise DatasetEmpty(
            "no dialogue is held out: cases come from rows of split dev or test, which `trilane-train ingest` "
            "makes; name its folder with --transcripts"
        )


def _files(sources: Iterable[Path]) -> list[Path]:
    """The files of folders of transcripts and of datasets."""
    found: list[Path] = []
    for source in sources:
        inside = [source, *source.glob("*/")] if source.is_dir() else [source]
        found += [file for one in inside for file in jsonl_files([one]) if file.name != "rejected.jsonl"]
    return found


def _answers(dialogue: Dialogue) -> list[int]:
    """Where an answer stands that follows a customer's message."""
    turns = dialogue.turns
    return [
        place
        for place in range(1, len(turns))
        if turns[place].role in ("assistant", "agent") and turns[place - 1].role == "user" and turns[place].learnt
    ]


def _row(dialogue: Dialogue, place: int, bodies: dict[str, str], search: Search) -> CaseRow | None:
    answer, asked = dialogue.turns[place], dialogue.turns[:place]
    said = [value for value in values(plain(answer.text)) if value.kind in FACTS]
    if not said:
        return None
    candidates = [*answer.articles, *search(f"{asked[-1].text} {answer.text}")]
    stating = {slug: _stated(said, bodies[slug]) for slug in dict.fromkeys(candidates) if slug in bodies}
    if not stating or not any(stating.values()):
        return None
    best = max(stating, key=lambda slug: len(stating[slug]))
    facts = list(stating[best].values())
    return CaseRow.model_validate(
        {
            "id": f"{dialogue.id}-{place}",
            "messages": [_message(turn) for turn in asked],
            "reference": answer.text,
            "must_include": [_spellings(value, answer.text, sentence) for value, sentence in facts],
            "articles": [best, *(slug for slug in stating if slug != best and len(stating[slug]) == len(facts))],
            "sentences": list(dict.fromkeys(sentence for _, sentence in facts)),
            "expect": "answer",
            "kind": "fact" if len(asked) == 1 else "follow-up",
        }
    )


def _message(turn: Turn) -> dict[str, Any]:
    return {"role": turn.role, "content": turn.text} | ({"articles": list(turn.articles)} if turn.articles else {})


def _stated(said: Sequence[Value], body: str) -> dict[tuple[str, str, str], tuple[Value, str]]:
    """Of these values, those that an article states, each once, with the sentence that does."""
    found: dict[tuple[str, str, str], tuple[Value, str]] = {}
    there = {
        value.identity: sentence for sentence in reversed(sentences(body)) for value in values(plain(sentence))
    }
    for value in said:
        if value.identity in there:
            found.setdefault(value.identity, (value, there[value.identity]))
    return found


def _spellings(value: Value, answer: str, sentence: str) -> list[str]:
    """The value as the answer and as the article spell it."""
    return list(dict.fromkeys(_as_written(value, text) for text in (answer, sentence)))


def _as_written(value: Value, text: str) -> str:
    """The fewest words of a text that state the value."""
    words = text.split()
    for count in range(1, LONGEST_WORDS + 1):
        for start in range(len(words) - count + 1):
            written = " ".join(words[start : start + count]).strip(".,;:!?()[]*_\"'|")
            if any(one.identity == value.identity for one in values(plain(written))):
                return written
    return value.key
