"""How an order stands, as a program of the shop's says it: [lookup] of shop.toml, over HTTP.

A request is signed, so that the program can tell who asks, and ends in time. What comes back is read like an
article: its sentences are quoted. A number is a customer's own, so that it is in no log and in no error.
"""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field

import httpx2
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.errors import LookupFailed
from bot.retrieval.articles import Article, Passage
from bot.retrieval.cutting import cut
from bot.shop.profile import Lookup
from bot.validation import first_wrong_value

SIGNATURE = "Trilane-Signature"
# The article that looked-up passages are of; no source of it is in the help centre.
SLUG = "lookup"
MAX_BYTES = 65_536


class HookReply(BaseModel):
    """What the program answers; keys that are not known here may come later."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    found: bool
    title: str = Field("", max_length=200)
    text: str = Field("", max_length=8000)


@dataclass(frozen=True, slots=True)
class Hook:
    """The program of one shop, and the secret that it shares with us."""

    lookup: Lookup
    shop: str
    secret: str = field(repr=False)

    async def passages(self, number: str, conversation: str) -> list[Passage]:
        """What the program says of a number; none where it knows no such one. Raises LookupFailed."""
        asked = {"number": number, "conversation": conversation, "shop": self.shop}
        body = json.dumps(asked, ensure_ascii=False).encode()
        try:
            async with asyncio.timeout(self.lookup.timeout_s):
                raw = await self._post(body)
        except TimeoutError:
            raise self._failed(f"it gave no answer within {self.lookup.timeout_s:g} s") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise self._failed(f"it cannot be asked ({type(error).__name__})") from error
        try:
            reply = HookReply.model_validate_json(raw)
        except ValidationError as error:
            # What pydantic quotes may be the customer's.
            said = first_wrong_value(error)
            raise self._failed(f"its answer is not what docs/formats.md says: {said}") from None
        if not reply.found:
            return []
        title = " ".join(reply.title.split()) or self.lookup.what.capitalize()
        passages = cut(Article(SLUG, title, reply.text), lambda _: True)
        if not any(passage.sentences for passage in passages):
            raise self._failed("it found something and says nothing of it in `text`")
        return passages

    async def _post(self, body: bytes) -> bytes:
        """The body of the answer. A redirect is not followed: the signature is for one address."""
        headers = {
            "content-type": "application/json",
            "accept": "application/json",
            "accept-encoding": "identity",
            SIGNATURE: signature(self.secret, body, int(time.time())),
        }
        # A proxy of the environment cannot reach this machine.
        outside = self.lookup.url.lower().startswith("https:")
        async with (
            httpx2.AsyncClient(follow_redirects=False, trust_env=outside, timeout=self.lookup.timeout_s) as http,
            http.stream("POST", self.lookup.url, content=body, headers=headers) as response,
        ):
            if response.status_code != 200:
                raise self._failed(f"it answered with status {response.status_code}, and only 200 counts")
            raw = b""
            async for piece in response.aiter_bytes():
                raw += piece
                if len(raw) > MAX_BYTES:
                    raise self._failed(f"its answer is longer than {MAX_BYTES:,} bytes")
            return raw

    def _failed(self, reason: str) -> LookupFailed:
        # A query may hold a key.
        return LookupFailed(self.lookup.url.partition("?")[0], reason)


def signature(secret: str, body: bytes, at: int) -> str:
    """`t=…,v1=…`: the time in Unix seconds, and the HMAC-SHA256 over "TIME.BODY" in hexadecimal digits.

    The time is in it, so that a request that somebody copied is of no use later.
    """
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={signed.hexdigest()}"
