"""How dialogues become token ids, and what becomes of those that are too long."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.dialogue import Dialogue
from bot.engine.local.render import Renderer
from training.errors import DatasetEmpty

IGNORED = -100
# Of more dialogues than this, the first ones are named.
NAMED = 20


@dataclass(frozen=True, slots=True)
class Example:
    """A rendered dialogue; `labels` are its ids where an answer is learnt from, IGNORED elsewhere.

    `left_out` counts the oldest turns that it lost because all of it was too long.
    """

    ids: tuple[int, ...]
    labels: tuple[int, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Examples:
    """Dialogues as token ids, and the ids of those that were shortened and of those that were set aside."""

    examples: tuple[Example, ...]
    shortened: tuple[str, ...]
    too_long: tuple[str, ...]

    def sentences(self, max_tokens: int) -> list[str]:
        """What a user should know about long dialogues."""
        said = []
        if self.shortened:
            said.append(f"Longer than {max_tokens} tokens, without their oldest turns: {named(self.shortened)}.")
        if self.too_long:
            said.append(set_aside(self.too_long, max_tokens))
        return said

    def metrics(self) -> dict[str, float]:
        """Counts for a manifest, where there is something to count."""
        counts = {"dialogues_shortened": len(self.shortened), "dialogues_too_long": len(self.too_long)}
        return {name: float(count) for name, count in counts.items() if count}


def set_aside(ids: Sequence[str], max_tokens: int) -> str:
    """What a user should know about dialogues that cannot be shortened enough."""
    return f"Set aside, their last exchange alone is over {max_tokens} tokens: {named(ids)}."


def named(ids: Sequence[str]) -> str:
    """How many, and which."""
    more = ", …" if len(ids) > NAMED else ""
    return f"{len(ids)} ({', '.join(ids[:NAMED])}{more})"


def tokenise_all(
    dialogues: Iterable[Dialogue], renderer: Renderer, *, system: str | None, max_tokens: int
) -> Examples:
    """Every dialogue that fits, wholly or without its oldest turns. Raises DatasetEmpty where none does."""
    examples, shortened, too_long = [], [], []
    for dialogue in dialogues:
        example = tokenise(dialogue, renderer, system=system, max_tokens=max_tokens)
        if example is None:
            too_long.append(dialogue.id)
            continue
        examples.append(example)
        if example.left_out:
            shortened.append(dialogue.id)
    if not examples:
        raise DatasetEmpty(
            f"no dialogue fits {max_tokens} tokens, each one's last exchange alone is longer; raise max_tokens in "
            "the recipe if the base can read more"
        )
    return Examples(tuple(examples), tuple(shortened), tuple(too_long))


def tokenise(dialogue: Dialogue, renderer: Renderer, *, system: str | None, max_tokens: int) -> Example | None:
    """Render as serving does, without soft-prompt rows: PEFT puts those in front itself.

    A dialogue over `max_tokens` loses whole oldest turns, never a part of one, and then begins with the customer;
    its system turns stay. None where its last exchange alone is too long.
    """

    def rendered(start: int) -> Example:
        system_turns = tuple(turn for turn in dialogue.turns[:start] if turn.role == "system")
        kept = replace(dialogue, turns=(*system_turns, *dialogue.turns[start:]))
        ids_of = renderer.render(kept, system=system, reply=False)
        labels = tuple(
            token if spoken else IGNORED for token, spoken in zip(ids_of.ids, ids_of.spoken, strict=True)
        )
        return Example(ids_of.ids, labels, start - len(system_turns))

    whole = rendered(0)
    if len(whole.ids) <= max_tokens:
        return whole
    # The later the start, the shorter what is left: the first that fits loses least.
    starts = _exchanges(dialogue)
    first = bisect_left(starts, True, key=lambda start: len(rendered(start).ids) <= max_tokens)
    return rendered(starts[first]) if first < len(starts) else None


def _exchanges(dialogue: Dialogue) -> list[int]:
    """Where a message of the customer stands that an answer to learn from follows, oldest first."""
    answers = [
        place for place, turn in enumerate(dialogue.turns) if turn.role in ("assistant", "agent") and turn.learnt
    ]
    last = answers[-1] if answers else 0
    return [place for place, turn in enumerate(dialogue.turns[:last]) if turn.role == "user"]
