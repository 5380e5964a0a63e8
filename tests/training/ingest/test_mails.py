"""Of a mail only what its writer added is learnt from, whatever program wrote the quote's header."""

import pytest

from training.ingest.cleaning import plain_text

HEADERS = [
    "On Mon, Mar 2, 2026 at 9:14 AM Jo Doe-Tannhof <\njo.doe@x.example> wrote:",
    "On Tue, 3 Mar 2026 at 10:02, The Shop <help@x.example>\nwrote:",
    "On 2 Mar 2026, at 09:14, Jo Doe wrote:",
    "Op ma 2 mrt 2026 om 09:14 schreef Jo Doe <jo@x.example>:",
    "Em seg., 2 de mar. de 2026 às 09:14, Jo Doe <jo@x.example> escreveu:",
    "El lun, 2 mar 2026 a las 9:14, Jo Doe (<jo@x.example>) escribió:",
    "Le lun. 2 mars 2026 à 09:14, Jo Doe <jo@x.example> a écrit :",
    "Il giorno lun 2 mar 2026 alle ore 09:14 Jo Doe <\njo@x.example> ha scritto:",
    "W dniu 2.03.2026 o 09:14, Jo Doe pisze, napisał(a):",
    "pon., 2 mar 2026 o 09:14 Jo Doe <jo@x.example> napisał(a):",
    "Am Mo., 2. März 2026 um 09:14 Uhr schrieb Jo Doe-Tannhof <\njo@x.example>:",
    "On 2 March Jo Doe wrote:",
]
OWN_WORDS = [
    "Three boxes, please.\n\nFrom: Hamburg\nTo: Vienna\n\nWhat does it cost?",
    "Hi,\n\nOn 14 May the driver left a card on which he wrote:\nit is at number 9.\n\nWhere is my tent?",
    "Two questions.\n\nKind regards,\nI wrote in my first mail, but nobody answered.\n\nIs it included?",
    "Am Samstag schrieb mir der Fahrer:\nWir kommen um 9.\n\nEr kam nicht.",
    "My order:\nName: Tent\nTo: Vienna",
]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Please check these:\n- the seam\n- the pole", "Please check these:\n- the seam\n- the pole"),
        ("My answer:\n> is that ok?\nNot at all", "My answer:\n> is that ok?\nNot at all"),
        ("On Monday I wrote:\nthe kettle whistles", "On Monday I wrote:\nthe kettle whistles"),
        ("It leaks.\n\nBest regards,\nJo Doe\nACME Ltd", "It leaks."),
        (
            "<p>Hi,</p><p>my <b>tent</b> leaks&nbsp;badly</p><blockquote>old text</blockquote>",
            "Hi,\nmy tent leaks badly",
        ),
        (
            "It works now, thank you so much for that!\n\nSent from my iPhone",
            "It works now, thank you so much for that!",
        ),
        ("Please send it again.\n-- \nJo Doe\nACME Ltd", "Please send it again."),
        (
            "Yes please.\n\nOn Mon, 3 Mar 2025 at 10:00, Help <a@b.example> wrote:\n> Shall we?",
            "Yes please.",
        ),
        (
            "Ja, gerne.\n\nAm 3. März 2025 um 10:00 schrieb Help <a@b.example>:\n> Sollen wir?",
            "Ja, gerne.",
        ),
        *(
            (
                f"Thank you, it fits.\n\n{header}\n\n> We sent a buckle.\n> It comes on Friday.",
                "Thank you, it fits.",
            )
            for header in HEADERS
        ),
        *((text, text) for text in OWN_WORDS),
        (
            "It is not here.\n\n________________________________\nFrom: Shop <s@x.example>\n"
            "Sent: Monday, January 1, 2024 9:00 AM\nTo: Jo\nSubject: Re: parcel\n\nSorry about that.",
            "It is not here.",
        ),
        ("Ist da.\n\nVon: Laden\nGesendet: Montag, 1. Januar 2024\nAn: Jo Doe\nBetreff: Paket\n\nAlt.", "Ist da."),
        (
            "It leaks.\n\nThanks,\nJo Doe\nHead of Buying\nTel +44 20 7946 0012\n\n"
            "This email and any attachments are confidential and intended solely for the addressee.",
            "It leaks.",
        ),
        ("We open a search.\n\nPia Ford\nCustomer Care\nwww.x.example | Follow us", "We open a search."),
        ("Where is it?\n\nThanks!", "Where is it?\n\nThanks!"),
        ("See below\nand above, it is > 5 and < 6", "See below\nand above, it is > 5 and < 6"),
    ],
)
def test_of_a_mail_only_what_its_writer_added_stays(written: str, said: str) -> None:
    markup = "html-mail" if written.startswith("<") else "mail"
    assert plain_text(written, markup) == said  # type: ignore[arg-type]
