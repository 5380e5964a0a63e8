"""What the search of the help centre finds before any answer is written: the bound on every grounded answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from bot.progress import track
from bot.retrieval.context import query_of, question_of
from bot.retrieval.retriever import Hit, Knowledge
from bot.retrieval.rules import SearchRules
from bot.retrieval.sentences import content_words
from bot.schemas import Case
from training.errors import DatasetEmpty

# What each search leaves out of the served one.
SEARCHES: dict[str, dict[str, float]] = {
    "embeddings": {"bm25_weight": 0.0},
    "BM25": {"passage_weight": 0.0, "sentence_weight": 0.0},
    "both": {},
}
STOCK, RERANKED = "both, stock", "re-ranked"
TOPS = (1, 3, 5)
FEW_SHARED = 1 / 3

# The passages found for a question in another order.
Rerank = Callable[[str, Sequence[Hit]], Sequence[Hit]]


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Of `questions`: hit@k of any article that answers, its mean reciprocal rank (MRR), and facts@k.

    facts@k is the share of required facts that stand in the first k passages.
    """

    search: str
    questions: int
    hit: dict[int, float]
    mrr: float
    facts: dict[int, float]


def answerable(cases: Sequence[Case]) -> list[Case]:
    """The cases that an article answers: facts and follow-ups. Raises DatasetEmpty where there is none."""
    found = [case for case in cases if case.articles and case.kind in ("fact", "follow-up")]
    if not found:
        raise DatasetEmpty("no case of kind fact or follow-up names its articles, so no search can be measured")
    return found


def measure(
    cases: Sequence[Case],
    knowledge: Knowledge,
    rules: SearchRules,
    *,
    stock: Knowledge | None = None,
    rerank: Rerank | None = None,
    console: Console,
) -> list[Retrieval]:
    """Each search over the whole help centre, with the question as serving makes it of the conversation.

    `stock` is the help centre by the untrained embedder, where a retriever serves. With a re-ranker, also what it
    makes of the served search.
    """
    asked = answerable(cases)
    named = {slug for case in asked for slug in case.articles}
    unknown = sorted(named - {passage.article for passage in knowledge.passages})
    if unknown:
        raise DatasetEmpty(f"cases name articles that are not in the help centre: {', '.join(unknown)}")
    everything = len(knowledge.passages)
    questions = [query_of(case.dialogue, rules, knowledge) for case in asked]
    results = []
    found: list[Sequence[Hit]] = []
    searches = [(name, knowledge, left_out) for name, left_out in SEARCHES.items()]
    for name, searched, left_out in [*([(STOCK, stock, {})] if stock else []), *searches]:
        found = [
            searched.search(question, everything, rules.model_copy(update=left_out))
            for question in track(questions, f"Searching by {name}", console)
        ]
        results.append(_retrieval(name, asked, found))
    if rerank:
        # The last of the searches is the served one.
        pairs = list(zip((query.words for query in questions), found, strict=True))
        ordered = [rerank(*pair) for pair in track(pairs, "Re-ranking", console)]
        results.append(_retrieval(RERANKED, asked, ordered))
    return results


def _retrieval(name: str, cases: Sequence[Case], found: Sequence[Sequence[Hit]]) -> Retrieval:
    ranks = [_rank(hits, case.articles) for hits, case in zip(found, cases, strict=True)]
    facts = {top: _facts(cases, found, top) for top in TOPS[1:]}
    hit = {top: sum(rank <= top for rank in ranks) / len(ranks) for top in TOPS}
    return Retrieval(name, len(cases), hit, sum(1 / rank for rank in ranks) / len(ranks), facts)


def _rank(hits: Sequence[Hit], articles: Sequence[str]) -> int:
    """The place of the first of these articles among the articles found, from 1."""
    order = list(dict.fromkeys(hit.passage.article for hit in hits))
    return min(order.index(article) for article in articles) + 1


def _facts(cases: Sequence[Case], found: Sequence[Sequence[Hit]], top: int) -> float:
    stands = [
        any(spelling.casefold() in text for spelling in spellings)
        for case, hits in zip(cases, found, strict=True)
        for text in [" ".join(hit.passage.text for hit in hits[:top]).casefold()]
        for spellings in case.must_include
    ]
    return sum(stands) / len(stands) if stands else 1.0


def overlap(cases: Sequence[Case], knowledge: Knowledge, rules: SearchRules) -> list[float]:
    """For each answerable case, the share of its question's content words that stand in its best article."""
    words: dict[str, set[str]] = {}
    for passage in knowledge.passages:
        words.setdefault(passage.article, set()).update(
            content_words(f"{passage.title} {passage.heading} {passage.text}")
        )
    shares = []
    for case in answerable(cases):
        asked = set(content_words(question_of(case.dialogue, rules)))
        shares.append(len(asked & words[case.articles[0]]) / len(asked) if asked else 0.0)
    return shares


def overlap_line(shares: Sequence[float]) -> str:
    """Overlap in a sentence."""
    few = sum(share <= FEW_SHARED for share in shares) / len(shares)
    return (
        f"A question shares {sum(shares) / len(shares):.0%} of its content words with its article on average; "
        f"{few:.0%} of the questions share a third or fewer."
    )


def table(title: str, results: Sequence[Retrieval]) -> Table:
    """One row for each search."""
    shown = Table(title=title)
    shown.add_column("search")
    for heading in (*(f"hit@{top}" for top in TOPS), "MRR", *(f"facts in {top}" for top in TOPS[1:])):
        shown.add_column(heading, justify="right")
    for result in results:
        figures = [*result.hit.values(), result.mrr, *result.facts.values()]
        shown.add_row(result.search, *(f"{figure:.3f}" for figure in figures))
    return shown
