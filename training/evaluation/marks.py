"""What is right and what is wrong with one answer."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.dialogue import Dialogue
from bot.schemas import Case
from training.evaluation.claims import unsupported
from training.evaluation.replies import Answered, Reply
from training.evaluation.sentences import sentences
from training.evaluation.spelling import plain, says, says_any

# A shorter sentence is a courtesy that anybody says twice.
SHORTEST_REPEATED = 4


@dataclass(frozen=True, slots=True)
class Marks:
    """One answer beside what its case asks for.

    `said` and `reached` have a place for each required fact: said at once, or after the right choice was picked.
    `forbidden` are the forbidden claims that were made, `invented` the claims that stand in no passage cited,
    `repeated` the sentences said before in the conversation. `right`: every required fact and no forbidden claim;
    without required facts the decision must be the expected one. `passed` asks for the expected decision, too,
    where no answer is expected.
    """

    said: tuple[bool, ...]
    reached: tuple[bool, ...]
    forbidden: tuple[str, ...]
    invented: tuple[str, ...]
    repeated: tuple[str, ...]
    as_expected: bool
    right: bool
    passed: bool


def mark(case: Case, answered: Answered, known: Iterable[str] = ()) -> Marks:
    """Hold an answer against its case; `known` are the shop's name and contacts, which every reply may say."""
    reply = answered.reply
    whole = f"{reply.text}\n{answered.after.text}" if answered.after else reply.text
    said = tuple(says_any(reply.text, spellings) for spellings in case.must_include)
    reached = tuple(says_any(whole, spellings) for spellings in case.must_include)
    forbidden = tuple(claim for claim in case.must_not_include if says(reply.text, claim))
    as_expected = reply.decision == case.expect
    if case.expect == "act" and case.act and reply.act:
        as_expected = as_expected and reply.act == case.act
    right = not forbidden and (all(said) if said else as_expected)
    return Marks(
        said,
        reached,
        forbidden,
        invented(case, reply, known),
        repeated(case.dialogue, reply),
        as_expected,
        right,
        right and (case.in_scope or as_expected),
    )


def rests_on_passages(reply: Reply) -> bool:
    """Whether it is an answer out of the help centre, and no fixed text."""
    return reply.decision == "answer" or bool(reply.sources)


def invented(case: Case, reply: Reply, known: Iterable[str] = ()) -> tuple[str, ...]:
    """The claims of an answer that no passage supports which it cites."""
    if not rests_on_passages(reply):
        return ()
    evidence = [f"{source.title}.\n{source.heading}.\n{source.text}" for source in reply.sources]
    asked = [turn.text for turn in case.dialogue.turns if turn.role == "user"]
    return tuple(f"{claim.kind}: {claim.text}" for claim in unsupported(reply.text, evidence, asked, known))


def repeated(dialogue: Dialogue, reply: Reply) -> tuple[str, ...]:
    """The sentences that the bot has said before, in this reply or in an earlier one."""
    known = {plain(one) for turn in dialogue.turns if turn.role == "assistant" for one in sentences(turn.text)}
    again = []
    for sentence in sentences(reply.text):
        if len(sentence.split()) >= SHORTEST_REPEATED and plain(sentence) in known:
            again.append(sentence)
        known.add(plain(sentence))
    return tuple(again)
