"""HTML inside an article as lines of plain text, in the grammar of `markdown.Block`; a heading's is "#2 Text"."""

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.retrieval.tables import row_sentences


def html_lines(content: str) -> list[str]:
    """The lines of a piece of HTML; comments, scripts and styles say nothing to a customer."""
    tree = LexborHTMLParser(content)
    for node in tree.css("script, style, template"):
        node.decompose()
    if tree.body is None:
        return []
    for image in tree.css("img[alt]"):
        image.replace_with(str(image.attributes["alt"] or ""))
    for table in tree.css("table"):
        table.replace_with("".join(f"\n- {row}\n" for row in _rows(table)))
    for heading in tree.css("h1, h2, h3, h4, h5, h6"):
        heading.replace_with(f"\n#{str(heading.tag)[1]} {_text(heading)}\n")
    for bullet in tree.css("ul > li"):
        bullet.insert_before("\n- ")
    for steps in tree.css("ol"):
        for number, step in enumerate((item for item in steps.iter() if item.tag == "li"), 1):
            step.insert_before(f"\n{number}. ")
    apart = (
        "address, article, blockquote, br, dd, details, div, dl, dt, figcaption, footer, header, hr, li, main, "
        "nav, ol, p, pre, section, summary, tr, ul"
    )
    for node in tree.css(apart):
        if node.tag != "li":
            node.insert_before("\n")
        node.insert_after("\n")
    lines = (" ".join(line.split()) for line in tree.body.text(deep=True).split("\n"))
    return [line for line in lines if line not in ("", "-")]


def _rows(table: LexborNode) -> list[str]:
    rows = [[_text(cell) for cell in row.css("th, td")] for row in table.css("tr")]
    has_heads = bool(table.css("thead, tr > th"))
    return row_sentences(rows[0] if has_heads else [], rows[1:] if has_heads else rows) if rows else []


def _text(node: LexborNode) -> str:
    return " ".join(node.text(deep=True, separator=" ").split())
