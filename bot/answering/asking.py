"""Which one is it? Asked where the best sentences say the same of several things and the message names none. Pure.

The things are what rows of a table, items of a list or sections are about. One of them is the customer's, and only
what is said of that one answers them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.answer import Choice
from bot.answering.decide import Verdict, features, is_reranked
from bot.answering.picking import stems
from bot.dialogue import Dialogue
from bot.prompting.asking import AskSection, AskText
from bot.retrieval.articles import Passage
from bot.retrieval.context import Context
from bot.retrieval.quotables import quotables_by_line
from bot.retrieval.retriever import SentenceHit
from bot.retrieval.sentences import content_words
from bot.retrieval.tables import cells_of, subject_of

_FIGURE = re.compile(r"\d")
_SUPERLATIVE = re.compile(
    r"\b(?:cheap|fast|quick|slow|long|short|bigg|larg|small|high|low|great|light|heavi|earli|lat|new|old|near|wid)est\b"
)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the things to choose from, and the text that names them, whole or as examples."""

    choices: tuple[Choice, ...]
    text: AskText


@dataclass(frozen=True, slots=True)
class Thing:
    """One of several things of a kind: what it is called, where it stands, and what is said of it there.

    `cells` are what a row of a table says, by column.
    """

    label: str
    passage: Passage
    sentences: tuple[str, ...]
    kind: tuple[str, ...] = ()
    cells: tuple[tuple[str, str], ...] = ()


def which(context: Context, dialogue: Dialogue, verdict: Verdict, rules: AskSection) -> Question | None:
    """The question back that is asked in place of an answer, or of an offer of other articles; mostly None."""
    if verdict.decision != "answer" and not (verdict.decision == "offer" and _leads(context, rules)):
        return None
    things, near = _things(context, rules)
    said = [turn.text for turn in dialogue.turns if turn.role == "user"]
    if not things or _tells(said[-1], rules):
        return None
    things = _named_together(things, said)
    near = [thing for thing in near if thing in things]
    if len(near) < rules.near or _same(things, context.question):
        return None
    chosen = things if len(things) <= rules.most else near[: rules.most]
    choices = tuple(
        Choice(str(number), thing.label, thing.passage.article, thing.passage.heading)
        for number, thing in enumerate(chosen, start=1)
    )
    if _asked_before(choices, dialogue):
        return None
    return Question(choices, "which_text" if len(chosen) == len(things) else "example_text")


def about_one(context: Context, dialogue: Dialogue, picked: Choice | None, rules: AskSection) -> Context:
    """What was found without what is about others than what was picked, or named."""
    return only_picked(context, picked, dialogue, rules) if picked else only_named(context, dialogue, rules)


def only_named(context: Context, dialogue: Dialogue, rules: AskSection) -> Context:
    """What was found without the rows and items that are about others than the ones that the message names.

    A word that is said of others too names nothing: "days", where each lasts some days. Neither does what was said
    before: "and the next one up?"
    """
    if not context.sentences:
        return context
    things = _rows_beside(context.sentences[0], context, rules)
    said = stems(context.question) & stems(dialogue.turns[-1].text)
    own = []
    for thing in things:
        others = " ".join(sentence for other in things if other is not thing for sentence in other.sentences)
        own.append(stems(thing.label) - stems(others))
    named = [thing for thing, names in zip(things, own, strict=True) if names and names <= said]
    return _without_others(context, named, things) if named else context


def only_picked(context: Context, picked: Choice, dialogue: Dialogue, rules: AskSection) -> Context:
    """What was found without what is about others than what was picked, where the bot asked which one it is."""
    if dialogue.turns[-2].decision != "ask":
        return context
    things = [
        thing for passage in _section(context, picked.article, picked.heading) for thing in _rows(passage, rules)
    ]
    named = [thing for thing in things if thing.label == picked.label]
    if named:
        return _without_others(context, named, [thing for thing in things if thing.kind == named[0].kind])
    inside = tuple(hit for hit in context.sentences if hit.passage.heading == picked.heading)
    return replace(context, sentences=inside) if inside else context


def _things(context: Context, rules: AskSection) -> tuple[list[Thing], list[Thing]]:
    """The thing that the best sentence is about with all of its kind, and those of them that are as near."""
    if not context.sentences:
        return [], []
    best, *others = (hit for hit in context.sentences if _is_near(hit, context, rules))
    rows = _rows_beside(best, context, rules)
    if rows:
        said = {hit.sentence for hit in (best, *others)}
        near = [thing for thing in rows if said & set(thing.sentences)]
        return (rows, near) if len(near) >= rules.near and len(rows) >= rules.rows else ([], [])
    sections = _sections(best, others, rules)
    return (sections, sections) if len(sections) >= rules.near else ([], [])


def _is_near(hit: SentenceHit, context: Context, rules: AskSection) -> bool:
    best = context.sentences[0]
    if hit.passage.article != best.passage.article:
        return False
    if hit.read is not None and best.read is not None:
        return hit.read >= best.read - rules.read_margin
    if hit.reranked is not None and best.reranked is not None:
        return hit.reranked >= best.reranked - rules.reranked_margin
    return hit.cosine >= best.cosine - rules.cosine_margin


def _leads(context: Context, rules: AskSection) -> bool:
    """Whether the best article is so far ahead that only what is in it can be meant."""
    if not context.hits:
        return False
    found = features(context)
    if is_reranked(context):
        return found["margin"] >= rules.reranked_lead
    return found["search_margin"] >= rules.search_lead


def _rows_beside(hit: SentenceHit, context: Context, rules: AskSection) -> list[Thing]:
    """The row or item that a sentence stands in, and those beside it; none where it stands in none."""
    own = next((thing for thing in _rows(hit.passage, rules) if hit.sentence in thing.sentences), None)
    if own is None:
        return []
    section = _section(context, hit.passage.article, hit.passage.heading)
    return [thing for passage in section for thing in _rows(passage, rules) if _beside(thing, own, rules)]


def _section(context: Context, article: str, heading: str) -> list[Passage]:
    """All that stands under one heading: a long table is several passages."""
    return [one for one in context.knowledge.passages if (one.article, one.heading) == (article, heading)]


def _rows(passage: Passage, rules: AskSection) -> Iterator[Thing]:
    """The rows of tables, and the items that begin with what they are about: "Express: 2 days.\""""
    for line, said in quotables_by_line(passage.text):
        if line.mark != "- " or not said:
            continue
        sentences = tuple(quotable.said for quotable in said)
        leads = tuple(lead.text for lead in line.leads)
        row = subject_of(line.text)
        label, _, rest = line.text.partition(": ") if row is None else (row[1], "", row[2])
        if rest and 0 < len(label.split()) <= rules.label_words:
            kind = ("item" if row is None else "row", str(line.depth), *leads)
            cells = tuple(cells_of(rest).items()) if row else (("", rest),)
            yield Thing(label, passage, sentences, kind, cells)


def _beside(one: Thing, other: Thing, rules: AskSection) -> bool:
    """Whether both are of one table, or of one list whose items say things alike."""
    if one.kind != other.kind:
        return False
    if one.kind[0] == "row":
        return bool(dict(one.cells).keys() & dict(other.cells).keys())
    return _alike(dict(one.cells)[""], dict(other.cells)[""], frozenset()) >= rules.alike


def _sections(best: SentenceHit, others: Iterable[SentenceHit], rules: AskSection) -> list[Thing]:
    """The sections of the best sentence and of others like it; their headings differ in one place."""
    path = best.passage.heading.split(" › ")
    found = {best.passage.heading: Thing("", best.passage, (best.sentence,))}
    place = -1
    for hit in others:
        other = hit.passage.heading.split(" › ")
        if len(other) != len(path):
            continue
        differing = [number for number, part in enumerate(path) if part != other[number]]
        headings = stems(f"{best.passage.heading} {hit.passage.heading}")
        if len(differing) != 1 or _alike(best.sentence, hit.sentence, headings) < rules.alike:
            continue
        if place in (-1, differing[0]):
            place = differing[0]
            found.setdefault(hit.passage.heading, Thing("", hit.passage, (hit.sentence,)))
    named = [replace(thing, label=heading.split(" › ")[place]) for heading, thing in found.items()]
    return named if all(0 < len(thing.label.split()) <= rules.label_words for thing in named) else []


def _alike(one: str, other: str, known: frozenset[str]) -> float:
    """How many of two sentences' words they share, figures and the `known` ones left out."""
    first, second = ({word for word in stems(text) - known if not _FIGURE.search(word)} for text in (one, other))
    return len(first & second) / len(first | second) if first | second else 1.0


def _named_together(things: Sequence[Thing], said: Sequence[str]) -> list[Thing]:
    """Those that the customer's messages leave: of "a box" all the boxes, and none where they name one alone."""
    words = stems(" ".join(said))
    named = [stems(thing.label) & words for thing in things]
    counts = Counter(word for one in named for word in one)
    if 1 in counts.values():
        return []
    most = max(map(len, named))
    return [thing for thing, one in zip(things, named, strict=True) if len(one) == most]


def _tells(message: str, rules: AskSection) -> bool:
    """Whether a message says enough: a figure may tell which one it is, and so may a long story.

    One that asks about all of them, or for the one that is most of something, wants no question back.
    """
    words = re.findall(r"[\w']+", message.lower())
    long = len(content_words(message)) > rules.words
    of_all = _SUPERLATIVE.search(message.lower()) or any(word in rules.of_all for word in words)
    return bool(long or of_all or _FIGURE.search(message))


def _same(things: Sequence[Thing], question: str) -> bool:
    """Whether the answer is the same for all: in the columns that the question names, where it names some."""
    if not things[0].cells:
        return len({thing.sentences for thing in things}) == 1
    cells = [dict(thing.cells) for thing in things]
    asked = stems(question)
    heads = {head for row in cells for head in row}
    heads = {head for head in heads if stems(head) & asked} or heads
    return all(len({row.get(head) for row in cells}) == 1 for head in heads)


def _asked_before(choices: Sequence[Choice], dialogue: Dialogue) -> bool:
    """Whether the bot asked for this in the conversation: once is enough."""
    wanted = {(choice.article, choice.label) for choice in choices}
    return any(
        wanted & {(choice.article, choice.label) for choice in turn.choices}
        for turn in dialogue.turns
        if turn.role == "assistant" and turn.decision == "ask"
    )


def _without_others(context: Context, named: Sequence[Thing], things: Iterable[Thing]) -> Context:
    """Without what is said of others; what is said of the named comes first where it was not found itself."""
    own = {sentence: thing.passage for thing in named for sentence in thing.sentences}
    others = {sentence for thing in things for sentence in thing.sentences} - own.keys()
    kept = tuple(hit for hit in context.sentences if hit.sentence not in others)
    if not context.sentences or any(hit.sentence in own for hit in kept):
        return replace(context, sentences=kept)
    best = context.sentences[0]
    added = (replace(best, sentence=sentence, passage=passage) for sentence, passage in own.items())
    return replace(context, sentences=(*added, *kept))
