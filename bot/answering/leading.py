"""What leads in to a list is said once, before its first item: "To return it: 1. Pack it. 2. Scan the code."

The head of a table's first column is such a lead-in, too.
"""

_END = ": "


def without_lead(sentence: str, before: str) -> str:
    """A sentence without the words that led in to the one said before it as well."""
    left = sentence
    while (lead := "".join(left.partition(_END)[:2])).endswith(_END) and before.startswith(lead):
        left, before = left.removeprefix(lead), before.removeprefix(lead)
    return left[:1].upper() + left[1:] if left != sentence else sentence


def forms(sentence: str) -> tuple[str, ...]:
    """A sentence as it may have been said: whole, or without one or more of what leads in to it."""
    found = [sentence]
    while len(words := found[-1].partition(_END)[2].split()) > 3:
        found.append(" ".join(words))
    return tuple(found)
