"""What a report of an explanation says and in which order, without markup."""

from __future__ import annotations

from fairaudit.report import factor_tables, outline, tables
from fairaudit.report import wording as w
from fairaudit.report.outline import Section
from fairaudit.report.tables import Column, Entry, Table
from fairaudit.results.explanation import Explanation, FactorRelation, ModelPair

REPEAT = "With the same source, arguments, seed and versions the same report is made, byte for byte."
CHAIN = 4
"""Factors of a chain that are named."""


def title(explanation: Explanation) -> str:
    """Title of the report."""
    return f"What the models see: {w.shorten(explanation.source.name, 80)}"


def question(explanation: Explanation) -> str:
    """What was asked, in one sentence."""
    return f"Which factors carry predictions of {w.clean(explanation.target)}, and on what do different models agree?"


def facts(explanation: Explanation) -> list[tuple[str, str]]:
    """Key facts: name and value."""
    return [
        ("Rows", w.count(explanation.rows.used)),
        ("Task", explanation.task),
        ("Factors", w.count(len(explanation.factors))),
        ("Pool", ", ".join(model.name for model in explanation.models)),
        ("Protected", w.by_label([attribute.name for attribute in explanation.protected])),
    ]


def findings(explanation: Explanation) -> list[str]:
    """The few sentences that a busy reader needs first."""
    return [
        *_order(explanation),
        *_agreement(explanation),
        *_carried(explanation),
        *_proxies(explanation),
        *(
            f"{model.name.capitalize()} has no say, as it predicts clearly worse: {model.why}."
            for model in explanation.models
            if not model.included
        ),
        *_nothing_learnt(explanation),
    ]


def _heard(explanation: Explanation) -> list[str]:
    return [model.name for model in explanation.models if model.included]


def _order(explanation: Explanation) -> list[str]:
    if explanation.settled is None:
        return ["There is one factor only, and nothing to compare it with."]
    heard, count = _heard(explanation), len(explanation.factors)
    who = f"{w.sentence_list(heard)} agree" if len(heard) > 1 else f"{heard[0]}, alone with a say, is sure"
    pairs = f"{w.count(len(explanation.relations))} of {w.count(count * (count - 1) // 2)} pairs of factors"
    told = f"On {pairs} {who} which of the two matters more"
    chain = longest_chain(explanation)
    if not chain:
        return [f"{told}."]
    more = " and so on" if len(chain) > CHAIN else ""
    return [f"{told}; the longest chain is {' > '.join(map(w.clean, chain[:CHAIN]))}{more}."]


def longest_chain(explanation: Explanation) -> list[str]:
    """The longest chain of direct relations from a factor of the first level; empty where there is no relation."""
    level = {name: index for index, names in enumerate(explanation.levels) for name in names}
    chain: list[str] = explanation.levels[-1][:1] if len(explanation.levels) > 1 else []
    while chain and level[chain[0]]:
        above = [r.primary for r in explanation.relations if r.secondary == chain[0]]
        chain.insert(0, next(name for name in above if level[name] == level[chain[0]] - 1))
    return chain


def _agreement(explanation: Explanation) -> list[str]:
    if not explanation.pairs or explanation.settled is None:
        return []
    against = max(explanation.pairs, key=lambda pair: pair.contradicted or 0.0)
    if against.contradicted:
        one, other = against.models
        return [f"{one} and {other} contradict each other on {w.percent(against.contradicted)} of the pairs."]
    farthest = max(explanation.pairs, key=lambda pair: pair.jensen_shannon)
    tau = "" if farthest.kendall is None else f" (Kendall's τ {w.number(farthest.kendall)})"
    whom = "The models" if len(explanation.pairs) == 1 else f"{' and '.join(farthest.models)}, the farthest apart,"
    return [
        f"{whom} contradict each other on no pair; their importance distributions are"
        f" {w.number(farthest.jensen_shannon)} bits apart{tau}."
    ]


def _carried(explanation: Explanation) -> list[str]:
    best = explanation.models[0]
    gaps = [gap for gap in best.attribution.gaps if len(gap.by) == 1 and gap.gap is not None]
    if not gaps:
        return []
    gap = factor_tables.largest_gaps(gaps)[0]
    name = max(gap.contributions, key=lambda each: abs(gap.contributions[each]))
    return [
        f"The largest gap in {best.name} is that of {w.cell_label(gap.cell, gap.by, 40)} ({w.by_label(gap.by)}):"
        f" {w.number(gap.gap, signed=True)} {w.clean(best.attribution.scale)}, to which {w.clean(name)} adds"
        f" {w.number(gap.contributions[name], signed=True)}."
    ]


def _proxies(explanation: Explanation) -> list[str]:
    told = []
    for attribute in explanation.protected:
        found = factor_tables.strongest(each for each in explanation.proxies if each.attribute == attribute.name)
        if found is not None:
            told.append(f"{w.clean(found.factor)} about {w.clean(attribute.name)} (dCor² {w.number(found.dcor_sq)})")
    return [f"What tells most about the protected attributes: {w.sentence_list(told)}."] if told else []


def _nothing_learnt(explanation: Explanation) -> list[str]:
    best = explanation.models[0]
    if best.gain is not None and best.gain <= 0:
        return ["No model predicts better than a constant; what they say about factors may be chance."]
    return []


def sections(explanation: Explanation) -> list[Section]:
    """All sections after the findings, in order."""
    best, heard = explanation.models[0], _heard(explanation)
    confidence = f"{100 * explanation.confidence:g}%"
    made = [
        Section(
            "relations",
            "Primary and secondary factors",
            (
                f"A factor is primary to another for a model if its importance is larger by more than the {confidence}"
                " margin, which covers new rows and a new fit; it is for the pool if all models with a say agree. Such"
                " relations form a partial order: what is not connected is not ordered.",
            ),
            (relations(explanation),) if explanation.relations else (),
            () if explanation.relations else ("No relation holds in all models beyond its margin.",),
        ),
        Section(
            "importance",
            "Importance of the factors",
            ("The importance of a factor is its share of the total absolute attribution, on rows held out.",),
            (importance(explanation),),
        ),
    ]
    if explanation.pairs:
        lead = (
            "How far any two models agree. Agreement is of pairs of factors, beyond the margins of both models; what is"
            " neither agreed nor contradicted is too close to call for one of the two.",
        )
        made.append(Section("agreement", "Agreement of the models", lead, (agreement(explanation),)))
    attribution = outline.attribution(best.attribution, explanation.proxies)
    shown = f"Shown for {best.name}, which predicts best; the JSON has all models."
    made += [
        Section(attribution.key, attribution.title, (*attribution.lead, shown), attribution.tables),
        Section(
            "models",
            "The models",
            (
                "Each kind of model was fitted on all folds but one and measured on that one. A model that is"
                f" clearly worse than the best has no say in the relations; heard: {w.sentence_list(heard)}.",
            ),
            (models(explanation),),
        ),
        _method(explanation),
        Section("manifest", "Manifest: how to repeat this", (REPEAT,), (tables.manifest(explanation),)),
    ]
    return made


def _method(explanation: Explanation) -> Section:
    items = [w.clean(note) for note in explanation.notes]
    items += [
        f"{w.count(n)} rows were left out: {w.clean(reason)}." for reason, n in sorted(explanation.rows.dropped.items())
    ]
    items += [
        "Margins add the bootstrap variance over rows to the jackknife variance between the folds' models.",
        "That models agree on a factor's importance does not make the factor a cause, nor its use fair.",
    ]
    return Section("method", "Notes and method", (), (tables.protected(explanation),), tuple(items))


def relations(explanation: Explanation) -> Table:
    """The relations that follow from no others."""
    columns = (
        Column("primary", numeric=False, about="the factor that matters more"),
        Column("secondary", numeric=False),
        Column("least difference", about="smallest difference of the two shares among the models, percentage points"),
    )
    shown: list[FactorRelation] = [each for each in explanation.relations if each.direct]
    rows = tuple(
        (Entry(w.clean(each.primary)), Entry(w.clean(each.secondary)), Entry(w.points(each.least))) for each in shown
    )
    others = len(explanation.relations) - len(shown)
    caption = "Relations on which all models agree" + (f"; {w.count(others)} more follow from these" if others else "")
    return Table("relations", caption, columns, rows, fold=len(rows) > 20)


def importance(explanation: Explanation) -> Table:
    """Importance of each factor in each model."""
    columns = (Column("factor", numeric=False), *(Column(model.name) for model in explanation.models))
    rows = tuple(
        (
            Entry(w.clean(name)),
            *(
                Entry(w.percent(model.importance[name]), w.interval(model.intervals[name], "rate"))
                for model in explanation.models
            ),
        )
        for name in explanation.factors
    )
    caption = f"Importance on held-out rows, with {100 * explanation.confidence:g}% intervals"
    return Table("pool-importance", caption, columns, rows, fold=len(rows) > 25)


def agreement(explanation: Explanation) -> Table:
    """How far any two models agree."""
    columns = (
        Column("models", numeric=False),
        Column("agreed", about="share of the pairs of factors that both order alike, beyond their margins"),
        Column("contradicted", about="share of the pairs that they order in opposite ways, beyond their margins"),
        Column("Kendall's τ", about="of the importances; 1: the same order"),
        Column(f"top {explanation.top} in common"),
        Column("JSD, bits", about="between the importance distributions; 0: the same"),
    )
    rows = tuple(map(_pair, explanation.pairs))
    return Table("agreement", "Any two models that have a say", columns, rows)


def _pair(pair: ModelPair) -> tuple[Entry, ...]:
    return (
        Entry(" and ".join(pair.models)),
        Entry(w.percent(pair.agreed)),
        Entry(w.percent(pair.contradicted)),
        Entry(w.number(pair.kendall)),
        Entry(w.percent(pair.top_overlap)),
        Entry(w.number(pair.jensen_shannon)),
    )


def models(explanation: Explanation) -> Table:
    """How well the models predict, and which of them has a say."""
    columns = (
        Column("model", numeric=False),
        Column("attributions", numeric=False),
        Column("loss", about="mean half deviance on held-out rows; 0 is perfect"),
        Column("gain", about="of the constant model's loss that it takes away"),
        Column("above the best", about="difference of the losses, from pairs of the same rows"),
        Column("has a say", numeric=False),
    )
    rows = []
    for model in explanation.models:
        gain = w.DASH if model.gain is None else f"{model.gain:.1f}%"
        error = f"± {w.number(model.standard_error)}" if model.worse or model.standard_error else ""
        rows.append(
            (
                Entry(model.name),
                Entry(model.attribution.method),
                Entry(w.number(model.loss)),
                Entry(gain),
                Entry(w.number(model.worse), error),
                Entry("yes" if model.included else "no", w.clean(model.why or "")),
            )
        )
    return Table("models", "The models, best first", columns, tuple(rows))
