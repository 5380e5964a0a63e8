"""A recipe: the TOML file from which an artefact is reproduced."""

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.backends import BackendName
from bot.errors import RecipeInvalid, SlotInvalid
from bot.shop.profile import Shop
from bot.shop.slots import fill
from bot.validation import wrong_values
from training.dataset.reading_options import ReaderOptions, ReadingOptions

SHIPPED = Path(__file__).parent / "recipes"

MethodName = Literal["lora", "soft-prompt", "prompt", "reranker", "retriever", "reader"]
# The backend that a method makes; None for what all of them share.
BACKENDS: dict[MethodName, BackendName | None] = {
    "lora": "finetuned",
    "soft-prompt": "prompt-tuned",
    "prompt": "prompted",
    "reranker": None,
    "retriever": None,
    "reader": None,
}
# The tables of its own that each method reads.
TABLES: dict[MethodName, tuple[str, ...]] = {
    "lora": ("lora", "reading"),
    "soft-prompt": ("soft_prompt", "reading"),
    "prompt": ("prompt",),
    "reranker": ("lora",),
    "retriever": ("lora", "retriever"),
    "reader": ("lora", "reader"),
}
ALL_TABLES = {table for tables in TABLES.values() for table in tables}

# What a method that renders no dialogue does not read, and a method without gradients.
RENDERING_KEYS = {"system", "batch_tokens", "max_tokens"}
TRAINING_KEYS = RENDERING_KEYS | {
    "epochs", "batch_size", "learning_rate", "warmup", "weight_decay", "max_grad_norm",
}  # fmt: skip
UNREAD_KEYS: dict[MethodName, set[str]] = {
    "prompt": TRAINING_KEYS,
    "retriever": RENDERING_KEYS,
    "reader": {"system"},
}


# Keys that stand in an artefact only where they say something, so that older recipes look as they did.
UNSAID = ("backend", "shops", "replay", "init_from", "reading")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


class LoraOptions(_Table):
    """Low-rank adapters on every linear layer. Source: https://arxiv.org/abs/2106.09685"""

    rank: int = Field(default=16, ge=1, le=256)
    alpha: int = Field(default=32, ge=1, description="The update is scaled by alpha / rank.")
    dropout: float = Field(default=0.0, ge=0, lt=1)


class SoftPromptOptions(_Table):
    """Trained input embeddings before the chat template. Source: https://arxiv.org/abs/2104.08691"""

    tokens: int = Field(default=24, ge=1, le=512, description="Rows of the soft prompt.")
    init_text: str | None = Field(default=None, min_length=1, description="Its first value; default: system.")


class PromptOptions(_Table):
    """The engineered prompt whose numbers are chosen on transcripts."""

    file: str = Field(default="prompts/support.toml", description="The prompt file under DATA.")
    sample: int = Field(default=240, ge=1, description="Answers of transcripts that the choice is made on.")


class RetrieverOptions(_Table):
    """What a retriever is taught by. Source: https://arxiv.org/abs/1705.00652, with mined hard negatives."""

    scale: float = Field(default=20.0, gt=0, description="Of the cosines in the loss.")
    negatives: int = Field(default=1, ge=0, le=8, description="Near texts that don't answer, for each question.")
    guard: float = Field(default=1.0, ge=0, description="Weight of staying near the untrained vectors.")


class Recipe(_Table):
    """What to train, on what, and how; every key is written into the artefact."""

    method: MethodName
    backend: BackendName | None = None
    transcripts: list[str] = Field(["transcripts/*"], min_length=1, description="Globs in the shop's folder.")
    shops: list[str] = Field([], description="Globs of other shops' folders below DATA: their cases are learnt.")
    replay: float | None = Field(
        None, ge=0, lt=1, description="Share of the answers that come from `shops`; the rest are the shop's own."
    )
    system: str = Field("", description="The system text of what is trained, with slots.")
    seed: int = 0
    init_from: str | None = Field(
        None, min_length=1, description="Weights to begin with: `shipped`, or the folder of an artefact."
    )
    epochs: int = Field(3, ge=1)
    batch_tokens: int = Field(2304, ge=16, description="Tokens in a batch at most, its padding among them.")
    batch_size: int | None = Field(None, ge=1, description="Dialogues, or questions, in a batch at most.")
    learning_rate: float = Field(1e-3, gt=0, description="Its peak, after the warm-up.")
    warmup: float = Field(0.05, ge=0, lt=1, description="Share of all steps.")
    weight_decay: float = Field(0.0, ge=0)
    max_grad_norm: float = Field(1.0, gt=0)
    max_tokens: int = Field(1024, ge=16, description="A longer dialogue loses its oldest turns.")
    lora: LoraOptions = LoraOptions()
    soft_prompt: SoftPromptOptions = Field(default=SoftPromptOptions(), alias="soft-prompt")
    prompt: PromptOptions = PromptOptions()
    retriever: RetrieverOptions = RetrieverOptions()
    reader: ReaderOptions = ReaderOptions()
    reading: ReadingOptions | None = Field(None, description="Answers are learnt behind passages.")

    @model_validator(mode="after")
    def _one_method(self) -> "Recipe":
        if self.backend != BACKENDS[self.method]:
            made = BACKENDS[self.method]
            said = f"makes backend '{made}'" if made else "is for all backends: leave `backend` out"
            raise ValueError(f"method '{self.method}' {said}")
        if "system" not in UNREAD_KEYS.get(self.method, ()) and not self.system.strip():
            raise ValueError(f"method '{self.method}' needs a `system` text")
        if self.method == "prompt" and (self.init_from is not None or self.replay is not None):
            raise ValueError("method 'prompt' trains no weights: leave `init_from` and `replay` out")
        for table in sorted(self.model_fields_set & ALL_TABLES):
            if table not in TABLES[self.method]:
                raise ValueError(f"table [{table.replace('_', '-')}] does not belong to method '{self.method}'")
        return self

    @property
    def reads_articles(self) -> bool:
        """Whether it is learnt from answers together with the articles that they rest on."""
        return self.method in ("retriever", "reranker", "reader") or self.reading is not None

    def filled(self, shop: Shop) -> "Recipe":
        """This recipe with its texts as a shop says them. Raises RecipeInvalid naming the key."""
        try:
            soft_prompt = self.soft_prompt
            if soft_prompt.init_text:
                text = fill(soft_prompt.init_text, shop.slots)
                soft_prompt = soft_prompt.model_copy(update={"init_text": text})
            system = fill(self.system, shop.slots)
        except SlotInvalid as error:
            raise RecipeInvalid(f"a text of the recipe: {error}") from error
        return self.model_copy(update={"system": system, "soft_prompt": soft_prompt})

    def resolved(self) -> dict[str, Any]:
        """Every key that matters to this method, with defaults filled in; a valid recipe again."""
        others = ALL_TABLES.difference(TABLES[self.method]) | UNREAD_KEYS.get(self.method, set())
        others |= {name for name in UNSAID if getattr(self, name) in (None, [])}
        return self.model_dump(mode="json", by_alias=True, exclude=others)


def find_recipe(name: str) -> Path:
    """The file of a shipped recipe ("lora") or of a path; raises RecipeInvalid when there is none."""
    shipped = SHIPPED / f"{name}.toml"
    file = shipped if shipped.is_file() else Path(name)
    if not file.is_file():
        known = ", ".join(sorted(recipe.stem for recipe in SHIPPED.glob("*.toml")))
        raise RecipeInvalid(f"recipe {name}: no such file, and no shipped recipe of that name ({known})")
    return file


def read_recipe(file: Path) -> Recipe:
    """Parse and check a recipe; raises RecipeInvalid naming the file and every wrong key."""
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeInvalid(f"recipe {file}: {error}") from error
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        wrong = "; ".join(problem.sentence() for problem in wrong_values(error))
        raise RecipeInvalid(f"recipe {file}: {wrong}") from error
