"""The environment (TRILANE_*) as one frozen value."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.errors import SettingsInvalid
from bot.validation import wrong_values

PREFIX = "TRILANE_"
PROJECT = Path(__file__).parents[1]
SECRET_MISSING = (
    f"{PREFIX}LOOKUP_SECRET: it is missing, and shop.toml has a [lookup]; give the secret that its program knows"
)


class Settings(BaseSettings):
    """What an operator may choose; every field is the variable TRILANE_<FIELD>."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    home: Path = Field(Path("var"), description="Where prepared models, indexes and the database go.")
    data: Path = Field(PROJECT / "data", description="The prompts and artefacts that Trilane brings.")
    shop: Path | None = Field(None, description="Whose support it is: a folder with a shop.toml; default DATA.")
    knowledge: Path | None = Field(None, description="Folder of help-centre articles; default SHOP/knowledge.")
    widget: Path = Field(PROJECT / "frontend" / "dist", description="The built widget and demo page.")
    database: Path | None = Field(None, description="The store; default HOME/trilane.db.")

    base_model: str = Field("bundled", description="'bundled', a folder, or a hub id.")
    embedding_model: str = Field("bundled", description="'bundled', 'multilingual', a folder, or a hub id.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="'auto' takes CUDA where it is there.")
    dtype: Literal["auto", "bfloat16", "float32"] = Field(
        "auto", description="'auto' measures which one this machine multiplies faster."
    )

    finetuned: Path | None = Field(None, description="A folder to serve instead of the release's part.")
    prompt_tuned: Path | None = Field(None, description="A folder to serve instead of the release's part.")
    prompted: Path | None = Field(None, description="A folder to serve instead of the release's part.")
    retriever: Path | None = Field(None, description="A folder to serve instead of the release's part.")
    reranker: Path | None = Field(None, description="A folder to serve instead of the release's part.")
    reader: Path | None = Field(None, description="A folder to serve instead of the release's part.")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="0 takes any free port.")
    root_path: str = Field(
        "", pattern=r"^(/[^/?#\s]+)*$", description="Path under which a proxy shows the server, as in /support."
    )
    max_message_chars: int = Field(
        4000, ge=1, le=100_000, description="Longest message of a customer, in characters."
    )
    max_queued: int = Field(32, ge=1, description="Replies waiting for the model before `busy`.")
    max_step_s: float = Field(60.0, gt=0, description="A longer step of the model hangs: /healthz fails.")
    cache_mib: int = Field(
        768,
        ge=0,
        description="Memory for what the model reads now and has read before; one whole prompt at least.",
    )
    read_ahead: bool = Field(True, description="The re-ranker reads the help centre while nobody asks (`serve`).")
    max_new_tokens: int = Field(160, ge=1, le=4096, description="Longest reply, in tokens.")
    max_prompt_tokens: int = Field(2048, ge=64, description="Older turns are left out beyond this.")
    max_run_s: float = Field(120.0, gt=0, description="Longest time for a reply, in seconds; then it is stopped.")
    heartbeat_s: float = Field(20.0, gt=0, description="How often a client is asked to send a ping.")
    lookup_secret: SecretStr | None = Field(
        None, description="What requests of the shop's [lookup] are signed with; its program knows it, too."
    )
    experiment: str = Field("first", min_length=1, description="Name and salt of the running experiment.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least serious line that is logged."
    )

    @property
    def database_path(self) -> Path:
        """The SQLite file of conversations."""
        return self.database or self.home / "trilane.db"

    @property
    def knowledge_dir(self) -> Path:
        """The folder of help-centre articles."""
        return self.knowledge or self.shop_dir / "knowledge"

    @property
    def shop_dir(self) -> Path:
        """The shop's folder; its shop.toml may stand for it."""
        shop = self.shop or self.data
        return shop.parent if shop.suffix == ".toml" else shop

    @property
    def cases_dir(self) -> Path:
        """The folder of evaluation cases."""
        return self.shop_dir / "cases"

    def given_part(self, slot: str) -> Path | None:
        """The folder that an option or a variable names for a slot of the release."""
        given: Path | None = getattr(self, slot.replace("-", "_"), None)
        return given

    def shipped_part(self, slot: str) -> Path:
        """The folder of the part that answers where nothing else was chosen."""
        return self.data / "releases" / slot


def load_settings(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read TRILANE_* variables; `overrides` (a command's options) win where they are not None.

    Raises SettingsInvalid with every unknown key and every bad value at once.
    """
    environ = os.environ if environ is None else environ
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    problems = [
        f"{name}: no such setting; known are {', '.join(sorted(known))}"
        for name in sorted(environ)
        if name.upper().startswith(PREFIX) and name.upper() not in known
    ]
    values: dict[str, Any] = {
        name: environ[f"{PREFIX}{name.upper()}"]
        for name in Settings.model_fields
        if environ.get(f"{PREFIX}{name.upper()}", "") != ""
    }
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        problems += [
            f"{PREFIX}{'.'.join(map(str, problem.place)).upper()}: {problem.reason}"
            + (f" (got {problem.value!r})" if problem.place else "")
            for problem in wrong_values(error)
        ]
    if problems:
        raise SettingsInvalid(problems)
    return settings
