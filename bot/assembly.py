"""Puts the parts together: settings to one engine with the backends that were asked for."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from bot.answering.acts import Acts
from bot.answering.ahead import read_ahead, that_fit
from bot.answering.checked import CheckedSpeech
from bot.answering.learned import Learned
from bot.answering.lookup import Hook
from bot.answering.pipeline import Pipeline, Steps
from bot.answering.prompted import Prompted
from bot.answering.protocol import Backend, Strategy
from bot.answering.reader import Reader
from bot.answering.rerank import Reranker
from bot.answering.speech import Speaker, Speech
from bot.answering.woven import closeness_of
from bot.backends import BACKENDS, TABLE, BackendName
from bot.engine.local.embedding import search_embedder
from bot.engine.local.engine import LocalEngine
from bot.engine.protocol import Engine, Sampling
from bot.errors import BackendUnavailable, SettingsInvalid
from bot.models.base import LoadedBase, load_base
from bot.models.embedder import load_embedder
from bot.prompting.template import PromptConfig, ReaderSection, RerankSection, parse_prompt
from bot.releases.part import Artefact
from bot.releases.registry import Place, Registry
from bot.releases.release import Slot
from bot.releases.serving import Serving, begin, raise_index
from bot.retrieval.help_centre import HelpCentre
from bot.settings import SECRET_MISSING, Settings
from bot.shop.profile import Shop, read_shop
from bot.shop.slots import fill

log = logging.getLogger(__name__)

PROMPT = "prompt.toml"
# Of the cache, what the help centre may take before anybody asks: conversations need the rest.
READ_AHEAD = 0.65


@dataclass(frozen=True)
class Assembled:
    """One base in memory, and the backends that answer with it."""

    base: LoadedBase
    engine: LocalEngine
    backends: dict[str, Backend]
    serving: Serving
    registry: Registry
    help_centre: HelpCentre
    steps: Steps

    async def read_ahead(self, cache_bytes: int) -> None:
        """Let the re-ranker read the help centre while nobody asks, as much as its share of the cache keeps."""
        if (reranker := self.steps.reranker) is None:
            return
        most = int(READ_AHEAD * cache_bytes) // self.base.bytes_per_token
        known = self.help_centre.now.passages
        passages = await asyncio.to_thread(that_fit, known, self.engine, most_tokens=most)
        log.info("read ahead: %d passages", await read_ahead(reranker, self.engine, passages))

    def refresh(self) -> bool:
        """Answer from the articles as they are now; a change raises the index version. Whether there was one."""
        changed = self.help_centre.refresh()
        if changed:
            raise_index(self.registry, self.help_centre.now.state)
        return changed


def known_backends(names: Iterable[str]) -> list[BackendName]:
    """The names as backends. Raises BackendUnavailable."""
    names = list(names)
    for name in names:
        if name not in TABLE:
            raise BackendUnavailable(name, list(BACKENDS))
    return [backend for name in names for backend in BACKENDS if backend == name]


def local_engine(base: LoadedBase, settings: Settings) -> LocalEngine:
    """The engine in this process, with the limits that were set."""
    return LocalEngine(
        base,
        max_queued=settings.max_queued,
        max_step_s=settings.max_step_s,
        cache_bytes=settings.cache_mib << 20,
    )


def assemble(
    settings: Settings,
    names: Iterable[str] = BACKENDS,
    console: Console | None = None,
    *,
    chosen: Mapping[Slot, str] | None = None,
    looks_up: bool = False,
    observed: bool = False,
    through: Callable[[Engine], Engine] | None = None,
) -> Assembled:
    """Load the base once, the embedder, the help centre, and each artefact onto them.

    `chosen` are the sha256 of registered parts that answer instead of those that were promoted. With
    `looks_up` the shop's own program is asked how orders stand: for customers, and never to measure. What is
    `observed` to fit the decision's numbers has a reader before the prompt has its numbers.
    What replies ask of the engine goes `through` another, where one is given.
    """
    names = known_backends(names)
    shop = read_shop(settings.shop_dir)
    hook = open_hook(shop, settings) if looks_up else None
    base = load_base(settings, console)
    registry = Registry(settings, chosen)
    places = registry.places(base.folder.sha256)
    # The engineered prompt is one of the backends, and its rules bind the others.
    needed: set[BackendName] = {*names, "prompted"}
    artefacts = {name: registry.open(places[name], base.folder.sha256) for name in needed}
    prompted = artefacts["prompted"]
    prompt = _prompt(prompted, shop)
    embedder = load_embedder(settings)
    for place in places.values():
        if said := registry.left_out(place):
            log.warning("%s", said)
    searching = search_embedder(registry, places["retriever"], embedder)
    help_centre = HelpCentre(settings.knowledge_dir, searching, settings.home)
    serving = begin(registry, places, embedder.identity, help_centre.now.state)
    engine = local_engine(base, settings)
    limit = min(settings.max_prompt_tokens, engine.capabilities().max_context - settings.max_new_tokens)
    speech = Speech(
        through(engine) if through else engine,
        max_prompt_tokens=limit,
        max_new_tokens=settings.max_new_tokens,
        sampling=Sampling(repetition_penalty=prompt.generation.repetition_penalty),
    )
    reranker = None
    if prompt.rerank.enabled and not places["reranker"].absent:
        reranker = open_reranker(registry, places["reranker"], base, engine, prompt.rerank, shop)
    reader = None
    numbered = prompt.decide is not None and prompt.decide.read is not None
    if prompt.reader.enabled and (numbered or observed) and not places["reader"].absent:
        reader = open_reader(registry, places["reader"], base, engine, prompt.reader)
    steps = Steps(Acts(prompt, embedder, shop, settings.home), help_centre, prompt, speech, reranker, hook, reader)
    # The learned backends write freely and are checked against the passages that were found.
    checked = CheckedSpeech(speech, embedder, prompt)
    backends: dict[str, Backend] = {}
    for name in names:
        artefact = artefacts[name]
        strategy: Strategy
        if name == "prompted":
            strategy = Prompted(speech, embedder, prompt)
        else:
            engine.load(artefact)
            reads = artefact.manifest.reads
            closeness = closeness_of(prompt.constraints, soft=artefact.manifest.kind == "soft-prompt")
            speaker = _speaker(artefact, shop)
            strategy = Learned(speech, checked, speaker, prompt, reads=reads, closeness=closeness)
        backends[name] = Pipeline(name, artefact.sha256, serving.sha256, steps, strategy)
    return Assembled(base, engine, backends, serving, registry, help_centre, steps)


def open_hook(shop: Shop, settings: Settings) -> Hook | None:
    """The program of the shop's [lookup], if it has one. Raises SettingsInvalid where the secret is missing."""
    if shop.lookup is None:
        return None
    if settings.lookup_secret is None:
        raise SettingsInvalid([SECRET_MISSING])
    return Hook(shop.lookup, shop.name, settings.lookup_secret.get_secret_value())


def open_reranker(
    registry: Registry, place: Place, base: LoadedBase, engine: LocalEngine, rules: RerankSection, shop: Shop
) -> Reranker:
    """A re-ranker, verified and loaded. Raises ArtefactInvalid."""
    artefact = registry.open(place, base.folder.sha256)
    engine.load(artefact)
    return Reranker(artefact.sha256, fill(str(artefact.manifest.recipe["system"]), shop.slots), rules)


def _prompt(artefact: Artefact, shop: Shop) -> PromptConfig:
    """The verified prompt, with what is beside it. Raises ArtefactInvalid."""

    def read(file: Path) -> bytes | None:
        return artefact.read(file.name) if file.name in artefact.manifest.files else None

    return parse_prompt(artefact.read(PROMPT), artefact.folder / PROMPT, shop, read)


def open_reader(
    registry: Registry, place: Place, base: LoadedBase, engine: LocalEngine, rules: ReaderSection
) -> Reader:
    """A reader, verified and loaded. Raises ArtefactInvalid."""
    artefact = registry.open(place, base.folder.sha256)
    engine.load(artefact)
    most = min(rules.max_tokens, engine.capabilities().max_context)
    return Reader(artefact.sha256, rules, engine.tokens, most)


def _speaker(artefact: Artefact, shop: Shop) -> Speaker:
    """A learned artefact as the served shop hears it: under the text that it was trained under, in its name."""
    system = fill(str(artefact.manifest.recipe["system"]), shop.slots)
    trained = artefact.manifest.shop
    foreign = shop.foreign(trained.own_words) if trained else ()
    return Speaker(system, artefact.sha256, foreign)
