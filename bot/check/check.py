"""All that is wrong or missing in a shop's folder, at once: profile, articles, cases, transcripts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bot.check.facts import Facts
from bot.errors import ArtefactInvalid, KnowledgeInvalid, Problem, ShopInvalid, TranscriptInvalid
from bot.prompting.template import read_prompt
from bot.releases.registry import Registry
from bot.retrieval.articles import Article, article_files, read_article
from bot.schemas import CaseRow, TranscriptRow, scan_rows
from bot.settings import Settings
from bot.shop.hours import listed
from bot.shop.profile import Shop, profile_file, read_shop

ARTICLES, CASES, TRANSCRIPTS = "knowledge", "cases", "transcripts"
CASE_FILES = ("dev.jsonl", "test.jsonl")


@dataclass
class Findings:
    """`problems` keep a command from working, or a case from being passed; `notes` are worth a look."""

    folder: Path
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def sentence(self) -> str:
        """How much was looked at, and how much of it is wrong."""
        looked = listed([f"{count:,} {what}" for what, count in self.counts.items()])
        wrong = len(self.problems)
        return f"{self.folder}: {looked}; {wrong or 'no'} problem{'' if wrong == 1 else 's'}"


def check_shop(settings: Settings) -> Findings:
    """Look at every file of the shop's folder, and at the prompt that would be served for it."""
    folder = settings.shop_dir
    findings = Findings(folder)
    shop = _profile(settings, findings)
    articles = _articles(folder / ARTICLES, findings)
    facts = Facts(articles, shop)
    _cases(folder / CASES, facts, findings)
    _transcripts(folder / TRANSCRIPTS, facts, findings)
    findings.problems.sort(key=lambda problem: (str(problem.file), problem.line or 0))
    return findings


def _profile(settings: Settings, findings: Findings) -> Shop | None:
    folder = settings.shop_dir
    file = profile_file(folder)
    try:
        shop = read_shop(folder)
        read_prompt(Registry(settings).places()["prompted"].folder / "prompt.toml", shop)
    except ArtefactInvalid as error:
        findings.problems.append(Problem(error.folder, None, error.reason))
        return None
    except ShopInvalid as error:
        findings.problems += error.problems
        return None
    if shop.look.logo and not (folder / shop.look.logo).is_file():
        findings.problems.append(Problem(file, None, f"look.logo: there is no {shop.look.logo} in the folder"))
    if not shop.brand_words:
        said = "brand_words: none; with some, what is trained here never names this shop where another is served"
        findings.notes.append(Problem(file, None, said))
    return shop


def _articles(folder: Path, findings: Findings) -> list[Article]:
    articles = []
    try:
        files = article_files(folder)
    except KnowledgeInvalid as error:
        findings.problems.append(error.problem)
        files = {}
    else:
        if not files:
            said = "there is no *.md article in it; the bot answers from them"
            findings.problems.append(Problem(folder, None, said))
    for slug, file in files.items():
        try:
            article = read_article(file, slug)
        except KnowledgeInvalid as error:
            findings.problems.append(error.problem)
            continue
        if article.untitled:
            findings.notes.append(Problem(file, 1, "it has no title; its file's name is shown instead"))
        articles.append(article)
    findings.counts["articles"] = len(articles)
    return articles


def _cases(folder: Path, facts: Facts, findings: Findings) -> None:
    seen: dict[str, Path] = {}
    count = 0
    for name in CASE_FILES:
        if not (folder / name).is_file():
            said = "it is missing; `trilane-train retrieval` and `evaluate` measure on it"
            findings.notes.append(Problem(folder / name, None, said))
    for file in sorted(folder.glob("*.jsonl")):
        for line, row in scan_rows(file, CaseRow):
            if isinstance(row, TranscriptInvalid):
                findings.problems.append(row.problem)
                continue
            count += 1
            if row.id in seen:
                findings.problems.append(Problem(file, line, f"id: '{row.id}' stands in {seen[row.id].name}, too"))
            seen.setdefault(row.id, file)
            findings.problems += _named(file, line, facts.wrong_with_case(row))
    findings.counts["cases"] = count


def _transcripts(folder: Path, facts: Facts, findings: Findings) -> None:
    files = [*sorted(folder.glob("*.jsonl")), *sorted(folder.glob("*/dialogues.jsonl"))]
    if not files:
        said = "there is no *.jsonl file and no dataset in it; what is trained is trained on transcripts"
        findings.notes.append(Problem(folder, None, said))
    for other in sorted(folder.iterdir()) if folder.is_dir() else ():
        known = other in files or (other / "dialogues.jsonl") in files
        if not known and not other.name.startswith((".", "README")):
            said = "it is no *.jsonl transcript and no dataset; `trilane-train ingest` makes one of an export"
            findings.notes.append(Problem(other, None, said))
    count = 0
    for file in files:
        for line, row in scan_rows(file, TranscriptRow):
            if isinstance(row, TranscriptInvalid):
                findings.problems.append(row.problem)
                continue
            count += 1
            findings.problems += _named(file, line, facts.wrong_with_transcript(row))
    findings.counts["transcripts"] = count


def _named(file: Path, line: int, said: Iterable[str]) -> Iterator[Problem]:
    return (Problem(file, line, one) for one in said)
