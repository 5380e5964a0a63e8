"""A conversation as people said it: no markup, no quoted mail, no signatures, nobody talking twice in a row."""

import html
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from selectolax.lexbor import LexborHTMLParser

from training.exports.conversation import Markup, Message

_UNSAID = "style, script, head, blockquote, .gmail_quote, .gmail_signature, .moz-signature, .yahoo_quoted"
_BREAKS = "br, p, div, li, tr, h1, h2, h3, h4"
# An earlier message, by the line that introduces it, to the end of the mail.
_QUOTED = re.compile(
    r"\n\s*(?:-{3,}\s*(?:original message|forwarded message|ursprüngliche nachricht|message d'origine)|"
    r"#{2,}- please type your reply above|"
    r"(?:on|am|le|el|il) [^\n]{0,60}\d[^\n]{0,80} ?(?:wrote|schrieb|a écrit|escribió|ha scritto)[^\n]{0,60}:[ \t]*(?:\n|$)|"
    r"(?:from|von|de): [^\n]{3,80}\n(?:sent|date|to|gesendet|datum|an|envoyé|à|enviado|para): ).*",
    re.IGNORECASE | re.DOTALL,
)
_SIGNATURE = re.compile(
    r"\n\s*(?:--[ \t]*\n(?![ \t]*[-*•\d])|(?:sent|gesendet|envoyé|enviado) (?:from|von|depuis|desde) (?:my|meinem|mon|mi) |"
    r"(?:(?:best|kind|kindest|warm|many thanks and) )?(?:regards|wishes)[,.!]?[ \t]*\n|(?:yours )?(?:sincerely|faithfully|truly)[,.!]?[ \t]*\n|"
    r"mit (?:freundlichen|besten|lieben) grüßen[,.!]?[ \t]*\n|cordialement[,.!]?[ \t]*\n|(?:un )?saludos?[,.!]?[ \t]*\n)"
    r"(?:[^\n]{0,80}(?:\n|$)){0,8}$",
    re.IGNORECASE,
)
# Quoted lines at the end; between the writer's own lines they may be an answer to each.
_LAST_QUOTES = re.compile(r"(?:\n[ \t]*>[^\n]*){2,}\s*$")
_BLANKS = re.compile(r"[^\S\n]+")
# Joiners stay: emojis and several scripts need them.
_INVISIBLE = re.compile(r"[\u00ad\u200b\u200e\u200f\u2060\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")


def plain_text(text: str, markup: Markup) -> str:
    """What was written, without markup; of a mail only what its writer added."""
    if markup in ("html", "html-mail"):
        text = _without_tags(text)
    if markup in ("mail", "html-mail"):
        text = _own_words(text)
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
    return page.body.text() if page.body else ""


def _own_words(mail: str) -> str:
    """A mail without the messages that it quotes, and without its signature."""
    text = "\n" + mail.replace("\r\n", "\n").rstrip()
    for tail in (_QUOTED, _LAST_QUOTES, _SIGNATURE):
        shorter = tail.sub("", text)
        # A mail that is nothing but a quote was forwarded: then that is what was said.
        text = shorter if shorter.strip() else text
    return text


def side(message: Message) -> str:
    """Who speaks: `user`, or `desk` for the assistant and its human colleagues."""
    return "user" if message.role == "user" else "desk"


def clean(messages: Sequence[Message], left_out: Counter[str]) -> list[Message]:
    """The messages that were said, consecutive ones of one side joined; what is left out is counted.

    An answer that is context only is not joined with one that is not. A joined message is the first's in time and
    author; it is a human agent's where one wrote any of it.
    """
    said: list[Message] = []
    for message in messages:
        text = "" if message.left_out else plain_text(message.text, message.markup)
        if "mail" in message.markup and text and text != plain_text(message.text, "html"):
            left_out["quote or signature of a mail"] += 1
        reason = message.left_out or ("system prompt" if message.role == "system" else "" if text else "no text")
        if reason:
            left_out[reason] += 1
        elif said and (side(said[-1]), said[-1].context_only) == (side(message), message.context_only):
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
