"""A conversation as people said it: no markup, no quoted mail, no signatures, nobody talking twice in a row."""

import html
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser

from training.exports.conversation import ExportedMessage, Markup
from training.ingest.mails import own_words, quotes_a_mail

_UNSAID = "style, script, head, blockquote, .gmail_quote, .gmail_signature, .moz-signature, .yahoo_quoted"
_BREAKS = "br, p, div, li, tr, h1, h2, h3, h4"
_BLANKS = re.compile(r"[^\S\n]+")
# Joiners stay: emojis and several scripts need them.
_INVISIBLE = re.compile(r"[\u00ad\u200b\u200e\u200f\u2060\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")


def plain_text(text: str, markup: Markup) -> str:
    """What was written, without markup; of a mail, or what was pasted from one, only what its writer added."""
    text = _without_markup(text, markup)
    return _tidy(own_words(text) if "mail" in markup or quotes_a_mail(text) else text)


def _without_markup(text: str, markup: Markup) -> str:
    return _without_tags(text) if markup in ("html", "html-mail") else text


def _tidy(text: str) -> str:
    text = _CONTROL.sub(
        " ", _INVISIBLE.sub("", text).replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    )
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
    for cell in page.css("td, th"):
        cell.insert_before(" ")
    return page.body.text() if page.body else ""


def side(message: ExportedMessage) -> str:
    """Who speaks: `user`, or `desk` for the assistant and its human colleagues."""
    return "user" if message.role == "user" else "desk"


def clean(messages: Sequence[ExportedMessage], left_out: Counter[str]) -> list[ExportedMessage]:
    """The messages that were said, consecutive ones of one side joined; what is left out is counted.

    An answer that is context only is not joined with one that is not. A joined message is the first's in time and
    author; it is a human agent's where one wrote any of it.
    """
    said: list[ExportedMessage] = []
    for message in messages:
        text = "" if message.left_out else plain_text(message.text, message.markup)
        if text and text != _tidy(_without_markup(message.text, message.markup)):
            left_out["quote or signature of a mail"] += 1
        reason = message.left_out or ("system prompt" if message.role == "system" else "" if text else "no text")
        if side(message) == "desk" and all(side(before) == "desk" for before in said):
            # What opens a conversation answers nobody.
            message = replace(message, context_only=True)
        if reason:
            left_out[reason] += 1
        elif said and (side(said[-1]), said[-1].context_only) == (side(message), message.context_only):
            before = said[-1]
            said[-1] = replace(
                before,
                text=f"{before.text}\n{text}",
                role="agent" if "agent" in (before.role, message.role) else before.role,
                articles=tuple(dict.fromkeys((*before.articles, *message.articles))),
                rating="down" if "down" in (before.rating, message.rating) else message.rating or before.rating,
            )
        else:
            said.append(replace(message, text=text, markup="plain"))
    return said
