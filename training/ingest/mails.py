"""Of a mail what its writer added: no earlier messages, no signature, no disclaimer.

What looks like a quote's header may be the customer's own words ("From: Hamburg"), so a header needs more than its
first word: an address, a time or a year, quoted lines below it, or the other lines that mail programs write.
"""

import re

_VERBS = r"wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|napisał(?:\(a\)|a)?|skrev"
_FIRST = r"on|am|le|el|il|em|op|w dniu|dnia|den|(?:mon|tue|wed|thu|fri|sat|sun|pon|wt|śr|czw|pt|sob|niedz)\.?,?"
# "On Mon, Mar 2, 2026 at 9:14 AM Jo Doe <\njo@x.example> wrote:", which mail programs wrap.
_INTRODUCED = re.compile(
    rf"\n[ \t>]*(?P<header>(?:{_FIRST})[ \t](?:[^\n]|\n(?!\n)){{0,160}}?\b(?:{_VERBS})\b(?:[^\n:]|\n(?!\n)){{0,120}}?:)[ \t]*(?=\n|$)",
    re.IGNORECASE,
)
_SURELY = re.compile(r"@|\d{1,2}[:.h]\d{2}|\b(?:19|20)\d{2}\b")
_QUOTED_NEXT = re.compile(r"\s*\n?[ \t]*>")
_FROM = r"(?:from|von|de|da|van|od|expéditeur|remitente|mittente|afzender)"
_FIELD = (
    r"(?:from|von|de|da|van|od|sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado(?: el)?|fecha|para|"
    r"asunto|inviato|data|a|oggetto|verzonden|aan|onderwerp|assunto|wysłano|do|temat)"
)
# The lines that Outlook and others put above an earlier message; three of them are no words of a customer's.
_FIELDS = re.compile(
    rf"\n[ \t]*(?:_{{5,}}[ \t]*\n\s*)?(?P<fields>\*?{_FROM} ?:\*?[ \t][^\n]{{2,120}}\n(?:[ \t]*\*?{_FIELD} ?:\*?[ \t][^\n]{{1,200}}(?:\n|$)){{1,5}})",
    re.IGNORECASE,
)
_SEPARATED = re.compile(
    r"\n\s*(?:-{3,}\s*(?:original message|forwarded message|ursprüngliche nachricht|weitergeleitete nachricht|message d'origine|"
    r"mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original|wiadomość oryginalna)|"
    r"#{2,}- please type your reply above)",
    re.IGNORECASE,
)
# Quoted lines at the end; between the writer's own lines they may be an answer to each.
_LAST_QUOTES = re.compile(r"(?:\n[ \t]*>[^\n]*){2,}\s*$")
_DISCLAIMER = re.compile(
    r"\n\s*\n[^\n]{0,20}(?:(?:this|the information in this) (?:e-?mail|message)|diese e-?mail|ce (?:message|courriel)|este (?:correo|mensaje|e-?mail)|"
    r"questa e-?mail|deze e-?mail)\b[^\n]{0,160}(?:confiden|intended|privileg|vertraulich|destinad|destinat|vertrouwelijk|riservat).*$",
    re.IGNORECASE | re.DOTALL,
)
_DEVICE = re.compile(
    r"\n\s*(?:sent|gesendet|envoyé|enviado|inviato|verzonden|wysłane) (?:from|von|depuis|desde|da|vanaf|z) "
    r"(?:my|meinem|mon|mi|il mio|mijn|meu)? ?[^\n]{0,60}(?:\n[^\n]{0,80}){0,3}$",
    re.IGNORECASE,
)
_DASHES = re.compile(r"\n--[ \t]*\n(?![ \t]*[-*•\d])(?:[^\n]{0,80}(?:\n|$)){0,8}$")
_CLOSING = re.compile(
    r"(?:(?:many |with )?thanks(?: and (?:kind |best )?regards| again| in advance)?|thank you|cheers|best|"
    r"(?:(?:with )?(?:best|kind|kindest|warm|warmest|many thanks and) )?(?:regards|wishes)|(?:yours )?(?:sincerely|faithfully|truly)|"
    r"(?:mit )?(?:freundlichen|besten|lieben|herzlichen|viele|liebe|beste|schöne|freundliche) grü(?:ß|ss)en?|gruß|"
    r"(?:bien )?cordialement|bien à vous|(?:un |muchos )?saludos?(?: cordiales)?|atentamente|(?:cordiali|distinti) saluti|"
    r"(?:met )?(?:vriendelijke|hartelijke) groet(?:en)?|atenciosamente|(?:z )?(?:poważaniem|pozdrowieniami)|pozdrawiam)[,.!]?",
    re.IGNORECASE,
)
_REACHED = re.compile(r"www\.|https?://|@|\btel\b|\bphone\b|\bmobile\b|follow us|\+\d", re.IGNORECASE)
_NAME = re.compile(r"(?:[^\W\d_a-z][\w.'’-]*[ ]?){1,4}")
SIGNATURE_LINES = 8


def own_words(mail: str) -> str:
    """A mail without the messages that it quotes, and without its signature."""
    text = "\n" + mail.replace("\r\n", "\n").rstrip()
    for shorten in (_without_quote, _without_signature):
        shorter = shorten(text)
        # A mail that is nothing but a quote was forwarded: then that is what was said.
        text = shorter if shorter.strip() else text
    return text


def quotes_a_mail(text: str) -> bool:
    """Whether earlier messages stand in a text, under the header of a mail program."""
    return bool(_quotes_in("\n" + text.replace("\r\n", "\n").rstrip()))


def _without_quote(text: str) -> str:
    return _LAST_QUOTES.sub("", text[: min(_quotes_in(text), default=len(text))].rstrip())


def _quotes_in(text: str) -> list[int]:
    """Where quotes begin."""
    starts = []
    for found in _INTRODUCED.finditer(text):
        header = found["header"]
        if re.search(r"\d", header) and (_SURELY.search(header) or _QUOTED_NEXT.match(text, found.end())):
            starts.append(found.start())
            break
    for found in _FIELDS.finditer(text):
        fields = found["fields"].strip().split("\n")
        if len(fields) > 2 or "@" in fields[0] or text[found.start() :].lstrip().startswith("_____"):
            starts.append(found.start())
            break
    if separated := _SEPARATED.search(text):
        starts.append(separated.start())
    return starts


def _without_signature(text: str) -> str:
    for tail in (_DISCLAIMER, _DASHES, _DEVICE):
        text = tail.sub("", text).rstrip()
    lines = text.split("\n")
    for place in range(len(lines) - 1, -1, -1):
        below = [line.strip() for line in lines[place + 1 :] if line.strip()]
        if len(below) > SIGNATURE_LINES or not all(map(_is_no_sentence, below)):
            break
        if _CLOSING.fullmatch(lines[place].strip()):
            # "Thanks" alone at the end is said, not signed.
            return (
                "\n".join(lines[:place]) if below or not lines[place].lower().strip().startswith("thank") else text
            )
    before, _, last = text.rpartition("\n\n")
    signed = [line.strip() for line in last.split("\n") if line.strip()]
    is_signed = 2 <= len(signed) <= SIGNATURE_LINES and all(map(_is_no_sentence, signed))
    if before.strip() and is_signed and _NAME.fullmatch(signed[0]) and any(map(_REACHED.search, signed)):
        return before
    return text


def _is_no_sentence(line: str) -> bool:
    """Whether a line may stand in a signature: a name, a title, an address."""
    words = line.split()
    return len(words) <= 9 and not line.endswith("?") and not (len(words) > 4 and line.endswith((".", "!", ":")))
