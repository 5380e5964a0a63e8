"""What every value of a profile is: frozen, closed, and no empty text; a wrong one is told in plain words."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


class Value(BaseModel):
    """A table of shop.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def like(pattern: str, said: str) -> AfterValidator:
    """Texts that match a pattern as a whole; `said` is what is wrong with others."""

    def matching(text: str) -> str:
        if re.fullmatch(pattern, text) is None:
            raise ValueError(said)
        return text

    return AfterValidator(matching)


def _hook(address: str) -> str:
    """An address that a secret may be used for: nobody on the way reads it."""
    said = "it must be a whole address without a password, with https://, or http:// for this machine alone"
    try:
        parts = urlsplit(address)
        local = parts.hostname in ("localhost", "127.0.0.1", "::1")
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise ValueError(said)
        # Reading the port is what checks it.
        if not parts.hostname or "@" in parts.netloc or parts.port == 0 or re.search(r"\s", address):
            raise ValueError(said)
    except ValueError as error:
        raise ValueError(said) from error
    return address


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Address = Annotated[Text, like(r"https?://[^\s/]+(/\S*)?", "it must be a whole address, with https://")]
Hook = Annotated[Text, AfterValidator(_hook)]
Domain = Annotated[
    Text,
    StringConstraints(to_lower=True),
    like(r"[a-z0-9-]+(\.[a-z0-9-]+)+", "it must be a domain, such as fernfrond.example"),
]
Email = Annotated[Text, like(r"[^@\s]+@[^@\s]+\.[^@\s]+", "it must be an e-mail address")]
Telephone = Annotated[
    Text, like(r"[+(]?\d[\d\s()./-]+( ?(x|ext\.?) ?\d+)?", "it must be a telephone number, in digits")
]
Language = Annotated[Text, like(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", "it must be a language tag, such as en or pt-BR")]
Colour = Annotated[
    Text, like(r"#[0-9a-fA-F]{6}", "it must be a colour of six hexadecimal digits, such as #24402f")
]
Page = Annotated[Text, like(r"[\w-]+\.html", "it must be the name of a page, such as shop.html")]
