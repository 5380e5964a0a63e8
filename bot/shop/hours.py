"""Opening hours as data, and the sentence that is made of them."""

from collections.abc import Sequence
from datetime import time
from itertools import groupby, pairwise
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, model_validator

from bot.shop.values import Text, Value

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
DAYS: tuple[Day, ...] = get_args(Day)
MIDNIGHT = time(0)


def _known_zone(name: str) -> str:
    known = available_timezones()
    # A machine without a time-zone database cannot tell.
    if known and name not in known:
        raise ValueError("no such time zone; take an IANA name such as Europe/Berlin")
    return name


class Opening(Value):
    """Some days of the week with the same hours; `closes` at 00:00 is the end of the day."""

    days: tuple[Day, ...] = Field(min_length=1, description="Days of the week, in English and lower case.")
    opens: time = Field(description='Such as "09:00".')
    closes: time = Field(description='Such as "17:30"; "00:00" is midnight.')

    @model_validator(mode="after")
    def _forward(self) -> "Opening":
        if len(set(self.days)) != len(self.days):
            raise ValueError("a day stands there twice")
        if self.closes != MIDNIGHT and self.closes <= self.opens:
            raise ValueError(f"it closes at {self.closes:%H:%M}, before it opens at {self.opens:%H:%M}")
        return self


class Hours(Value):
    """When people answer; a day that is not named is closed."""

    time_zone: Annotated[str, AfterValidator(_known_zone)] = Field(description="IANA name: America/Denver.")
    time_zone_name: Text | None = Field(default=None, description='What customers call it: "Mountain time".')
    clock: Literal[12, 24] = Field(default=24, description="Whether 5 p.m. or 17:00 is said.")
    open: tuple[Opening, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _apart(self) -> "Hours":
        for day in DAYS:
            spans = sorted((one.opens, one.closes) for one in self.open if day in one.days)
            for (_, closes), (opens, _) in pairwise(spans):
                if closes == MIDNIGHT or opens < closes:
                    raise ValueError(f"two openings of {day} overlap")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The time zone, for reckoning."""
        return ZoneInfo(self.time_zone)

    @property
    def sentence(self) -> str:
        """ "Monday to Friday from 7 a.m. to 7 p.m. and on weekends from 8 a.m. to 5 p.m. Mountain time"."""
        parts = [
            f"{days_said(days)} "
            + " and ".join(f"from {self._said(one.opens)} to {self._said(one.closes)}" for one in same)
            for days, same in groupby(self.open, key=lambda one: one.days)
        ]
        return " ".join([listed(parts), *([self.time_zone_name] if self.time_zone_name else [])])

    def _said(self, at: time) -> str:
        if self.clock == 24:
            return f"{at.hour}:{at.minute:02}"
        if at.minute == 0 and at.hour in (0, 12):
            return "noon" if at.hour else "midnight"
        minutes = f":{at.minute:02}" if at.minute else ""
        return f"{(at.hour - 1) % 12 + 1}{minutes} {'a.m.' if at.hour < 12 else 'p.m.'}"


def days_said(days: Sequence[Day]) -> str:
    """Days as people say them: "every day", "on weekends", "Monday to Friday", "on Monday and Thursday"."""
    places = sorted(DAYS.index(day) for day in days)
    if len(places) == len(DAYS):
        return "every day"
    if places == [5, 6]:
        return "on weekends"
    names = [DAYS[place].title() for place in places]
    if len(places) > 2 and places[-1] - places[0] == len(places) - 1:
        return f"{names[0]} to {names[-1]}"
    return f"on {listed(names)}"


def listed(parts: Sequence[str], word: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    return f" {word} ".join(part for part in (", ".join(parts[:-1]), parts[-1]) if part)
