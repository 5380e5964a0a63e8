"""An answer in other words: the rest of the passage that it was taken from."""

from bot.answering.quoting import is_said
from bot.answering.wording import core
from bot.dialogue import Turn
from bot.retrieval.articles import Passage
from bot.retrieval.sentences import content_words


def otherwise(answer: Turn, passages: list[Passage], *, sentences: int = 3) -> tuple[str, Passage] | None:
    """The sentences around those that the answer says, and their passage; None where its articles are gone."""
    own = [passage for passage in passages if passage.article in answer.articles]
    if not own:
        return None
    words = set(content_words(answer.text))
    said = core(answer.text)

    def shared(passage: Passage) -> tuple[int, int]:
        return sum(is_said(one, said) for one in passage.sentences), len(words & set(content_words(passage.text)))

    passage = max(own, key=shared)
    new = [place for place, one in enumerate(passage.sentences) if not is_said(one, said)]
    if not new:
        return passage.text, passage
    old = [place for place in range(len(passage.sentences)) if place not in new] or [0]
    nearest = sorted(new, key=lambda place: min(abs(place - one) for one in old))[:sentences]
    return " ".join(passage.sentences[place] for place in sorted(nearest)), passage
