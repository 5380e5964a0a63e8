"""Messages in another language, told by script, words and a greeting: is it read here, and what is said in it?"""

from collections.abc import Callable
from dataclasses import dataclass

from py3langid import langid

from bot.answering.wording import core, plain
from bot.models.embedder import Embedder
from bot.prompting.replies import LanguageSection, LanguageText

# Where its letters are all that a short message shows; words that other languages have too tell nothing.
_ENGLISH = frozenset(
    [
        "the",
        "my",
        "your",
        "you",
        "are",
        "it",
        "to",
        "for",
        "and",
        "how",
        "what",
        "when",
        "where",
        "why",
        "can",
        "does",
        "did",
        "have",
        "has",
        "not",
        "with",
        "from",
        "this",
        "that",
        "would",
        "if",
        "yes",
        "please",
        "any",
        "there",
        "order",
        "return",
        "refund",
    ]
)


@dataclass(frozen=True, slots=True)
class Foreign:
    """What is said in another language that is read."""

    _said: LanguageText
    _language: Callable[[str], str | None]

    @property
    def text(self) -> str:
        """What a handover says."""
        return self._said.text

    def before(self, quotes: str) -> str:
        """What stands before quotes: that they are in a language which is not this one, if they are."""
        same = self._language(quotes) == self._said.code
        return "" if same or not self._said.quoted else f"{self._said.quoted} "


class Languages:
    """Which of a prompt's languages are not read, and what is said in them.

    A language is read if the embedding model states that it reads it; or if the shop lists it and the model finds
    the same question in it: its probe.
    """

    def __init__(
        self,
        rules: LanguageSection,
        texts: tuple[LanguageText, ...],
        listed: tuple[str, ...],
        embedder: Embedder,
    ) -> None:
        self._rules = rules
        self._texts = {one.code: one for one in texts}
        self._read = {"en"} | embedder.languages | self._readable({tag.split("-")[0] for tag in listed}, embedder)
        self._greetings = {core(text): one.code for one in texts for text in one.greetings}
        self._identifier = None
        if texts:
            self._identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
            known = [code for code in self._texts if code in self._identifier.labels]
            self._identifier.set_languages(["en", *known])

    def text_for(self, message: str, *, begun: bool) -> str | None:
        """What is said to a message in a language that is not read; None where it is read, or not told.

        `begun`: something was said before, in a language that is read; a foreign word of thanks is one of it then.
        """
        code = self.language(message, begun=begun)
        if code is None or code in self._read:
            return None
        found = self._texts.get(code) or self._texts.get("other")
        return found.text if found else None

    def foreign(self, message: str, *, begun: bool) -> Foreign | None:
        """What is said to a message in another language that is read; None where it is English, or not told."""
        code = self.language(message, begun=begun)
        if code is None or code not in self._read - {"en"} or code not in self._texts:
            return None
        return Foreign(self._texts[code], self.language)

    def language(self, message: str, *, begun: bool = False) -> str | None:
        """The code of the language of a message, where it can be told."""
        if self._identifier is None:
            return None
        text = core(message)
        if not begun and text in self._greetings:
            return self._greetings[text]
        words = text.split()
        letters = sum(mark.isalpha() for mark in text)
        latin = sum(mark.isascii() or "\u00c0" <= mark <= "\u024f" for mark in text if mark.isalpha())
        foreign_script = letters > 0 and latin < letters / 2
        if not foreign_script:
            if letters < self._rules.min_letters or sum(word in _ENGLISH for word in words) * 5 >= len(words):
                return self._by_first_word(words) if not begun else None
            if len(words) < 2:
                return None
        ranks = {code: float(probability) for code, probability in self._identifier.rank(plain(message))}
        best = max(ranks, key=lambda code: ranks[code])
        if foreign_script:
            return best if best != "en" and ranks[best] >= self._rules.min_probability / 2 else "other"
        told = ranks[best] >= self._rules.min_probability and ranks.get("en", 0.0) <= self._rules.max_english
        return best if told and best != "en" else None

    def _by_first_word(self, words: list[str]) -> str | None:
        """A greeting and a name: "hola maria"."""
        return self._greetings.get(words[0].strip(",.!¡")) if 1 < len(words) <= 2 else None

    def _readable(self, listed: set[str], embedder: Embedder) -> set[str]:
        probed = [one for code, one in self._texts.items() if code in listed and one.probe]
        if not probed or not self._rules.probe:
            return set()
        same, *vectors = embedder.encode_queries([self._rules.probe, *(one.probe for one in probed)])
        near = [float(vector @ same) >= self._rules.min_probe_cosine for vector in vectors]
        return {one.code for one, reads in zip(probed, near, strict=True) if reads}
