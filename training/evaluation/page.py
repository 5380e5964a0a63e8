"""An evaluation as a page of its own, for people who would rather read than count."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def page(found: dict[str, Any]) -> str:
    """Self-contained HTML: figures, then every case with each backend's answer beside the others."""
    environment = Environment(
        loader=PackageLoader("training.evaluation", "pages"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("evaluation.html.j2").render(found=found)
