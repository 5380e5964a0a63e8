"""The release: everything that answers in a shop, as one manifest with one sha256.

The parts are artefacts, each named by the sha256 of its own manifest, which covers its files, its recipe and its
base. The articles are not among them: a changed one raises the index version, which is kept beside the release.
"""

import json
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from bot.backends import SHARED, TABLE, BackendName, Kind, Shared
from bot.files import sha256_of_text

Slot = Literal[BackendName, Shared]
SLOTS: tuple[Slot, ...] = get_args(Slot)
KINDS: dict[Slot, tuple[Kind, ...]] = {
    **{backend: facts.kinds for backend, facts in TABLE.items()},
    **{shared: (shared,) for shared in SHARED},
}
# Without these a shop is served all the same, as the stock search finds and orders.
OPTIONAL: tuple[Slot, ...] = SHARED


class Release(BaseModel):
    """What answers. A slot that nothing fills is absent; the stock embedder stands for a trained retriever."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    parts: dict[Slot, str]
    profile: str

    def text(self) -> str:
        """Canonical JSON: equal releases are the same bytes on every machine."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))

    @property
    def sha256(self) -> str:
        """What stands on every turn, and names the arm."""
        return sha256_of_text(self.text())
