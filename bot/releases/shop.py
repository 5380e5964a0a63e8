"""The shop as releases see it: the name of its folder, and the profile that its answers are filled from."""

import re
import unicodedata

from bot.files import sha256_of_text
from bot.shop.profile import Shop


def slug(name: str) -> str:
    """A shop's name as a folder's name, in ASCII letters and digits; one without any goes by its sha256."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80] or f"shop-{sha256_of_text(name)[:12]}"


def profile_sha256(shop: Shop) -> str:
    """The sha256 of what the profile says; the order and the comments of shop.toml are not part of it."""
    return sha256_of_text(shop.model_dump_json())
