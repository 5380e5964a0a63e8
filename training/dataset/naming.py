"""Which article an answer rests on, where an export does not say so: the one whose sentences say it most nearly.

Agents say what an article says and don't name it. Where nobody of a role names one in a whole source, the role's
answers are held beside every article; where somebody does, an answer without a name rests on none.
"""

from collections.abc import Sequence
from dataclasses import replace

from rich.console import Console

from bot.dialogue import Dialogue, Role, Turn
from bot.models.embedder import load_embedder
from bot.settings import Settings
from training.dataset.dataset import Transcripts
from training.dataset.pairs import Passages

ANSWERING: tuple[Role, ...] = ("assistant", "agent")


def with_articles(sources: Sequence[Transcripts], settings: Settings, console: Console) -> list[Transcripts]:
    """The sources of the served shop with the articles of answers that can only be told by their words.

    Raises KnowledgeInvalid, EmbeddingUnusable; the help centre is read only where there is such an answer.
    """
    silent = [_silent(source) for source in sources]
    if not any(silent):
        return list(sources)
    passages = Passages.read(settings.knowledge_dir, load_embedder(settings))
    named = [
        replace(
            source,
            dialogues=[_named(dialogue, roles, passages) for dialogue in source.dialogues],
            dev=[_named(dialogue, roles, passages) for dialogue in source.dev],
        )
        for source, roles in zip(sources, silent, strict=True)
    ]
    asked, left = _count(sources, silent), _count(named, silent)
    console.print(f"Of {asked} answers that name no article, {asked - left} say what one of the help centre says.")
    return named


def _turns(source: Transcripts) -> list[Turn]:
    return [turn for dialogue in (*source.dialogues, *source.dev) for turn in dialogue.turns]


def _silent(source: Transcripts) -> set[Role]:
    """The roles that answer in a source and never name an article."""
    if source.knowledge:
        return set()
    turns = _turns(source)
    speaking = {turn.role for turn in turns if turn.learnt and turn.role in ANSWERING}
    return speaking - {turn.role for turn in turns if turn.articles}


def _count(sources: Sequence[Transcripts], silent: Sequence[set[Role]]) -> int:
    """The answers of these roles that name no article."""
    return sum(
        _unnamed(turn, roles) for source, roles in zip(sources, silent, strict=True) for turn in _turns(source)
    )


def _unnamed(turn: Turn, roles: set[Role]) -> bool:
    return turn.learnt and turn.role in roles and not turn.articles


def _named(dialogue: Dialogue, roles: set[Role], passages: Passages) -> Dialogue:
    turns = tuple(
        replace(turn, articles=passages.articles_of(turn)) if _unnamed(turn, roles) else turn
        for turn in dialogue.turns
    )
    return replace(dialogue, turns=turns)
