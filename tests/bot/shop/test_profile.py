"""Tests of shop.toml: what is refused, by key and line, and what texts take from it."""

from pathlib import Path

import pytest

from bot.errors import ShopInvalid, SlotInvalid
from bot.settings import Settings, load_settings
from bot.shop.profile import Shop, read_shop
from bot.shop.slots import fill

SMALL = 'name = "Fern & Frond"\n[contacts]\nemail = "hello@fernfrond.example"\n'


def written(folder: Path, text: str) -> Path:
    (folder / "shop.toml").write_text(text, encoding="utf-8")
    return folder


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ShopInvalid) as caught:
        read_shop(written(folder, text))
    return [f"{problem.file.name}:{problem.line}: {problem.reason}" for problem in caught.value.problems]


def test_the_shipped_profile_says_what_its_help_centre_says(settings: Settings) -> None:
    shop = read_shop(settings.shop_dir)
    article = (settings.knowledge_dir / "contact-support.md").read_text(encoding="utf-8")
    for detail in shop.contacts.known:
        assert detail in article
    assert shop.slots["contacts"]["ways_with_hours"] == (
        "by phone at (303) 555-0142, Monday to Friday from 7 a.m. to 7 p.m. and on weekends from 8 a.m. to 5 p.m. "
        "Mountain time, or by e-mail at help@junipertrail.example"
    )


def test_a_folder_and_its_file_are_the_same_shop(tmp_path: Path) -> None:
    written(tmp_path, SMALL)
    assert read_shop(tmp_path) == read_shop(tmp_path / "shop.toml")
    for given in (tmp_path, tmp_path / "shop.toml"):
        settings = load_settings({}, shop=given)
        assert (settings.knowledge_dir, settings.cases_dir) == (tmp_path / "knowledge", tmp_path / "cases")
    assert load_settings({"TRILANE_SHOP": str(tmp_path)}, knowledge=Path("other")).knowledge_dir == Path("other")


def test_a_byte_order_mark_is_no_part_of_a_profile(tmp_path: Path) -> None:
    plain = read_shop(written(tmp_path, SMALL))
    (tmp_path / "shop.toml").write_text(SMALL, encoding="utf-8-sig")
    assert read_shop(tmp_path) == plain


def test_everything_wrong_is_said_at_once_with_its_line(tmp_path: Path) -> None:
    text = """name = "Fern & Frond"
telephone = "12"

[contacts]
email = "nobody"

[hours]
time_zone = "Mars/Olympus"
[[hours.open]]
days = ["monday"]
opens = "09:00"
closes = "17:00"
[[hours.open]]
days = ["tuesday", "tuesday"]
opens = "09:00"
closes = "17:00"

[orders]
pattern = '[A-Z'
example = "A1"
"""
    assert problems(tmp_path, text) == [
        "shop.toml:2: telephone: no such key",
        "shop.toml:5: contacts.email: it must be an e-mail address",
        "shop.toml:8: hours.time_zone: no such time zone; take an IANA name such as Europe/Berlin",
        "shop.toml:13: hours.open.1: a day stands there twice",
        "shop.toml:18: orders: `pattern` is no regular expression: unterminated character set at position 0",
    ]


@pytest.mark.parametrize(
    ("line", "more", "said"),
    [
        (5, '[assistant]\ngreeting = "Hi from {{ shop.nmae }}"', "assistant.greeting: there is no slot 'nmae'"),
        (
            6,
            '[assistant]\nname = "Moss"\ngreeting = "{% if %}"',
            "assistant.greeting: the text is no valid template",
        ),
        (
            5,
            '[safety]\nemergency = "Call {{ shop.contacts.telephone }}"',
            "safety.emergency: 'shop.contacts.telephone'",
        ),
        (5, '[look]\nlogo = "../logo.svg"', "look.logo: it must be a file in the shop's folder"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_place(tmp_path: Path, line: int, more: str, said: str) -> None:
    (problem,) = problems(tmp_path, SMALL + more + "\n")
    assert problem.startswith(f"shop.toml:{line}: {said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "F"\nname = "G"\n', "shop.toml:2: Cannot overwrite a value"),
        ('name = "F"\n', "shop.toml:None: contacts: it is missing"),
        ('name = "F"\n[contacts]\n', "shop.toml:2: contacts: give a telephone, an email or a page"),
    ],
)
def test_a_profile_without_its_head_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (problem,) = problems(tmp_path, text)
    assert problem.startswith(said)


def test_a_missing_profile_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ShopInvalid, match="trilane init"):
        read_shop(tmp_path)


def test_what_a_shop_leaves_out_can_be_asked_for_but_not_said(tmp_path: Path) -> None:
    slots = read_shop(written(tmp_path, SMALL)).slots
    text = "Write to {{ shop.contacts.email }}{% if shop.contacts.telephone %} or call us{% endif %}."
    assert fill(text, slots) == "Write to hello@fernfrond.example."
    with pytest.raises(SlotInvalid, match=r"'shop\.contacts\.telephone' has no value in this shop"):
        fill("Call {{ shop.contacts.telephone }}.", slots)


def test_a_value_is_never_read_as_a_slot(tmp_path: Path) -> None:
    shop = read_shop(written(tmp_path, SMALL.replace("Fern & Frond", "{{ 7 * 7 }} & <b>")))
    assert fill("At {{ shop.name }}", shop.slots) == "At {{ 7 * 7 }} & <b>"


@pytest.mark.parametrize(
    "text",
    [
        "{{ shop.__class__.__mro__ }}",
        "{{ 1 / 0 }}",
        "{% for number in range(9999999) %}{{ number }}{% endfor %}",
        "{{ shop.name[99] }}",
        "{{ 'a' + 1 }}",
    ],
)
def test_a_text_that_reaches_too_far_is_refused(tmp_path: Path, text: str) -> None:
    slots = read_shop(written(tmp_path, SMALL)).slots
    with pytest.raises(SlotInvalid):
        fill(text, slots)


@pytest.mark.parametrize(
    ("openings", "clock", "sentence"),
    [
        ([("mon tue wed thu fri", "09:00", "17:30")], 24, "Monday to Friday from 9:00 to 17:30"),
        ([("mon tue wed thu fri sat sun", "00:00", "00:00")], 12, "every day from midnight to midnight"),
        ([("tue", "09:00", "12:00"), ("tue", "13:00", "18:30")], 12,
         "on Tuesday from 9 a.m. to noon and from 1 p.m. to 6:30 p.m."),
        ([("mon thu", "10:00", "14:00"), ("fri sat", "10:00", "12:30"), ("sun", "11:00", "12:00")], 24,
         "on Monday and Thursday from 10:00 to 14:00, on Friday and Saturday from 10:00 to 12:30 "
         "and on Sunday from 11:00 to 12:00"),
    ],
)  # fmt: skip
def test_hours_are_said_in_a_sentence(openings: list[tuple[str, str, str]], clock: int, sentence: str) -> None:
    names = {"mon": "monday", "tue": "tuesday", "wed": "wednesday", "thu": "thursday", "fri": "friday"}
    names |= {"sat": "saturday", "sun": "sunday"}
    times = [
        {"days": [names[day] for day in days.split()], "opens": opens, "closes": closes}
        for days, opens, closes in openings
    ]
    hours = {"time_zone": "Europe/Berlin", "clock": clock, "open": times}
    shop = Shop.model_validate({"name": "F", "contacts": {"telephone": "+49 30 555 0100"}, "hours": hours})
    assert shop.hours is not None and shop.hours.sentence == sentence
    assert shop.slots["contacts"]["ways_with_hours"] == f"by phone at +49 30 555 0100, {sentence}"


def test_openings_of_one_day_do_not_overlap(tmp_path: Path) -> None:
    hours = '[hours]\ntime_zone = "UTC"\n' + 2 * (
        '[[hours.open]]\ndays = ["monday"]\nopens = "09:00"\ncloses = "17:00"\n'
    )
    assert problems(tmp_path, SMALL + hours) == ["shop.toml:4: hours: two openings of monday overlap"]


@pytest.mark.parametrize(
    "url",
    ["https://fernfrond.example/orders", "http://localhost:8080/orders", "http://127.0.0.1:1/", "http://[::1]:1/"],
)
def test_what_is_looked_up_is_asked_for_in_private(tmp_path: Path, url: str) -> None:
    shop = read_shop(written(tmp_path, f'{SMALL}[lookup]\nurl = "{url}"\nwhat = "booking"\n'))
    assert shop.lookup and (shop.lookup.url, shop.lookup.timeout_s) == (url, 3.0)
    assert fill("{% if shop.lookup %}{{ shop.lookup.what }}{% endif %}", shop.slots) == "booking"


@pytest.mark.parametrize(
    "lookup",
    [
        'url = "http://fernfrond.example/orders"',
        'url = "https://name:word@fernfrond.example/"',
        'url = "http://localhost:99999/"',
        'url = "ftp://localhost/"',
        'url = "https://fern frond.example/"',
        'url = "https://"',
        'url = "https://fernfrond.example/"\nsecret = "in the folder"',
        'url = "https://fernfrond.example/"\ntimeout_s = 0',
        'url = "https://fernfrond.example/"\ntimeout_s = nan',
        'what = "order"',
    ],
)
def test_a_lookup_that_would_give_a_number_away_is_refused(tmp_path: Path, lookup: str) -> None:
    (problem,) = problems(tmp_path, f"{SMALL}[lookup]\n{lookup}\n")
    assert "lookup" in problem


def test_a_shop_without_a_lookup_is_the_shop_that_it_was(tmp_path: Path) -> None:
    shop = read_shop(written(tmp_path, SMALL))
    assert "lookup" not in shop.model_dump_json()
    assert fill("{% if shop.lookup %}a{% else %}b{% endif %}", shop.slots) == "b"
