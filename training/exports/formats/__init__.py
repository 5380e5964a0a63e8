"""Every export format that `trilane-train ingest` reads; trilane.py reads Trilane's own database."""

from dataclasses import replace

from bot.errors import ErrorCode, TrilaneError
from training.exports.conversation import Format
from training.exports.formats.abcd import ABCD
from training.exports.formats.bitext import Bitext
from training.exports.formats.chatwoot import ChatwootConversations, ChatwootMessages
from training.exports.formats.freshdesk import Freshdesk
from training.exports.formats.intercom import Intercom
from training.exports.formats.openai import OpenAI
from training.exports.formats.plain_csv import PlainCSV
from training.exports.formats.sharegpt import ShareGPT
from training.exports.formats.star import STAR
from training.exports.formats.trl import TRL
from training.exports.formats.zendesk_audits import ZendeskAudits
from training.exports.formats.zendesk_chat import ZendeskChat
from training.exports.formats.zendesk_tickets import ZendeskTickets

# The first that matches a record reads it, so the most specific shapes stand first.
FORMATS: tuple[Format, ...] = (
    STAR(),
    ABCD(),
    ZendeskChat(),
    ZendeskTickets(),
    ZendeskAudits(),
    Intercom(),
    Freshdesk(),
    ChatwootConversations(),
    ChatwootMessages(),
    ShareGPT(),
    OpenAI(),
    TRL(),
    PlainCSV(),
    Bitext(),
)


class UnknownFormat(TrilaneError):
    """No format has this name."""

    code = ErrorCode.TRANSCRIPT

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"there is no format '{name}'; choose auto, or one of {names()}")


def formats_named(name: str, staff_domains: frozenset[str] = frozenset()) -> tuple[Format, ...]:
    """The readers of one format, or of all where the name is "auto". Raises UnknownFormat.

    Who writes from one of `staff_domains` is staff, where a format does not say it.
    """
    found = tuple(
        replace(one, staff_domains=staff_domains) if isinstance(one, ZendeskTickets | ZendeskAudits) else one
        for one in FORMATS
        if name in ("auto", one.name)
    )
    if not found:
        raise UnknownFormat(name)
    return found


def names() -> str:
    """What --format takes, beside auto."""
    return ", ".join(dict.fromkeys(one.name for one in FORMATS))


def titles() -> str:
    """All formats in words, for errors."""
    return "; ".join(dict.fromkeys(one.title for one in FORMATS))
