"""What a backend that reads passages says where they hold no answer: learnt in these words, told by them again."""

from bot.answering.wording import core

# That it was not found is all that is true of every such question.
NOT_FOUND = (
    "I could not find that in our help centre.",
    "I'm sorry, I could not find that in our help centre.",
    "Our help centre says nothing about that, I'm afraid.",
    "I have looked, but I could not find an answer to that.",
    "That is not something that I could find in our help centre, sorry.",
    "Sorry, I can't find anything about that in our help centre.",
)
_CORES = frozenset(map(core, NOT_FOUND))


def says_not_found(sentence: str) -> bool:
    """Whether a sentence is one of them."""
    return core(sentence) in _CORES
