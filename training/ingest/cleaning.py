"""A conversation as people said it: no markup, no quoted mail, no signatures, nobody talking twice in a row."""

import html
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from mailparser_reply import EmailReplyParser
from selectolax.lexbor import LexborHTMLParser

from training.transcripts.source import Markup, Message

_UNSAID = "style, script, head, blockquote, .gmail_quote, .gmail_signature, .moz-signature, .yahoo_quoted"
_BREAKS = "br, p, div, li, tr, h1, h2, h3, h4"
_MAIL = EmailReplyParser(languages=["en", "de", "fr", "es", "it", "nl", "pt"])
_TAILS = re.compile(
    r"\n\s*(?:--\s*\n|_{5,}|"
    r"-{3,}\s*(?:original message|forwarded message|ursprüngliche nachricht|message d'origine)|"
    r"#{2,}- please type your reply above|on .{5,80} wrote:\s*(?:\n|$)|am .{5,80} schrieb.{0,60}:\s*(?:\n|$)|"
    r"le .{5,80} a écrit\s*:\s*(?:\n|$)|el .{5,80} escribió\s*:\s*(?:\n|$)|>\s|from: .{3,80}\n(?:sent|date|to): |"
    r"(?:sent|gesendet|envoyé|enviado) (?:from|von|depuis|desde) (?:my|meinem|mon|mi) ).*",
    re.IGNORECASE | re.DOTALL,
)
_BLANKS = re.compile(r"[^\S\n]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028\u2029\ufeff]")


def plain_text(text: str, markup: Markup) -> str:
    """What was written, without markup; of a mail only what its writer added."""
    if markup in ("html", "html-mail"):
        text = _without_tags(text)
    if markup in ("mail", "html-mail"):
        text = _own_words(text)
    text = _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " "))
    lines = (_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_tags(text: str) -> str:
    if "<" not in text:
        return html.unescape(text)
    page = LexborHTMLParser(text)
    for node in page.css(_UNSAID):
        node.decompose()
    for node in page.css(_BREAKS):
        node.insert_before("\n")
    return page.body.text() if page.body else ""


def _own_words(mail: str) -> str:
    mail = mail.replace("\r\n", "\n")
    parsed = _MAIL.read(mail)
    reply = parsed.replies[0].body if parsed.replies and parsed.replies[0].body else mail
    return _TAILS.sub("", "\n" + reply)


def side(message: Message) -> str:
    """Who speaks: `user`, or `desk` for the assistant and its human colleagues."""
    return "user" if message.role == "user" else "desk"


def clean(messages: Sequence[Message], left_out: Counter[str]) -> list[Message]:
    """The messages that were said, consecutive ones of one side joined; what is left out is counted.

    A joined message is the first's in time and author; it is a human agent's where one wrote any of it.
    """
    said: list[Message] = []
    for message in messages:
        text = "" if message.left_out else plain_text(message.text, message.markup)
        reason = message.left_out or ("system prompt" if message.role == "system" else "" if text else "no text")
        if reason:
            left_out[reason] += 1
        elif said and side(said[-1]) == side(message):
            before = said[-1]
            said[-1] = replace(
                before,
                text=f"{before.text}\n{text}",
                role="agent" if "agent" in (before.role, message.role) else before.role,
                articles=tuple(dict.fromkeys((*before.articles, *message.articles))),
                rating=message.rating or before.rating,
            )
        else:
            said.append(replace(message, text=text, markup="plain"))
    return said
