"""What every part of prompt.toml is."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Frozen and closed, like every value that is read from a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
