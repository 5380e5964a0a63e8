"""Template-based prompting: prompt.toml and the structured system text with slots."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field, PrivateAttr, ValidationError

from bot.answer import Decision
from bot.dialogue import Dialogue, user_says
from bot.errors import ArtefactInvalid, SlotInvalid
from bot.prompting.asking import TRIED, AskSection, AskText
from bot.prompting.deciding import DecideSection
from bot.prompting.examples import QUESTION, beside, read_examples
from bot.prompting.learnt_acts import LearntActs, acts_beside, read_acts
from bot.prompting.probes import Probes, probes_beside, read_probes
from bot.prompting.replies import ActsSection, FixedReply, LanguageSection, LanguageText
from bot.prompting.section import Section
from bot.retrieval.articles import Passage
from bot.retrieval.rules import SearchRules
from bot.shop.profile import Shop
from bot.shop.slots import fill
from bot.validation import first_wrong_value

# What a prompt without a block of its own says; where nothing was found, the question alone.
QUESTION_AFTER_PASSAGES = """\
{% if passages %}Help centre:
{% for passage in passages %}{{ passage.title }}: {{ passage.text }}
{% endfor %}
{% endif %}{{ question }}"""


# What may be decided of the questions that an answer leaves open.
REST_DECISIONS: tuple[Decision, ...] = ("offer", "ask", "decline", "handoff")


class TemplateSection(Section):
    """The system text and the block around a question (Jinja2, sandboxed), and what frames a first answer.

    `system` is the same for a whole conversation; `user` has the slots `passages` and `question` too.
    """

    enabled: bool = True
    system: str
    user: str = QUESTION_AFTER_PASSAGES
    opening: str = ""
    closing: str = ""


class ConstraintsSection(Section):
    """What a reply may say, checked in code; cosines are MiniLM's or the chosen embedder's."""

    mode: Literal["quote", "check", "free"] = "quote"
    sentences: int = Field(2, ge=1, le=5)
    second_margin: float = Field(0.12, ge=0)
    cosine_weight: float = Field(3.0, ge=0)
    reranked_margin: float = Field(0.15, ge=0, description="As `second_margin`, for the re-ranker's scores.")
    alike_share: float = Field(
        1.0,
        ge=0,
        le=1,
        description="A further sentence shares at most so much of its words with a said one.",
    )
    picked_sentences: int = Field(3, ge=1, description="Quoted at most of an article that the customer picked.")
    picked_margin: float = Field(1.0, ge=0, description="`reranked_margin` in such an article.")
    gain_weight: float = Field(0.3, ge=0, description="Of the speaker's own score beside the re-ranker's.")
    nearest: int = Field(4, ge=1, le=16)
    min_cosine: float = Field(0.34, ge=-1, le=1)
    support_cosine: float = Field(0.55, ge=-1, le=1)
    unknown_words: int = Field(2, ge=0)
    unknown_share: float = Field(0.34, ge=0, le=1)
    own_share: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Of the words of a LoRA's sentence so many stand in this order in one of the passage ...",
    )
    own_cover: float = Field(0.0, ge=0, le=1, description="... of whose words it says at least so many.")
    woven_share: float = Field(
        0.0, ge=0, le=1, description="The same of a soft prompt's, which leaves nothing out between them ..."
    )
    woven_cover: float = Field(0.0, ge=0, le=1, description="... and of that sentence's.")
    courtesy_words: int = Field(9, ge=0)
    courtesy_cosine: float = Field(0.35, ge=-1, le=1)
    same_sentence_cosine: float = Field(0.85, ge=-1, le=1)

    def in_picked(self) -> "ConstraintsSection":
        """The same where the customer has said which article: what else it says is not far from the answer."""
        return self.model_copy(update={"sentences": self.picked_sentences, "reranked_margin": self.picked_margin})


class ContextSection(Section):
    """Whether passages go into the prompt, and how many are retrieved."""

    enabled: bool = True
    passages: int = Field(3, ge=1, le=10)


class RerankSection(Section):
    """Whether the re-ranker orders what the search found, where the release has one.

    A passage's score is the question's mean log-likelihood after it plus `score_weight` of the search's own score;
    of the passages that are kept, so many `sentences` get a score too, with `cosine_weight` of their cosine.
    """

    enabled: bool = True
    candidates: int = Field(default=8, ge=1, le=50)
    score_weight: float = Field(default=2.0, ge=0)
    sentences: int = Field(default=6, ge=1, le=50)
    cosine_weight: float = Field(default=2.0, ge=0)
    question_words: int = Field(default=80, ge=1)


class ReaderSection(Section):
    """Whether the reader chooses the sentences, where the release has one and [decide.read] has its numbers.

    All sentences of the passages that are kept compete, those of the best first, as many as `max_tokens` hold. A
    sentence's score is the reader's and `reranked_weight` of the re-ranker's; with 0 that one weighs no sentences.
    """

    enabled: bool = True
    max_tokens: int = Field(default=900, ge=64)
    reranked_weight: float = Field(default=0.0, ge=0)
    margin: float = Field(default=1.0, ge=0, description="Another sentence so near to the best one is said too.")
    picked_margin: float = Field(default=2.0, ge=0, description="The same in an article that the customer picked.")


class GenerationSection(Section):
    """How the model chooses its next token where it writes freely."""

    repetition_penalty: float = Field(default=1.1, ge=1, le=2)


class HandoffSection(Section):
    """What is said when no passage is about the question."""

    text: str


class ClarifySection(Section):
    """What is asked when a message has too few words with a meaning to be searched for."""

    text: str
    max_content_words: int = Field(0, ge=0)


class PremiseSection(Section):
    """What a reply begins with where the message states a figure that the passage quoted for it has otherwise.

    `slack` is the share by which lengths of time may differ and still be the same: a month has 28 to 31 days.
    """

    texts: tuple[str, ...] = Field(min_length=1)
    slack: float = Field(default=0.09, ge=0, lt=1)

    def text(self, times: int) -> str:
        """In other words where it was said `times` before."""
        return self.texts[times % len(self.texts)]


class PromptConfig(Section):
    """prompt.toml; every number that decides has its place here, and the value it had before it got one."""

    format: Literal[1] = 1
    template: TemplateSection
    constraints: ConstraintsSection
    context: ContextSection
    retrieval: SearchRules = SearchRules()
    rerank: RerankSection = RerankSection(enabled=False)
    reader: ReaderSection = ReaderSection(enabled=False)
    generation: GenerationSection = GenerationSection()
    handoff: HandoffSection
    clarify: ClarifySection
    acts: ActsSection = ActsSection()
    decide: DecideSection | None = None
    premise: PremiseSection | None = None
    ask: AskSection | None = None
    replies: tuple[FixedReply, ...] = ()
    language: LanguageSection = LanguageSection()
    languages: tuple[LanguageText, ...] = ()
    probes: Probes | None = None
    _slots: Mapping[str, Any] = PrivateAttr(default_factory=dict)
    _learnt_acts: LearntActs | None = PrivateAttr(default=None)

    @property
    def learnt_acts(self) -> LearntActs | None:
        """What the acts' classifier has learnt, where it lies beside the prompt."""
        return self._learnt_acts

    def knowing(self, acts: LearntActs) -> "PromptConfig":
        """This prompt with what the acts' classifier has learnt."""
        knowing = self.model_copy()
        knowing._learnt_acts = acts
        return knowing

    def system_text(self) -> str:
        """The system text with its slots filled; trusted as a text only: the renderer keeps it plain.

        Nothing of one question stands in it, so that what was computed for a conversation can be used again.
        """
        # The first prompts had their passages here.
        return _said("template.system", self.template.system, self._slots, passages=[]).strip()

    def with_passages(self, dialogue: Dialogue, passages: Sequence[Passage]) -> Dialogue:
        """The dialogue as the model reads it: passages in the customer's last turn, all before it as it was said.

        Serving and training call this: an answer is learnt with passages in the turn before it and nowhere else.
        """
        last = max((i for i, turn in enumerate(dialogue.turns) if turn.role == "user"), default=None)
        if last is None or not passages or not self.context.enabled:
            return dialogue
        turn = dialogue.turns[last]
        text = _said("template.user", self.template.user, self._slots, passages=passages, question=turn.text)
        turns = (*dialogue.turns[:last], replace(turn, text=text), *dialogue.turns[last + 1 :])
        return replace(dialogue, turns=turns)

    def rest_text(self, rules: DecideSection, decision: Decision, asked: Sequence[str]) -> str:
        """What is said of the questions that an answer leaves open, with the customer's words for them.

        What stands in them is never read as a slot.
        """
        key = f"rest_{decision}_text"
        words = rules.rest_joint.join(f"“{one}”" for one in asked) if asked and all(asked) else rules.rest_unnamed
        return _said(f"decide.{key}", getattr(rules, key), self._slots, asked=words)

    def asking(self, rules: AskSection, key: AskText, **values: str) -> str:
        """A text of [ask] with the slots of the moment filled; what stands in them is never read as a slot."""
        return _said(f"ask.{key}", getattr(rules, key), self._slots, **values)

    def learning(self, examples: Mapping[str, Sequence[str]]) -> "PromptConfig":
        """This prompt with more examples, by the name of their act."""
        replies = (
            reply.model_copy(update={"examples": (*reply.examples, *examples.get(reply.name, ()))})
            for reply in self.replies
        )
        questions = (*self.acts.questions, *examples.get(QUESTION, ()))
        acts = self.acts.model_copy(update={"questions": questions})
        return self.model_copy(update={"replies": tuple(replies), "acts": acts})

    def filled(self, slots: Mapping[str, Any]) -> "PromptConfig":
        """This prompt as a shop says it. Raises SlotInvalid naming the key."""

        def fill_in(key: str, text: str) -> str:
            return _said(key, text, slots)

        replies = (reply.filled(f"replies.{reply.name}", fill_in) for reply in self.replies)
        languages = (
            one.model_copy(update={"text": fill_in(f"languages.{one.code}.text", one.text)})
            for one in self.languages
        )
        parts: dict[str, Any] = {"replies": tuple(replies), "languages": tuple(languages)}
        for name, keys in (
            ("template", ("opening", "closing")),
            ("handoff", ("text",)),
            ("clarify", ("text",)),
            ("acts", ("handover",)),
        ):
            part = getattr(self, name)
            said = {key: _said(f"{name}.{key}", getattr(part, key), slots) for key in keys}
            parts[name] = part.model_copy(update=said)
        if self.decide:
            texts = {
                key: tuple(fill_in(f"decide.{key}", text) for text in getattr(self.decide, key))
                for key in ("offer_text", "ask_text", "decline_text", "handoff_text")
            }
            parts["decide"] = self.decide.model_copy(update=texts)
        prompt = self.model_copy(update=parts)
        prompt._slots = slots
        prompt.system_text()
        if self.decide:
            for decision in REST_DECISIONS:
                prompt.rest_text(self.decide, decision, ["question"])
        if self.ask:
            for key in get_args(AskText):
                prompt.asking(self.ask, key, **TRIED)
        prompt.with_passages(user_says("question"), [Passage("slug", "title", "heading", "text")])
        return prompt


def _said(key: str, text: str, slots: Mapping[str, Any], **more: Any) -> str:
    try:
        return fill(text, slots, **more)
    except SlotInvalid as error:
        raise SlotInvalid(f"{key}: {error}") from error


def files_beside(file: Path) -> tuple[Path, Path, Path]:
    """What may lie beside a prompt: examples of acts, what was learnt from them, probes."""
    return beside(file), acts_beside(file), probes_beside(file)


def read_prompt(file: Path, shop: Shop) -> PromptConfig:
    """Read prompt.toml, and what lies beside it, as a shop says it.

    Raises ArtefactInvalid naming the key or the line.
    """
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise ArtefactInvalid(file.parent, f"{file.name} is missing") from None
    return parse_prompt(data, file, shop, lambda other: other.read_bytes() if other.is_file() else None)


def parse_prompt(
    data: bytes, file: Path, shop: Shop, read: Callable[[Path], bytes | None] = lambda _: None
) -> PromptConfig:
    """The same for bytes that were read from `file`; `read` has those of what lies beside it, if it is there."""
    try:
        prompt = PromptConfig.model_validate(tomllib.loads(data.decode("utf-8"))).filled(shop.slots)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, SlotInvalid) as error:
        raise ArtefactInvalid(file.parent, f"{file.name} cannot be read: {error}") from error
    except ValidationError as error:
        raise ArtefactInvalid(file.parent, f"{file.name}: {first_wrong_value(error)}") from error
    for other, joined in zip(files_beside(file), (_with_examples, _with_acts, _with_probes), strict=True):
        if (found := read(other)) is None:
            continue
        try:
            prompt = joined(prompt, found)
        except ValueError as error:
            raise ArtefactInvalid(file.parent, f"{other.name}: {error}") from error
    return prompt


def _with_examples(prompt: PromptConfig, data: bytes) -> PromptConfig:
    return prompt.learning(read_examples(data, [reply.name for reply in prompt.replies]))


def _with_acts(prompt: PromptConfig, data: bytes) -> PromptConfig:
    return prompt.knowing(read_acts(data))


def _with_probes(prompt: PromptConfig, data: bytes) -> PromptConfig:
    return prompt.model_copy(update={"probes": read_probes(data)})
