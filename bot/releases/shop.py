"""The shop as releases see it: the name of its folder, and the profile that its answers are filled from."""

import re
import unicodedata

from bot.files import sha256_of_text
from bot.settings import Settings

NAME = "Juniper Trail Outfitters"


def shop_slug(settings: Settings) -> str:  # noqa: ARG001
    """The shop's name as a folder's name."""
    return slug(NAME)


def profile_sha256(settings: Settings) -> str | None:  # noqa: ARG001
    """The sha256 of what the shop's profile says; comments and order are not part of it."""
    return None


def slug(name: str) -> str:
    """Lower-case ASCII letters and digits with hyphens; a name without any goes by its sha256."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or f"shop-{sha256_of_text(name)[:12]}"
