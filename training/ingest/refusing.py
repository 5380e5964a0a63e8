"""Which conversations are nothing to learn from."""

from collections.abc import Sequence

from training.exports.conversation import ExportedMessage
from training.ingest.cleaning import side


def refusal(said: Sequence[ExportedMessage], *, fewest_words: int) -> str:
    """Why a conversation is nothing to learn from; "" where it is something."""
    if len({side(message) for message in said}) < 2:
        return "one-sided: it needs a customer and an answer"
    if all(message.context_only for message in said if side(message) == "desk"):
        return "nothing to learn: every answer in it is context only"
    if sum(len(message.text.split()) for message in said) < fewest_words:
        return f"too short: fewer than {fewest_words} words"
    if any(message.rating == "down" for message in said):
        return "an answer in it was rated unhelpful"
    return ""
