"""What stands above every report: its title, what was asked, and the key facts of each kind of result."""

from __future__ import annotations

from dataclasses import dataclass

from fairaudit.report import wording as w
from fairaudit.results import Audit
from fairaudit.results.explanation import Explanation
from fairaudit.results.power import Power
from fairaudit.results.selftest import SelfTest

Reported = Audit | Explanation | Power | SelfTest
"""Results that have reports."""


@dataclass(frozen=True)
class Opening:
    """The head of a report."""

    title: str
    """Heading."""
    question: str
    """What was asked, in one sentence."""
    facts: list[tuple[str, str]]
    """Key facts: name and value."""


def opening(result: Reported) -> Opening:
    """The head of the report of a result."""
    if isinstance(result, Explanation):
        return _of_explanation(result)
    if isinstance(result, Power):
        return _of_power(result)
    if isinstance(result, SelfTest):
        return _of_selftest(result)
    return Opening(f"Fairness audit: {w.shorten(result.source.name, 80)}", question(result), facts(result))


def _of_explanation(explanation: Explanation) -> Opening:
    facts = [
        ("Rows", w.count(explanation.rows.used)),
        ("Task", explanation.task),
        ("Factors", w.count(len(explanation.factors))),
        ("Pool", ", ".join(model.name for model in explanation.models)),
        ("Protected", w.by_label([attribute.name for attribute in explanation.protected])),
    ]
    target = w.clean(explanation.target)
    question = f"Which factors carry predictions of {target}, and on what do different models agree?"
    return Opening(f"What the models see: {w.shorten(explanation.source.name, 80)}", question, facts)


def _of_power(power: Power) -> Opening:
    facts = [
        ("Target power", w.percent(power.target)),
        ("Hypotheses", w.count(power.hypotheses)),
        ("Level of each test", w.number(power.level)),
    ]
    facts += [] if power.asked is None else [("Gap asked for", w.points(power.asked))]
    question = "Which gaps between groups would an audit find, and how many people does that need?"
    return Opening(f"Power: {w.shorten(power.title, 80)}", question, facts)


def _of_selftest(result: SelfTest) -> Opening:
    facts = [("Cases", w.count(len(result.cases))), ("Agree", w.count(result.agreed))]
    return Opening("Self-test", "Does this installation compute what is published?", facts)


def question(audit: Audit) -> str:
    """What was asked, in one sentence."""
    names = w.sentence_list(w.clean(attribute.name) for attribute in audit.protected)
    target = audit.manifest.arguments.get("target")
    outcome = (
        f" (outcome: {w.clean(str(target).partition('=')[0])})"
        if target and audit.prediction.subject != "outcome"
        else ""
    )
    column = w.clean(audit.prediction.column)
    origin = f"of {column}" if "model" in audit.manifest.arguments else f"in {column}"
    if audit.model is not None:
        origin = f"of the fitted {w.clean(audit.model.name)}"
    return f"Do the {w.subject(audit)} {origin}{outcome} differ between people who differ in {names}?"


def facts(audit: Audit) -> list[tuple[str, str]]:
    """Key facts: name and value."""
    prediction = audit.prediction
    rows = w.count(audit.rows.used)
    pairs = [
        ("Rows", rows if audit.rows.used == audit.rows.read else f"{rows} of {w.count(audit.rows.read)}"),
        ("Task", audit.task),
        ("Measured", f"{w.subject(audit)} ({w.clean(prediction.scale)})"),
        ("Protected", w.by_label([attribute.name for attribute in audit.protected])),
    ]
    if audit.model:
        pairs.append(("Model", model_line(audit)))
    return pairs


def model_line(audit: Audit) -> str:
    """The model card in one line."""
    model = audit.model
    if model is None:
        return "no model was fitted"
    parts = [f"{model.name}, {model.family} family, {model.link} link"]
    if model.penalty == "none":
        parts.append("no penalty")
    else:
        parts.append(f"penalty {w.clean(model.penalty)} at λ = {w.number(model.strength)}")
        if model.parity != "demographic":
            parts.append(f"parity {w.clean(model.parity)}")
    if audit.consistency is not None:
        parts.append(f"guided by {w.clean(audit.consistency.source)} at α = {w.number(audit.consistency.strength)}")
    if model.reduce_reached is not None:
        goal = model.reduce_dcor_asked if model.reduce_asked is None else model.reduce_asked
        asked = "" if goal is None else f" ({goal:g}% asked for)"
        what = "reduction" if model.reduce_dcor_asked is None else "reduction of dCor²"
        parts.append(f"cross-fitted {what} {w.number(model.reduce_reached)}%{asked}{_promised(audit)}")
    parts.append(f"{w.count(model.rows_train)} rows to fit, {w.count(model.rows_test)} held out")
    if not model.converged:
        parts.append("the optimiser did NOT converge")
    return "; ".join(parts)


def _promised(audit: Audit) -> str:
    """Where cross-fitting said that the reduction will lie on the held-out rows."""
    ends = None if audit.model is None else audit.model.reduce_interval
    if ends is None:
        return ""
    low, high = (f"{end:.0f}%".replace("-", w.MINUS) for end in ends)
    return f", {low} to {high} promised for the held-out rows"
