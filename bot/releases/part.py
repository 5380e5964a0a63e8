"""The artefact: what training leaves on disk for one slot, and what serving verifies before use."""

import hashlib
import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from bot.backends import SHARED, BackendName, Kind
from bot.errors import ArtefactInvalid
from bot.files import sha256_of
from bot.releases.release import Slot
from bot.validation import first_wrong_value

MANIFEST = "artefact.json"


class BaseFacts(BaseModel):
    """The base that an artefact was made for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    sha256: str


class DatasetFacts(BaseModel):
    """The data that an artefact was made from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    dialogues: int
    sources: dict[str, int]


class ShopFacts(BaseModel):
    """The shop that an artefact was trained for, and the words that only this shop uses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    own_words: tuple[str, ...]


class Manifest(BaseModel):
    """`artefact.json`; `files` has the sha256 of every other file of the folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    kind: Kind
    backend: BackendName | None = Field(None, description="None for a part that every backend shares.")
    base: BaseFacts
    recipe: dict[str, Any]
    dataset: DatasetFacts
    shop: ShopFacts | None = None
    metrics: dict[str, FiniteFloat]
    failed: str | None = Field(None, description="Why it must not be promoted, where its training went wrong.")
    files: dict[str, str]

    @model_validator(mode="after")
    def _shared_or_not(self) -> "Manifest":
        if (self.backend is None) != (self.kind in SHARED):
            said = "names none, because every backend shares it" if self.backend else "names the backend"
            raise ValueError(f"a '{self.kind}' {said} that it is for")
        return self

    @property
    def slot(self) -> Slot:
        """Where it answers: the slot of its backend, or its own kind's."""
        if self.backend is not None:
            return self.backend
        return next(shared for shared in SHARED if shared == self.kind)

    @property
    def reads(self) -> bool:
        """Whether a learned part was trained to read, with a question, the sentences that answer it."""
        return bool(self.recipe.get("reading"))


class Artefact(BaseModel):
    """A verified artefact; `sha256` is that of its manifest, which covers every file."""

    model_config = ConfigDict(frozen=True)

    folder: Path
    manifest: Manifest
    sha256: str

    def read(self, name: str) -> bytes:
        """The bytes of a file of the manifest, checked again: it may have been overwritten since it was verified.

        Raises ArtefactInvalid where they are not what the manifest states.
        """
        try:
            data = (self.folder / name).read_bytes()
        except FileNotFoundError:
            raise ArtefactInvalid(self.folder, f"{name} is missing") from None
        if hashlib.sha256(data).hexdigest() != self.manifest.files.get(name):
            raise ArtefactInvalid(self.folder, f"{name} is damaged: its sha256 is not the manifest's")
        return data


def write_manifest(folder: Path, **facts: Any) -> Artefact:
    """Hash every file of `folder` and write its manifest beside them.

    Raises ArtefactInvalid for facts that it may not state, such as a metric that is no finite number.
    """
    files = {
        file.relative_to(folder).as_posix(): sha256_of(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != MANIFEST
    }
    try:
        manifest = Manifest(files=files, **facts)
    except ValidationError as error:
        raise ArtefactInvalid(folder, f"it is not written: {first_wrong_value(error)}") from error
    # An artefact that did not fail looks as it did before there was the mark.
    unsaid = {name for name in ("backend", "failed") if getattr(manifest, name) is None}
    stated = manifest.model_dump(mode="json", exclude=unsaid)
    text = json.dumps(stated, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    return Artefact(folder=folder, manifest=manifest, sha256=sha256_of(folder / MANIFEST))


def open_artefact(
    folder: Path, *, base_sha256: str | None = None, kinds: tuple[Kind, ...] | None = None
) -> Artefact:
    """Verify an artefact: its manifest, its files' hashes, its kind and its base (None: any).

    Raises ArtefactInvalid with what is wrong and what to do.
    """
    file = folder / MANIFEST
    try:
        text = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise ArtefactInvalid(folder, f"there is no {MANIFEST}; make one with `trilane-train fit`") from None
    try:
        manifest = Manifest.model_validate_json(text)
    except ValidationError as error:
        wrong = first_wrong_value(error, "the file")
        raise ArtefactInvalid(folder, f"{MANIFEST} is not valid: {wrong}") from error
    if kinds is not None and manifest.kind not in kinds:
        raise ArtefactInvalid(folder, f"it is a '{manifest.kind}', but '{' or '.join(kinds)}' is wanted here")
    if base_sha256 is not None and manifest.base.sha256 != base_sha256:
        what, variable = "base", "TRILANE_BASE_MODEL"
        if manifest.kind == "retriever":
            what, variable = "embedding model", "TRILANE_EMBEDDING_MODEL"
        raise ArtefactInvalid(
            folder,
            f"it was made for {what} {manifest.base.id} (sha256 {manifest.base.sha256[:12]}…), but this one "
            f"has sha256 {base_sha256[:12]}…; set {variable} to that one or fit the artefact again",
        )
    for name in manifest.files:
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise ArtefactInvalid(folder, f"{MANIFEST} names a file outside the folder: {name}")
    artefact = Artefact(folder=folder, manifest=manifest, sha256=hashlib.sha256(text).hexdigest())
    for name in manifest.files:
        artefact.read(name)
    return artefact
