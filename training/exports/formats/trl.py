"""Prompts with completions and pairs of answers, as TRL's trainers take them."""

import re
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from training.exports.conversation import ExportedConversation, ExportedMessage, Record, Unreadable, id_of, text_of
from training.exports.formats.fields import spoken
from training.exports.formats.openai import messages_of
from training.exports.formats.verdicts import judged
from training.exports.formats.visibility import refuse_private

_TURN = re.compile(r"(?:\A|\n\n)\s*(Human|Assistant):")
Messages = tuple[ExportedMessage, ...]


@dataclass(frozen=True)
class TRL:
    """{"prompt", "completion"}, {"prompt", "chosen", "rejected"}, or chosen and rejected with the prompt in both.

    Each is text or a list of {"role", "content"}. A `label` of false says that the completion is a bad one.
    Source: https://huggingface.co/docs/trl/dataset_formats
    """

    name: str = "trl"
    title: str = "TRL rows, prompt and completion, or prompt with the chosen and the rejected answer"

    def matches(self, record: Record) -> bool:
        """A prompt and what follows it, as text or lists."""
        pair = _is_dialogue(record.get("chosen")) and _is_dialogue(record.get("rejected"))
        return pair or (_is_dialogue(record.get("prompt")) and _is_dialogue(record.get("completion")))

    def read(self, record: Record) -> ExportedConversation:
        """One row; the worse answer, where there is one, stands apart from the messages."""
        refuse_private(record, "prompt", "completion", "chosen", "rejected")
        article = text_of(record, "article")
        prompt = _turns(record["prompt"], "prompt", "user") if record.get("prompt") is not None else ()
        rejected = None
        if "chosen" in record:
            better = _turns(record["chosen"], "chosen", "assistant", article)
            worse = _turns(record.get("rejected"), "rejected", "assistant")
            if not prompt or _begins(better, prompt):
                prompt = _shared(better, worse)
            answer, worse = _without(better, prompt), _without(worse, prompt)
            texts = [message.text for message in worse if message.role in ("assistant", "agent")]
            rejected = "\n\n".join(text for text in texts if text.strip()) or None
        else:
            answer = _turns(record.get("completion"), "completion", "assistant", article)
            answer = judged(answer, record, strict=True)
        return ExportedConversation(
            (*prompt, *answer), id_of(record, "id"), None, text_of(record, "intent") or None, rejected
        )


def _is_dialogue(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, dict) for item in value))


def _turns(value: Any, field: str, speaker: str, article: str = "") -> Messages:
    if not isinstance(value, str):
        if not _is_dialogue(value):
            raise Unreadable(f"{field}: it must be text or a list of messages")
        return messages_of(value, field, article)
    turns = _split(value, speaker)
    return tuple(
        replace(turn, articles=(article,)) if article and turn.role == "assistant" else turn for turn in turns
    )


def _split(text: str, speaker: str) -> Messages:
    r"""The turns of "\n\nHuman: ... \n\nAssistant: ..."; any other text is one turn of the speaker."""
    before, *pieces = _TURN.split(text)
    if not pieces:
        return (spoken("user" if speaker == "user" else "assistant", text.strip()),)
    turns = [spoken("system" if speaker == "user" else "assistant", before.strip())] if before.strip() else []
    for name, said in zip(pieces[::2], pieces[1::2], strict=True):
        turns.append(spoken("user" if name == "Human" else "assistant", said.strip()))
    # A prompt ends with "Assistant:", where the answer begins.
    if turns[-1].role == "assistant" and not turns[-1].text:
        turns.pop()
    return tuple(turns)


def _said(message: ExportedMessage) -> tuple[str, str]:
    return message.role, message.text.strip()


def _begins(dialogue: Messages, prompt: Messages) -> bool:
    return [_said(message) for message in dialogue[: len(prompt)]] == [_said(message) for message in prompt]


def _shared(better: Messages, worse: Messages) -> Messages:
    """The turns that both begin with, but for an answer that both end with."""
    pairs = takewhile(lambda pair: _said(pair[0]) == _said(pair[1]), zip(better, worse, strict=False))
    prompt = tuple(one for one, _ in pairs)
    return prompt[:-1] if prompt and len(prompt) in (len(better), len(worse)) else prompt


def _without(dialogue: Messages, prompt: Messages) -> Messages:
    return dialogue[len(prompt) :] if _begins(dialogue, prompt) else dialogue
