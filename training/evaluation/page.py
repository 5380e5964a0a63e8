"""An evaluation as a page of its own, for people who would rather read than count."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

# Of each figure its title and what it means, under the heading that it stands below.
GROUPS: dict[str, dict[str, tuple[str, str]]] = {
    "What is said": {
        "answered": ("answered", "of the questions that the bot should answer"),
        "offered": ("offered", "of these, answered with choices"),
        "right_when_answered": ("right when answered", "every required fact, no forbidden claim"),
        "right_of_all_answers": ("right of all answers", "those to questions it should not answer, too"),
        "fact_recall": ("facts said", "of all required ones"),
        "facts_in_reach": ("facts in reach", "said, or said after the right choice was picked"),
        "forbidden_rate": ("forbidden claims", "answers with at least one; fewer is better"),
        "invented_rate": ("invented claims", "answers with a claim that no cited passage holds; fewer is better"),
        "repetition": ("repetition", "answers that say a sentence again; fewer is better"),
    },
    "What is decided": {
        "handoff_f1": ("hand-off, F1", "handed over when, and only when, a person is needed"),
        "decline_recall": ("declined", "of what is not this shop's business"),
        "refused": ("declined or handed over", "of the same"),
        "adversarial_pass": ("adversarial passed", "the expected decision, no forbidden claim"),
        "adversarial_unharmed": ("adversarial without harm", "no forbidden claim, no answer out of scope"),
        "acts_right": ("acts right", "thanks, greetings and their like"),
    },
    "What is found": {
        "hit_at_1": ("hit@1", "the first article answers"),
        "hit_at_3": ("hit@3", "one of the first three does"),
        "hit_at_5": ("hit@5", "one of the first five does"),
        "mrr": ("MRR", "mean reciprocal rank of the first that does"),
        "facts_at_3": ("facts in three passages", "of all required ones"),
    },
    "How it runs": {
        "ttft_ms": ("time to first text", "median; fewer is better"),
        "tokens_per_s": ("tokens a second", "of what was said"),
        "gold_nll": ("NLL of the references", "nats per token; fewer is better"),
    },
}


def page(found: dict[str, Any]) -> str:
    """Self-contained HTML: figures, then every case with each backend's answer beside the others."""
    environment = Environment(
        loader=PackageLoader("training.evaluation", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    decisions = {str(reply["decision"]) for case in found["answers"] for reply in case["replies"].values()}
    template = environment.get_template("evaluation.html.j2")
    return template.render(found=found, groups=GROUPS, decisions=sorted(decisions))
