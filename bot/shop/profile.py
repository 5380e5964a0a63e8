"""The shop's profile, `shop.toml`: whose support this is. Every text that names somebody is filled from here."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from bot.errors import Problem, ShopInvalid, SlotInvalid
from bot.shop.hours import Hours, listed
from bot.shop.lines import line_of
from bot.shop.slots import Absent, fill
from bot.shop.values import Address, Colour, Domain, Email, Hook, Language, Page, Telephone, Text, Value
from bot.validation import wrong_values

PROFILE = "shop.toml"
_PARSER_LINE = re.compile(r" \(at line (\d+), column \d+\)")


class Assistant(Value):
    """How the assistant introduces itself; the texts may have slots."""

    name: Text | None = Field(default=None, description="What it calls itself, where it has a name.")
    heading: Text | None = Field(default=None, description="Title of the chat; default: its name, or the shop's.")
    greeting: Text = Field(default="Hello! What can we help you with?", description="Stands in an empty chat.")
    disclosure: Text = Field(
        default="Answers are written by a computer and can be wrong.",
        description="Says that one talks to a program.",
    )
    farewell: Text | None = Field(default=None, description="Follows “You're welcome.”")


class Contacts(Value):
    """How people are reached: what customers are told where the bot cannot help; at least one."""

    telephone: Telephone | None = Field(default=None, description="As customers dial it.")
    email: Email | None = Field(default=None, description="Where people answer.")
    page: Address | None = Field(default=None, description="A page with a contact form, say.")

    @model_validator(mode="after")
    def _some(self) -> "Contacts":
        if not self.known:
            raise ValueError("give a telephone, an email or a page: customers must be able to reach somebody")
        return self

    @property
    def known(self) -> tuple[str, ...]:
        """What there is of the three."""
        return tuple(one for one in (self.telephone, self.email, self.page) if one)


class Orders(Value):
    """What an order's number looks like."""

    pattern: Text = Field(description="Regular expression of the whole number.")
    example: Text = Field(description="A number of that form.")

    @model_validator(mode="after")
    def _matching(self) -> "Orders":
        try:
            matches = re.fullmatch(self.pattern, self.example)
        except re.error as error:
            raise ValueError(f"`pattern` is no regular expression: {error}") from error
        if matches is None:
            raise ValueError(f"`example` {self.example} does not match `pattern` {self.pattern}")
        return self


class Lookup(Value):
    """A program of the shop's that knows how an order stands; what it is sent and answers: docs/formats.md."""

    url: Hook = Field(description="What is asked: https, or http to this machine.")
    what: Text = Field(default="order", description="What has the number: order, booking, ticket.")
    timeout_s: float = Field(default=3.0, gt=0, le=20, description="Longest wait for its answer, in seconds.")


class Links(Value):
    """Pages that customers are sent to."""

    tracking: Address | None = Field(default=None, description="Where customers follow a parcel.")
    returns: Address | None = Field(default=None, description="Where customers begin a return.")
    privacy: Address | None = Field(default=None, description="Beneath the chat.")


class Safety(Value):
    """What is said where somebody may be hurt; the texts may have slots."""

    emergency: Text = Field(
        default="If anybody is hurt or in danger, please call your local emergency number right away. "
        "Once everyone is safe, tell our team what happened at {{ shop.contacts.all }}.",
        description="The reply to an emergency.",
    )
    crisis: Text = Field(
        default="I'm really sorry that you feel like this, and I'm glad that you said it. Please talk to somebody "
        "right now: call your local emergency number or a crisis line, or go to someone you trust. You don't have "
        "to face this alone.",
        description="The reply to somebody who may harm themselves.",
    )


class Look(Value):
    """The chat and the page it is shown on."""

    colour: Colour | None = Field(default=None, description="Of the chat's buttons: #24402f.")
    logo: Text | None = Field(default=None, description="A picture in the shop's folder: svg, png, jpg or webp.")
    page: Page | None = Field(
        default=None, description="Page of the built widget's folder that is shown at /; default: a plain one."
    )

    @field_validator("logo")
    @classmethod
    def _inside(cls, logo: str | None) -> str | None:
        if logo and (Path(logo).is_absolute() or ".." in Path(logo).parts):
            raise ValueError("it must be a file in the shop's folder")
        if logo and Path(logo).suffix.lower() not in {".svg", ".png", ".jpg", ".jpeg", ".webp"}:
            raise ValueError("it must be an svg, png, jpg or webp")
        return logo


class Shop(Value):
    """Whose support this is."""

    name: Text = Field(description="As customers know it.")
    about: Text | None = Field(default=None, description='What it is, after "NAME, …": "an outdoor gear shop".')
    languages: tuple[Language, ...] = Field(
        default=("en",), min_length=1, description="That people answer in, the usual first (BCP 47)."
    )
    suggested_questions: tuple[Text, ...] = Field(default=(), description="Offered in an empty chat.")
    staff_domains: tuple[Domain, ...] = Field(default=(), description="Whoever writes from there is staff.")
    brand_words: tuple[Text, ...] = Field(
        default=(), description="Names that only this shop uses; no other shop's answers may say them."
    )
    assistant: Assistant = Assistant()
    contacts: Contacts
    hours: Hours | None = Field(default=None, description="When people answer the telephone.")
    orders: Orders | None = None
    # A shop without one keeps the sha256 that its profile had before there were any.
    lookup: Lookup | None = Field(default=None, exclude_if=lambda value: value is None)
    links: Links = Links()
    safety: Safety = Safety()
    look: Look = Look()

    @property
    def heading(self) -> str:
        """The title of the chat."""
        return self.assistant.heading or self.assistant.name or self.name

    @property
    def own_words(self) -> tuple[str, ...]:
        """Its name, brand words and domains: what another shop's answers must not say."""
        return tuple(dict.fromkeys((self.name, *self.brand_words, *self.staff_domains)))

    def foreign(self, words: Iterable[str]) -> tuple[str, ...]:
        """Those of another shop's own words that are not this one's, too."""
        own = {word.casefold() for word in self.own_words}
        return tuple(word for word in words if word.casefold() not in own)

    @property
    def slots(self) -> Mapping[str, Any]:
        """What texts may name, as `shop.…`; what the shop leaves out is there as Absent."""
        values = {"lookup": None} | self.model_dump() | self._sentences()
        return {key: _marked(value, f"shop.{key}") for key, value in values.items()}

    def _sentences(self) -> dict[str, Any]:
        contacts, hours = self.contacts, self.hours
        phone = f"by phone at {contacts.telephone}" if contacts.telephone else None
        written = [
            *([f"by e-mail at {contacts.email}"] if contacts.email else []),
            *([f"at {contacts.page}"] if contacts.page else []),
        ]
        ways = listed([*([phone] if phone else []), *written], "or")
        timed = ways
        if phone and hours:
            timed = f"{phone}, {hours.sentence}" + (f", or {listed(written, 'or')}" if written else "")
        said = {"all": listed(contacts.known, "or"), "ways": ways, "ways_with_hours": timed}
        return {
            "contacts": contacts.model_dump() | said,
            "hours": hours.model_dump() | {"sentence": hours.sentence} if hours else None,
            "assistant": self.assistant.model_dump() | {"heading": self.heading},
        }


def _marked(value: Any, path: str) -> Any:
    if value is None:
        return Absent(path)
    if isinstance(value, dict):
        return {key: _marked(one, f"{path}.{key}") for key, one in value.items()}
    return value


def profile_file(shop: Path) -> Path:
    """`shop.toml` of a shop's folder, or that file itself."""
    return shop if shop.suffix == ".toml" else shop / PROFILE


def read_shop(shop: Path) -> Shop:
    """Read the profile of a shop's folder. Raises ShopInvalid with everything that is wrong, by key and line."""
    file = profile_file(shop)
    try:
        text = file.read_text(encoding="utf-8-sig")
        values = tomllib.loads(text)
    except FileNotFoundError:
        raise ShopInvalid(
            [Problem(file, None, "there is no such file; `trilane init` writes a shop to begin with")]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ShopInvalid([Problem(file, None, f"it cannot be read: {error}")]) from error
    except tomllib.TOMLDecodeError as error:
        place = _PARSER_LINE.search(str(error))
        line = int(place.group(1)) if place else len(text.splitlines())
        raise ShopInvalid([Problem(file, line, _PARSER_LINE.sub("", str(error)))]) from error
    try:
        profile = Shop.model_validate(values)
    except ValidationError as error:
        problems = [Problem(file, line_of(text, wrong.place), wrong.sentence()) for wrong in wrong_values(error)]
        raise ShopInvalid(sorted(problems, key=lambda problem: problem.line or 0)) from error
    return _filled(profile, file, text)


def _filled(shop: Shop, file: Path, text: str) -> Shop:
    """The profile with the slots of its own texts filled."""
    slots, problems = shop.slots, list[Problem]()

    def filled(table: Value, name: str, keys: tuple[str, ...]) -> Value:
        said: dict[str, str] = {}
        for key in keys:
            if (written := getattr(table, key)) is None:
                continue
            try:
                said[key] = fill(written, slots)
            except SlotInvalid as error:
                problems.append(Problem(file, line_of(text, (name, key)), f"{name}.{key}: {error}"))
                continue
            if "{{" in said[key] or "{%" in said[key]:
                problem = f"{name}.{key}: it takes a text that has slots of its own"
                problems.append(Problem(file, line_of(text, (name, key)), problem))
        return table.model_copy(update=said)

    tables = {
        "assistant": filled(shop.assistant, "assistant", ("greeting", "disclosure", "farewell")),
        "safety": filled(shop.safety, "safety", ("emergency", "crisis")),
    }
    if problems:
        raise ShopInvalid(problems)
    return shop.model_copy(update=tables)
