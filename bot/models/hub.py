"""Models by folder or by hub id: only what loading needs, and nothing that could run code."""

from pathlib import Path

from bot.errors import BaseUnusable, EmbeddingUnusable

PATTERNS = ["*.json", "*.safetensors", "*.jinja", "*.txt", "*.model"]


def model_folder(name: str, variable: str, unusable: type[BaseUnusable] | type[EmbeddingUnusable]) -> Path:
    """The folder of that name, or the hub's copy of the model, fetched if need be. Raises `unusable`."""
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    if (folder := Path(name)).is_dir():
        return folder
    try:
        return Path(snapshot_download(name, allow_patterns=PATTERNS))
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        offline = "HF_HUB_OFFLINE is set, and it was never fetched here"
        raise unusable(
            f"{variable}={name}: not a folder here, and not to be had from the hub "
            f"({offline if constants.HF_HUB_OFFLINE else type(error).__name__}); "
            f"set {variable} to 'bundled', a folder, or a hub id"
        ) from error
