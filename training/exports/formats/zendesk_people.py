"""Who of those on a Zendesk ticket is staff: other customers write on tickets too."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from training.exports.conversation import Record, Unreadable, id_of, text_of
from training.exports.formats.bots import is_machine
from training.exports.formats.fields import flag, nested

STAFF = ("agent", "admin", "owner", "light-agent", "staff", "team-member")
# The id that Zendesk itself writes under.
SYSTEM = "-1"
GUESS = "zendesk: who alone answers a requester is staff, where nothing in the ticket says so"


@dataclass(frozen=True)
class People:
    """The authors of a ticket by what the ticket says of them; nobody is staff by default."""

    requester: str
    staff: frozenset[str] = frozenset()
    guess: str | None = None
    # Users whose names are those of bots.
    machines: frozenset[str] = frozenset()

    def is_customer(self, writer: str) -> bool:
        """Whether this author is no member of staff."""
        return writer != SYSTEM and writer not in self.staff


@dataclass
class _Known:
    """What is found out about authors; what was said first counts."""

    domains: frozenset[str]
    is_staff: dict[str, bool] = field(default_factory=dict)

    def add(self, writer: str, word: str = "", email: str = "") -> None:
        role, domain = word.lower().replace("_", "-"), email.rpartition("@")[2].lower()
        if not writer or writer == SYSTEM:
            return
        if role == "end-user" or role in STAFF:
            self.is_staff.setdefault(writer, role in STAFF)
        elif domain and self.domains:
            self.is_staff.setdefault(
                writer, any(domain == one or domain.endswith(f".{one}") for one in self.domains)
            )


def people_on(
    tickets: Sequence[Record], comments: Sequence[Record], requester: str, staff_domains: frozenset[str]
) -> People:
    """Who is staff, by the users of a ticket, its fields, its comments, and the domains of their e-mail.

    Customers open tickets for colleagues, and Zendesk hides mail of strangers; so where the assignee is
    known, neither opening a ticket nor a hidden comment proves that somebody is staff. Where nothing says who
    answers, the only other author is guessed to; where there are several, or an assignee who never wrote, it is
    Unreadable.
    """
    known = _Known(staff_domains)
    machines = set()
    for user in _users(tickets):
        known.add(id_of(user, "id"), text_of(user, "role"), text_of(user, "email"))
        if is_machine(text_of(user, "name")):
            machines.add(id_of(user, "id"))
    known.is_staff.setdefault(requester, False)
    authors: dict[str, None] = {}
    for comment in comments:
        author = nested(comment, "author")
        writer = _writer(comment)
        authors[writer] = None
        address = text_of(nested(nested(nested(comment, "via"), "source"), "from"), "address")
        known.add(writer, text_of(author, "role", "type"), text_of(author, "email") or address)
    assignees = {one for ticket in tickets if (one := id_of(ticket, "assignee_id")) and one != SYSTEM}
    for one in assignees:
        known.is_staff.setdefault(one, True)
    for ticket in tickets:
        for name in ("collaborator_ids", "follower_ids", "email_cc_ids"):
            for one in _ids(ticket.get(name)):
                known.is_staff.setdefault(one, False)
    if not assignees:
        for one in (*(id_of(ticket, "submitter_id") for ticket in tickets), *_hidden(comments)):
            if one and one != SYSTEM:
                known.is_staff.setdefault(one, True)
    unknown = [author for author in authors if author not in ("", SYSTEM) and author not in known.is_staff]
    staff = {writer for writer, is_staff in known.is_staff.items() if is_staff}
    if not unknown or not staff.isdisjoint(authors):
        return People(requester, frozenset(staff), machines=frozenset(machines))
    if len(unknown) > 1 or assignees:
        raise Unreadable(
            f"comments: nothing says who of the authors {', '.join(unknown)} is staff; export the "
            "tickets with their users, or name your domains under staff_domains in shop.toml"
        )
    return People(requester, frozenset((*staff, *unknown)), GUESS, frozenset(machines))


def _writer(comment: Record) -> str:
    return id_of(comment, "author_id") or id_of(nested(comment, "author"), "id", "email")


def _hidden(comments: Sequence[Record]) -> Iterable[str]:
    """Who wrote what the customer does not see; mail of somebody who is not on the ticket is hidden, too."""
    for comment in comments:
        if flag(comment, "public") is False and text_of(nested(comment, "via"), "channel").lower() != "email":
            yield _writer(comment)


def _users(tickets: Sequence[Record]) -> Iterable[Record]:
    for ticket in tickets:
        users = ticket.get("users")
        yield from (user for user in users if isinstance(user, dict)) if isinstance(users, list) else ()


def _ids(value: object) -> Iterable[str]:
    return (str(one) for one in value if isinstance(one, int | str)) if isinstance(value, list) else ()
