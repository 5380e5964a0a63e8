"""Sentences and clauses as the evaluation cuts them: what is judged is never cut by the code that it judges."""

import re

_END = re.compile(
    # Not after "p.m." and its like, an initial, or a short form.
    r"(?<!\b[ap]\.m\.)(?<!\b[A-Z]\.)(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\b(?:Mr|Ms|Dr|St|No|vs)\.)(?<!\b(?:Mrs|etc)\.)"
    r"(?<=[.!?…])[\"')\]]*\s+(?=[\"'(\[]?[^\W_a-z])"
)
# A new sentence after "p.m." begins with one of these, mostly.
_END_AFTER_TIME = re.compile(
    r"(?<=[ap]\.m\.)\s+(?=(?:We|You|The|It|They|If|On|In|For|A|Our|Your|Each|Every|After)\b)"
)
_BULLET = re.compile(r"^\s*(?:[-*•]|#+|\d+[.)])\s+")
_CLAUSE = re.compile(
    r"\s*(?:[;:()]|,(?!\d)|\s[-–—]\s"
    r"|\b(?:and|but|while|whereas|however|otherwise|or|so|though|because|then)\b)\s*",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """The sentences of a text; a line, a bullet and a row end one, too."""
    found = []
    for line in text.splitlines():
        for part in _END.split(_BULLET.sub("", line)):
            found += [piece.strip() for piece in _END_AFTER_TIME.split(part)]
    return [piece for piece in found if piece.strip(" |-*")]


def clauses(sentence: str) -> list[tuple[int, int]]:
    """Where the clauses of a sentence begin and end, in characters: at commas and what joins two of them."""
    if sentence.lstrip().startswith("|"):
        # The cells of a row say one thing together.
        return [(0, len(sentence))]
    places, start = [], 0
    for match in _CLAUSE.finditer(sentence):
        if match.start() > start:
            places.append((start, match.start()))
        start = match.end()
    if start < len(sentence):
        places.append((start, len(sentence)))
    return places or [(0, len(sentence))]
