"""Who of those on a Zendesk ticket is staff: other customers write on tickets too."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from training.exports.conversation import Record, Unreadable, id_of, text_of
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

    Where nothing says who answers, the only other author is guessed to; where there are several it is Unreadable.
    """
    known = _Known(staff_domains)
    for user in _users(tickets):
        known.add(id_of(user, "id"), text_of(user, "role"), text_of(user, "email"))
    for ticket in tickets:
        known.is_staff.setdefault(requester, False)
        for name in ("collaborator_ids", "follower_ids", "email_cc_ids"):
            for one in _ids(ticket.get(name)):
                known.is_staff.setdefault(one, False)
        # Only staff opens a ticket for somebody else.
        for one in (id_of(ticket, "assignee_id"), id_of(ticket, "submitter_id")):
            if one and one != SYSTEM:
                known.is_staff.setdefault(one, True)
    authors: dict[str, None] = {}
    for comment in comments:
        author = nested(comment, "author")
        writer = id_of(comment, "author_id") or id_of(author, "id", "email")
        authors[writer] = None
        address = text_of(nested(nested(nested(comment, "via"), "source"), "from"), "address")
        known.add(writer, text_of(author, "role", "type"), text_of(author, "email") or address)
        # Only staff writes what the customer does not see.
        if flag(comment, "public") is False and writer != SYSTEM:
            known.is_staff.setdefault(writer, True)
    unknown = [author for author in authors if author not in ("", SYSTEM) and author not in known.is_staff]
    staff = {writer for writer, is_staff in known.is_staff.items() if is_staff}
    if not unknown or not staff.isdisjoint(authors):
        return People(requester, frozenset(staff))
    if len(unknown) > 1:
        raise Unreadable(
            f"comments: nothing says who of the authors {', '.join(unknown)} is staff; export the "
            "tickets with their users, or name your domains under staff_domains in shop.toml"
        )
    return People(requester, frozenset((*staff, *unknown)), GUESS)


def _users(tickets: Sequence[Record]) -> Iterable[Record]:
    for ticket in tickets:
        users = ticket.get("users")
        yield from (user for user in users if isinstance(user, dict)) if isinstance(users, list) else ()


def _ids(value: object) -> Iterable[str]:
    return (str(one) for one in value if isinstance(one, int | str)) if isinstance(value, list) else ()
