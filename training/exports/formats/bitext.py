"""Questions with their answers, one pair a row, as Bitext's datasets have them."""

from dataclasses import dataclass

from training.exports.conversation import ExportedConversation, Record, Unreadable, id_of, text_of
from training.exports.formats.fields import body_of, spoken
from training.exports.formats.verdicts import judged
from training.exports.formats.visibility import refuse_private

QUESTIONS = ("instruction", "utterance", "question")
ANSWERS = ("response", "reference_answer", "answer")


@dataclass(frozen=True)
class Bitext:
    """A question and, where the dataset has answers, its answer. Placeholders like {{Order Number}} stay.

    Source: https://huggingface.co/datasets/bitext/Bitext-customer-support-llm-chatbot-training-dataset
    """

    name: str = "bitext"
    title: str = "Bitext rows, a question with its answer and intent, as CSV or JSON"

    def matches(self, record: Record) -> bool:
        """A question with an answer or an intent."""
        asked = any(isinstance(record.get(name), str) for name in QUESTIONS)
        return asked and any(isinstance(record.get(name), str) for name in (*ANSWERS, "intent"))

    def read(self, record: Record) -> ExportedConversation:
        """One row."""
        question = body_of(record, "", *QUESTIONS)
        if not question:
            raise Unreadable(f"{_present(record)}: there is no question in it")
        refuse_private(record, *QUESTIONS, *ANSWERS)
        messages = [spoken("user", question)]
        if answer := body_of(record, "", *ANSWERS):
            messages.append(spoken("assistant", answer))
        return ExportedConversation(
            judged(messages, record), id_of(record, "id"), intent=text_of(record, "intent") or None
        )


def _present(record: Record) -> str:
    return next((name for name in QUESTIONS if name in record), QUESTIONS[0])
