"""What a handover says was understood: what it is about, and the order's number. Nothing is sent anywhere."""

from bot.answering.decide import label, ranked
from bot.dialogue import Dialogue
from bot.prompting.template import PromptConfig
from bot.retrieval.context import Context
from bot.retrieval.retriever import Knowledge


def understood(prompt: PromptConfig, *, about: str | None = None, number: str | None = None) -> str:
    """The sentences that follow the text of a handover, with a space before each; "" where nothing is sure."""
    if prompt.ask is None:
        return ""
    said = [
        *([prompt.asking(prompt.ask, "about_text", about=about)] if about else []),
        *([prompt.asking(prompt.ask, "number_text", number=number)] if number else []),
    ]
    return "".join(f" {sentence}" for sentence in said)


def about_found(context: Context, dialogue: Dialogue, prompt: PromptConfig) -> str | None:
    """What the best article is about, where it is near to the question and was not offered in vain."""
    if prompt.ask is None or not context.hits:
        return None
    best = ranked(context)[0]
    refused = {choice.article for turn in dialogue.turns for choice in turn.choices}
    near = best.cosine >= prompt.ask.about_cosine and best.passage.article not in refused
    return label(best) if near else None


def about_answered(dialogue: Dialogue, knowledge: Knowledge) -> str | None:
    """What the bot's last message answered from."""
    turns = [turn for turn in dialogue.turns if turn.role == "assistant"]
    if not turns or turns[-1].decision != "answer" or not turns[-1].articles:
        return None
    slug = turns[-1].articles[0]
    return next((article.title for article in knowledge.articles if article.slug == slug), None)
