"""What answers from a start on: the release with the places of its parts, and the index version beside it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import ReleaseRefused
from bot.files import locked, make_private, write_whole
from bot.models.base import base_sha256
from bot.models.embedder import embedding_sha256
from bot.releases.registry import Place, Registry
from bot.releases.release import Release, Slot
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Serving:
    """A release that serves; `index_version` counts the changes of the articles, 0 before the first start."""

    shop: str
    release: Release
    places: Mapping[Slot, Place]
    index_version: int

    @property
    def sha256(self) -> str:
        """The release's."""
        return self.release.sha256

    def sentence(self) -> str:
        """What a command prints of it."""
        parts = ", ".join(
            f"{slot} {sha256[:12]} ({self.places[slot].origin if self.places[slot].sha256 else 'stock'})"
            for slot, sha256 in self.release.parts.items()
        )
        return f"Release {self.sha256[:12]} of {self.shop}, index version {self.index_version}: {parts}."


def release_of(registry: Registry, places: Mapping[Slot, Place], retriever: str) -> Release:
    """The release that these parts make; `retriever` is the stock embedder, for where no trained one is."""
    parts: dict[Slot, str] = {"retriever": retriever}
    parts.update({slot: place.sha256 for slot, place in places.items() if place.sha256})
    return Release(parts=parts, profile=registry.profile)


def find_serving(settings: Settings) -> Serving:
    """The release that a start would serve now; nothing is loaded, nothing written."""
    registry = Registry(settings)
    places = registry.places(base_sha256(settings))
    retriever = embedding_sha256(settings)
    return Serving(registry.shop, release_of(registry, places, retriever), places, _state(registry)[0])


def served_before(registry: Registry, prefix: str) -> Release | None:
    """The release that was served here once, and whose sha256 begins so. Raises ReleaseRefused for several."""
    found = sorted((registry.folder / "manifests").glob(f"{prefix.lower()}*.json"))
    if len(found) > 1:
        names = ", ".join(file.stem[:16] for file in found)
        raise ReleaseRefused(f"'{prefix}' is the beginning of {len(found)} releases: {names}; give more digits")
    return Release.model_validate_json(found[0].read_bytes()) if found else None


def begin(registry: Registry, places: Mapping[Slot, Place], retriever: str, index: str) -> Serving:
    """Serve these parts from now on; the manifest is kept, so that a turn's sha256 can be looked up later.

    `index` names the state of the articles and the embedder; a new one raises the index version.
    """
    version = raise_index(registry, index)
    release = release_of(registry, places, retriever)
    manifest = registry.folder / "manifests" / f"{release.sha256}.json"
    if not manifest.is_file():
        make_private(manifest.parent)
        write_whole(manifest, release.text() + "\n", mode=0o600)
    return Serving(registry.shop, release, places, version)


def raise_index(registry: Registry, index: str) -> int:
    """The version of the articles' state `index`: one higher than the last where it is another one."""
    with locked(registry.folder / "lock"):
        version, known = _state(registry)
        if known != index:
            version += 1
            write_whole(_file(registry), json.dumps({"version": version, "index": index}) + "\n", mode=0o600)
        return version


def _file(registry: Registry) -> Path:
    return registry.folder / "index.json"


def _state(registry: Registry) -> tuple[int, str]:
    try:
        state = json.loads(_file(registry).read_bytes())
        return int(state["version"]), str(state["index"])
    except FileNotFoundError:
        return 0, ""
    except (ValueError, KeyError, TypeError) as error:
        raise ReleaseRefused(f"{_file(registry)} is damaged; delete it, and versions begin at 1 again") from error
