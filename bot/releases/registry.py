"""The parts of one shop, HOME/releases/SHOP/SLOT/SHA, and which of them answer.

A slot with nothing chosen is answered by the shipped part. A chosen part that cannot answer is never replaced by
another in silence: it is refused, and a rollback is the way out.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from bot.errors import ArtefactInvalid, ReleaseRefused
from bot.files import appearing, make_private, sha256_of
from bot.models.embedder import embedding_sha256
from bot.releases.changes import Change, Changes, nothing_chosen
from bot.releases.part import MANIFEST, Artefact, open_artefact
from bot.releases.release import KINDS, OPTIONAL, SLOTS, Release, Slot
from bot.releases.shop import profile_sha256, slug
from bot.settings import Settings
from bot.shop.profile import read_shop

Origin = Literal["given", "registered", "shipped"]
SHORTEST_PREFIX = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where a slot's part lies; `sha256` is None where none is there that could answer."""

    slot: Slot
    folder: Path
    origin: Origin
    sha256: str | None

    @property
    def absent(self) -> bool:
        """Whether the slot has no part, and nobody asked for one."""
        return self.sha256 is None and self.origin == "shipped"


@dataclass(frozen=True, slots=True)
class Part:
    """A part that could answer, for a list; `problem` says why it can't."""

    place: Place
    answers: bool
    artefact: Artefact | None
    problem: str | None


class Registry:
    """The parts of a shop: registering, choosing, going back."""

    def __init__(self, settings: Settings, chosen: Mapping[Slot, str] | None = None) -> None:
        """`chosen` stands for what was promoted, wherever it is asked what answers."""
        shop = read_shop(settings.shop_dir)
        self.shop, self.profile = slug(shop.name), profile_sha256(shop)
        self.folder = settings.home / "releases" / self.shop
        self._settings = settings
        self._changes = Changes(self.folder)
        self._instead = chosen

    def history(self) -> list[Change]:
        """Every change, oldest first."""
        return self._changes.history()

    def made_for(self, slot: Slot, base_sha256: str) -> str:
        """The sha256 of what a slot's parts are made for: the base, or the embedding model of a retriever.

        Raises EmbeddingUnusable.
        """
        return self._embedding if slot == "retriever" else base_sha256

    @cached_property
    def _embedding(self) -> str:
        return embedding_sha256(self._settings)

    def places(self, base_sha256: str | None = None) -> dict[Slot, Place]:
        """Where the parts lie that answer: for each slot an option's, the chosen one, or the shipped one.

        With a base, an optional slot whose shipped part is another base's has none.
        """
        chosen = self._changes.current().parts if self._instead is None else self._instead
        places = {slot: self._given(slot) or self._chosen(chosen, slot) for slot in SLOTS}
        for slot in OPTIONAL:
            if places[slot].origin == "shipped" and self._made_for_another(places[slot], base_sha256):
                places[slot] = replace(places[slot], sha256=None)
        return places

    def open(self, place: Place, base_sha256: str) -> Artefact:
        """Verify a part that is to answer. Raises ArtefactInvalid with the way out."""
        try:
            return self._verified(place, base_sha256)
        except ArtefactInvalid as error:
            if place.origin != "registered":
                raise
            way_out = "`trilane release rollback` goes back to the release before"
            raise ArtefactInvalid(error.folder, f"{error.reason}; {way_out}") from error

    def left_out(self, place: Place) -> str | None:
        """Why the shipped part of an optional slot does not answer, where it was made for another model."""
        if not place.absent or not (place.folder / MANIFEST).is_file():
            return None
        part = open_artefact(place.folder).manifest
        what = "embedding model" if place.slot == "retriever" else "base"
        return (
            f"left out: the shipped {place.slot} was made for {what} {part.base.id}, "
            f"which is not the one that was chosen; `trilane-train fit {place.slot}` makes one that fits"
        )

    def parts(self, base_sha256: str) -> list[Part]:
        """Every part of every slot, verified: the registered ones by sha256, the shipped one, an option's."""
        answering = self.places(base_sha256)
        parts = []
        for place in [*self._all(), *(place for place in answering.values() if place.origin == "given")]:
            artefact, problem = None, None
            try:
                artefact = self._verified(place, base_sha256)
            except ArtefactInvalid as error:
                problem = error.reason
            now = answering[place.slot]
            # A shipped part that is registered too stands there once, as registered.
            answers = place == now or (now.origin == "shipped" and place.sha256 == now.sha256)
            parts.append(Part(place, answers, artefact, problem))
        return parts

    def register(self, folder: Path, base_sha256: str, why: str = "") -> tuple[Artefact, bool]:
        """Copy a part into its slot, as a candidate; the same part again mends a damaged copy.

        It becomes current only where nothing else could answer: the slot needs a part, nothing is chosen in it,
        and the shipped one is missing or made for another base. Returns the part in its place, and whether it
        became current. Raises ArtefactInvalid where it is damaged.
        """
        part = open_artefact(folder)
        slot = part.manifest.slot
        place = Place(slot, self.folder / slot / part.sha256, "registered", part.sha256)
        with self._changes.changing() as now:
            try:
                verified(place, None)
            except ArtefactInvalid:
                make_private(place.folder.parent)
                with appearing(place.folder) as work:
                    work.chmod(0o700)
                    for name in (*part.manifest.files, MANIFEST):
                        make_private((work / name).parent)
                        shutil.copyfile(folder / name, work / name)
                        (work / name).chmod(0o600)
                    verified(Place(slot, work, "registered", part.sha256), None)
            now = self._changes.add(
                now.model_copy(update={"what": "register", "slot": slot, "sha256": part.sha256, "why": why})
            )
            needed = slot not in OPTIONAL and slot not in now.parts
            first = needed and problem_of(self._shipped(slot), base_sha256) is not None
            if first and problem_of(place, base_sha256) is None:
                self._choose(now, slot, part.sha256, why or "no other part could answer")
                return verified(place, base_sha256), True
        return verified(place, None), False

    def promote(self, prefix: str, base_sha256: str, *, slot: Slot | None = None, why: str = "") -> Place | None:
        """Choose the part whose sha256 begins so; the shipped one is chosen by choosing nothing.

        None where it answers already. Raises ReleaseRefused, or ArtefactInvalid where it cannot answer.
        """
        with self._changes.changing() as now:
            place = self._named(prefix, slot)
            self._verified(place, base_sha256)
            if place.sha256 == self._chosen(now.parts, place.slot).sha256:
                return None
            self._choose(now, place.slot, place.sha256 if place.origin == "registered" else None, why)
        return place

    def with_part(self, prefix: str) -> dict[Slot, str]:
        """The registered parts that would be chosen if the one whose sha256 begins so were promoted."""
        place = self._named(prefix, None)
        parts = dict(self._changes.current().parts)
        if place.origin == "registered":
            parts[place.slot] = str(place.sha256)
        else:
            parts.pop(place.slot, None)
        return parts

    def of_release(self, release: Release) -> dict[Slot, str]:
        """The registered parts of a release, for its slots that the shipped part does not fill."""
        return {
            slot: sha256
            for slot, sha256 in release.parts.items()
            if sha256 != self._shipped(slot).sha256 and (slot not in OPTIONAL or self._is_registered(slot, sha256))
        }

    def rollback(self, base_sha256: str, *, steps: int = 1, why: str = "") -> list[Place]:
        """Go back to the parts that were chosen before; returns those that answer again.

        Raises ReleaseRefused where there are fewer releases before, ArtefactInvalid where an older part cannot
        answer any more.
        """
        with self._changes.changing() as now:
            target = self._before(now, steps)
            places = [
                place
                for slot in SLOTS
                if (place := self._chosen(target.parts, slot)) != self._chosen(now.parts, slot)
            ]
            for place in places:
                if place.sha256 is not None or place.slot not in OPTIONAL:
                    self._verified(place, base_sha256)
            self._changes.add(
                target.model_copy(update={"what": "rollback", "slot": None, "sha256": None, "why": why})
            )
        return places

    def _verified(self, place: Place, base_sha256: str) -> Artefact:
        return verified(place, self.made_for(place.slot, base_sha256))

    def _made_for_another(self, place: Place, base_sha256: str | None) -> bool:
        """Whether a part is whole and made for another model; a damaged one is refused when it is opened."""
        if base_sha256 is None:
            return False
        try:
            part = open_artefact(place.folder)
        except ArtefactInvalid:
            return False
        return part.manifest.base.sha256 != self.made_for(place.slot, base_sha256)

    def _before(self, now: Change, steps: int) -> Change:
        choices = {change.number: change for change in self.history() if change.number == change.choice}
        choices[0] = nothing_chosen()
        found = now
        for step in range(steps):
            if found.before is None:
                possible = f"only {step} back" if step else "none before this one"
                raise ReleaseRefused(
                    f"there is no release to go back to: {possible}; `trilane release history` shows them all"
                )
            if found.before not in choices:
                raise ReleaseRefused(
                    f"the history has lost change {found.before}, so there is no way back to it; "
                    "choose a part with `trilane release promote`"
                )
            found = choices[found.before]
        return found

    def _choose(self, now: Change, slot: Slot, sha256: str | None, why: str) -> None:
        parts = {other: part for other, part in now.parts.items() if other != slot}
        if sha256 is not None:
            parts[slot] = sha256
        named = sha256 or self._shipped(slot).sha256
        self._changes.add(
            now.model_copy(
                update={
                    "what": "promote",
                    "slot": slot,
                    "sha256": named,
                    "why": why,
                    "parts": parts,
                    "before": now.choice,
                }
            )
        )

    def _named(self, prefix: str, slot: Slot | None) -> Place:
        if len(prefix) < SHORTEST_PREFIX:
            raise ReleaseRefused(f"'{prefix}' is too short; give at least {SHORTEST_PREFIX} digits of the sha256")
        found = {
            (place.slot, place.sha256): place
            for place in reversed(list(self._all()))
            if str(place.sha256).startswith(prefix.lower()) and slot in (None, place.slot)
        }
        if not found:
            where = f" in slot '{slot}'" if slot else ""
            raise ReleaseRefused(
                f"no part{where} has a sha256 that begins with '{prefix}'; `trilane release list` shows them"
            )
        if len(found) > 1:
            names = ", ".join(sorted(f"{place.slot} {str(place.sha256)[:16]}" for place in found.values()))
            raise ReleaseRefused(
                f"'{prefix}' is the beginning of {len(found)} parts: {names}; give more digits, or --slot"
            )
        return next(iter(found.values()))

    def _all(self) -> Iterator[Place]:
        """Every registered part, then the shipped one unless it is registered too."""
        for slot in SLOTS:
            folder = self.folder / slot
            # A part that is still being copied has a name with a dot.
            names = sorted(part.name for part in folder.glob("[!.]*")) if folder.is_dir() else []
            for name in names:
                yield Place(slot, folder / name, "registered", name)
            shipped = self._shipped(slot)
            if shipped.sha256 is not None and shipped.sha256 not in names:
                yield shipped

    def _is_registered(self, slot: Slot, sha256: str) -> bool:
        return (self.folder / slot / sha256).is_dir()

    def _given(self, slot: Slot) -> Place | None:
        folder = self._settings.given_part(slot)
        return Place(slot, folder, "given", sha256_of_manifest(folder)) if folder else None

    def _chosen(self, parts: Mapping[Slot, str], slot: Slot) -> Place:
        if slot in parts:
            return Place(slot, self.folder / slot / parts[slot], "registered", parts[slot])
        return self._shipped(slot)

    def _shipped(self, slot: Slot) -> Place:
        folder = self._settings.shipped_part(slot)
        return Place(slot, folder, "shipped", sha256_of_manifest(folder))


def problem_of(place: Place, base_sha256: str) -> str | None:
    """Why a part cannot answer, if it can't."""
    try:
        verified(place, base_sha256)
    except ArtefactInvalid as error:
        return error.reason
    return None


def verified(place: Place, base_sha256: str | None) -> Artefact:
    """The part, whole, of its slot's kind and for the base. Raises ArtefactInvalid.

    With a base, it is about to answer: one whose training failed may not, unless an option asks for its folder.
    """
    artefact = open_artefact(place.folder, base_sha256=base_sha256, kinds=KINDS[place.slot])
    if place.sha256 is not None and artefact.sha256 != place.sha256:
        raise ArtefactInvalid(place.folder, f"{MANIFEST} is damaged: its sha256 is not the folder's name")
    if base_sha256 is not None and artefact.manifest.failed and place.origin != "given":
        raise ArtefactInvalid(
            place.folder, f"its training failed: {artefact.manifest.failed}; fit it again, or promote another part"
        )
    return artefact


def sha256_of_manifest(folder: Path) -> str | None:
    """The sha256 by which the part in a folder goes; None where no part is there."""
    manifest = folder / MANIFEST
    return sha256_of(manifest) if manifest.is_file() else None
