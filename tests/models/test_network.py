"""Penalised networks: what is minimised, what stays the same, and what is refused."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from network_cases import ADAM, LEVELS, OUTCOMES, PROTECTED, SEX, N, X, small
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

import fairaudit as fa
from fairaudit.errors import FairAuditError, FitError, OptionError, RoleError
from fairaudit.models import network
from fairaudit.models.families import FAMILIES, classifiers, family
from fairaudit.models.files import load, save
from fairaudit.models.network import PUBLISHED, PenalizedNetwork
from fairaudit.streams import Stream

torch = pytest.importorskip("torch", reason="the extra torch is not installed")

pytestmark = pytest.mark.filterwarnings("ignore:the criterion of training still fell")


@pytest.fixture(params=FAMILIES)
def name(request):
    return request.param


EXPECTED_FAILURES: dict[str, str] = {}
"""scikit-learn's checks that an estimator does not pass, each with its reason."""


@parametrize_with_checks(
    [PenalizedNetwork(name, hidden=(8,), epochs=60, device="cpu") for name in FAMILIES],
    expected_failed_checks=lambda estimator: EXPECTED_FAILURES,
)
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the checks' tiny data are separated, their frames oddly named, and so on
def test_it_passes_the_checks_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize("strength", [0.0, 2.0])
@pytest.mark.parametrize("family_name", ["binomial", "gamma", "gaussian", "poisson"])
def test_as_much_is_predicted_as_there_was_at_any_strength(family_name, strength):
    y = OUTCOMES[family_name]
    model = small(family_name, "ccdcov", strength).fit(X, y, PROTECTED)
    assert model.predict_mean(X).sum() == pytest.approx(y.sum(), rel=1e-6)


def test_at_strength_zero_it_is_the_network_without_penalty(name):
    plain = small(name, dropout=0.2).fit(X, OUTCOMES[name])
    at_zero = small(name, "jdcov", dropout=0.2).fit(X, OUTCOMES[name], PROTECTED)
    np.testing.assert_array_equal(at_zero.predict_mean(X), plain.predict_mean(X))


def test_full_batch_training_is_adam_on_the_objective():
    """The definition, transcribed with torch's own modules, for ten epochs from the same initial weights."""
    exposure, counts = np.random.default_rng(4).uniform(0.5, 2, N), OUTCOMES["poisson"]
    model = PenalizedNetwork(
        "poisson", "ccdcov", 2.0, hidden=(5,), activation="tanh", epochs=10, validation_fraction=0, device="cpu",
        learning_rate=0.003, **ADAM,
    )  # fmt: skip
    arguments = X, counts, PROTECTED, None, exposure, None, None, None, None
    problem = model.problem(model.read(*arguments))
    solution = problem.solve(2.0)
    matrix, weight = torch.tensor(problem.matrix), torch.tensor(exposure / exposure.sum())
    rate, penalty = torch.tensor(counts / exposure), fa.penalty(PROTECTED, "ccdcov", exposure)
    centre = weight @ rate
    constant = (weight @ (torch.special.xlogy(rate, rate / centre) - rate + centre)).item()  # half its deviance
    rng = Stream.WEIGHTS.generator(0)
    first, last = torch.nn.Linear(matrix.shape[1], 5).double(), torch.nn.Linear(5, 1).double()
    with torch.no_grad():
        first.weight.copy_(torch.tensor(rng.normal(0, np.sqrt(1 / matrix.shape[1]), (matrix.shape[1], 5)).T))
        last.weight.copy_(torch.tensor(rng.normal(0, np.sqrt(1 / 5), (5, 1)).T))
        first.bias.zero_()
        last.bias.fill_(torch.log(weight @ rate))
    weights = [first.weight, last.weight]
    optimiser = torch.optim.Adam([*first.parameters(), *last.parameters()], lr=0.003)

    def objective():
        eta = last(torch.tanh(first(matrix)))[:, 0]
        mean = torch.exp(eta)
        value, slope = penalty(mean.detach().numpy())
        # homogeneous of degree one: the gradient times the predictions is the value
        assert value == pytest.approx((mean.detach().numpy() - mean.mean().item()) @ slope, abs=1e-14)
        loss = weight @ (mean - rate * eta) + 2.0 * mean @ torch.tensor(slope)
        return loss + 5e-5 * constant * sum((w**2).sum() for w in weights)

    values = [objective().item()]
    for _ in range(10):
        optimiser.zero_grad()
        objective().backward()
        optimiser.step()
        values.append(objective().item())
    assert np.argmin(values) == 10
    np.testing.assert_allclose(solution.layers[0].weight, first.weight.detach().numpy().T, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        problem.mean(solution), torch.exp(last(torch.tanh(first(matrix)))[:, 0]).detach(), rtol=1e-10
    )


@pytest.mark.parametrize("solver", ["lbfgs", "adam"])
def test_without_hidden_layers_it_is_the_glm(name, solver):
    options = {"hidden": (), "validation_fraction": 0.0, "weight_decay": 0.0, "epochs": 3000, "solver": solver}
    glm = fa.PenalizedGLM(name, "ccdcov", 0.3, n_knots=0, ridge=1e-9).fit(X, OUTCOMES[name], PROTECTED)
    tol = {"lbfgs": 1e-12, "adam": 1e-7}[solver]
    found = small(name, "ccdcov", 0.3, tol=tol, **options).fit(X, OUTCOMES[name], PROTECTED)
    expected = glm.predict_mean(X)
    # Adam stops at about 1e-7 of the loss from the optimum, so predictions are known to about the root of that
    np.testing.assert_allclose(found.predict_mean(X), expected, atol=2e-3 * np.ptp(expected))


def test_the_descent_ends_where_no_parameter_lowers_the_objective(name):
    """The objective transcribed in NumPy: its slope by each parameter, by finite differences, is 0 at the solution."""
    options = {"hidden": (3,), "activation": "tanh", "n_knots": 0, "weight_decay": 0.01}
    model = PenalizedNetwork(name, "ccdcov", 0.5, **options, tol=1e-14, epochs=5000, device="cpu")
    problem = model.problem(model.read(X, OUTCOMES[name], PROTECTED, *[None] * 6))
    at = problem.solve(0.5)
    measure = fa.penalty(PROTECTED, "ccdcov")
    least = problem.family.least(problem.outcome)
    constant = (
        problem.family.loss(problem.outcome, np.zeros((N, 1)) + problem.start())
        if problem.family.shared or problem.start().ndim
        else problem.family.loss(problem.outcome, np.full(N, problem.start()))
    )
    constant = (constant - least).mean()
    unit = np.std(problem.outcome) if problem.family.link == "identity" else 1.0

    def objective(first, bias, output, intercept):
        eta = np.tanh(problem.matrix @ first + bias) @ output
        eta = eta[:, 0] if output.shape[1] == 1 else eta
        eta = (eta[:, None] if problem.family.shared else eta) + intercept
        mean = problem.family.mean(eta)
        penalty = sum(measure(column)[0] for column in mean.reshape(N, -1).T)
        decay = 0.005 * constant * ((first**2).sum() + ((output / unit) ** 2).sum())
        return problem.family.loss(problem.outcome, eta).mean() + 0.5 * penalty + decay

    parts = [at.layers[0].weight, at.layers[0].bias, at.output, np.asarray(at.intercept, dtype=float)]
    start = np.random.default_rng(2).normal(size=parts[0].shape)
    scale = abs(objective(start, *parts[1:]) - objective(*parts))
    for index, part in enumerate(parts):
        for place in np.ndindex(part.shape):
            ends = []
            for move in (1e-4, -1e-4):
                moved = [each.copy() for each in parts]
                moved[index][place] += move
                ends.append(objective(*moved))
            # the penalty has kinks where predictions tie, between which slopes jump by about 1 / n
            assert abs(ends[0] - ends[1]) / 2e-4 < 2e-3 * max(scale, 1)


@pytest.mark.parametrize("penalty", ["none", "ccdcov"])
@pytest.mark.slow
def test_the_descent_takes_a_row_of_weight_two_for_the_row_twice(name, penalty):
    rows = np.repeat(np.arange(N), np.where(np.arange(N) % 3 == 0, 2, 1))
    strength = 0.0 if penalty == "none" else 1.0
    options = {"hidden": (8,), "n_knots": 0, "device": "cpu"}
    weighted, repeated = (PenalizedNetwork(name, penalty, strength, **options) for _ in range(2))
    weighted.fit(X, OUTCOMES[name], PROTECTED, np.bincount(rows))
    repeated.fit(X.iloc[rows], OUTCOMES[name][rows], PROTECTED.iloc[rows])
    expected = weighted.predict_mean(X)
    np.testing.assert_array_equal(repeated.predict_mean(X), expected)


@pytest.mark.parametrize("solver", ["lbfgs", "adam"])
def test_the_dependence_falls_with_the_strength(name, solver):
    measure, found = fa.penalty(PROTECTED, "ccdcov"), []
    options = {"solver": solver, "epochs": 150, "validation_fraction": 0.0, "tol": 1e-4}
    for strength in (0.0, 1.0, 100.0):
        model = small(name, "ccdcov", strength, **options).fit(X, OUTCOMES[name], PROTECTED)
        mean = model.predict_mean(X)
        found.append(sum(measure(column)[0] for column in mean.reshape(N, -1).T))
        assert model.strength_ == strength
    assert found[0] > found[1] > found[2]
    assert found[2] < 0.1 * found[0]


@pytest.mark.parametrize("penalty", ["none", "ccdcov"])
@pytest.mark.parametrize("held", [0.0, 0.2], ids=["none held out", "some held out"])
def test_a_row_of_weight_two_is_the_row_twice(name, penalty, held):
    rows = np.repeat(np.arange(N), np.where(np.arange(N) % 3 == 0, 2, 1))
    # Normalised Gaussian predictions start with the right mean: that gradient is rounding, which Adam would blow up.
    norm = penalty == "none" and name != "gaussian"
    options = {"validation_fraction": held, "activation": "silu", "batch_norm": norm}
    strength = 0.0 if penalty == "none" else 1.0
    weighted = small(name, penalty, strength, **options).fit(X, OUTCOMES[name], PROTECTED, np.bincount(rows))
    repeated = small(name, penalty, strength, **options).fit(X.iloc[rows], OUTCOMES[name][rows], PROTECTED.iloc[rows])
    # the rounding of sums in another order, carried through sixty epochs
    np.testing.assert_allclose(weighted.predict_mean(X), repeated.predict_mean(X), rtol=1e-9, atol=1e-11)


def test_a_policy_cut_into_two_halves_of_its_time_changes_nothing():
    exposure = np.linspace(0.5, 1, N)
    halves = np.tile(np.arange(N), 2)
    # The decay is relative to the deviance of the constant model, which halves of policies have more of.
    options = {"validation_fraction": 0.0, "activation": "tanh", "weight_decay": 0.0}
    whole = small("poisson", "ccdcov", 1.0, **options).fit(X, OUTCOMES["poisson"], PROTECTED, exposure=exposure)
    counts = np.concatenate([OUTCOMES["poisson"], np.zeros(N)])
    cut = small("poisson", "ccdcov", 1.0, **options).fit(
        X.iloc[halves], counts, PROTECTED.iloc[halves], exposure=exposure[halves] / 2
    )
    np.testing.assert_allclose(cut.predict_mean(X, exposure), whole.predict_mean(X, exposure), rtol=1e-9)


@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "multinomial"])
def test_an_offset_is_a_known_part_of_the_predictor(name):
    offset = np.where(np.arange(N) % 2, 0.7, -0.7)
    y = OUTCOMES[name]
    model = small(name).fit(X, y, offset=offset)
    eta = model.linear_predictor(X)
    if name in ("binomial", "gaussian", "poisson"):
        np.testing.assert_allclose(
            model.predict_mean(X, offset=offset), family(name).mean(eta + offset), rtol=1e-14, atol=1e-15
        )
    constant = small(name).fit(X, y, offset=np.full(N, 0.7))
    expected = small(name).fit(X, y).predict_mean(X)
    np.testing.assert_allclose(constant.predict_mean(X, offset=np.full(N, 0.7)), expected, rtol=1e-9)


@pytest.mark.parametrize(
    "options", [{}, {"batch_size": 50, "dropout": 0.3, "batch_norm": True}], ids=["full", "batches"]
)
def test_a_seed_decides_all(options):
    state = torch.random.get_rng_state()
    same = [small("gamma", "ccdcov", 1.0, **options).fit(X, OUTCOMES["gamma"], PROTECTED) for _ in range(2)]
    np.testing.assert_array_equal(same[0].predict(X), same[1].predict(X))
    other = small("gamma", "ccdcov", 1.0, random_state=1, **options).fit(X, OUTCOMES["gamma"], PROTECTED)
    assert (other.predict(X) != same[0].predict(X)).all()
    assert torch.equal(torch.random.get_rng_state(), state)  # the user's own seed is left alone


@pytest.mark.parametrize("kind", ["dcov:age", "ccdcov"])
def test_mini_batches_lead_to_about_the_same_model(kind):
    protected = PROTECTED.assign(age=20.0 + 10 * SEX + np.random.default_rng(5).uniform(0, 30, N))
    measure = fa.penalty(protected, kind)
    y, options = OUTCOMES["gaussian"], {"epochs": 300, "validation_fraction": 0.0}
    plain = small("gaussian", **options).fit(X, y)
    before = measure(plain.predict_mean(X))[0]
    whole, batches = (
        small("gaussian", kind, 2 / before, batch_size=size, **options).fit(X, y, protected) for size in (None, 60)
    )
    for model in (whole, batches):
        assert measure(model.predict_mean(X))[0] < 0.4 * before
    assert batches.score(X, y) == pytest.approx(whole.score(X, y), abs=0.15)


@pytest.mark.parametrize("options", PUBLISHED.values(), ids=PUBLISHED.keys())
def test_networks_built_as_the_published_ones_can_be_trained(options):
    model = PenalizedNetwork(penalty="ccdcov", strength=0.5, epochs=40, device="cpu", **options | {"batch_size": 64})
    model.fit(X, OUTCOMES["binomial"], PROTECTED)
    assert [weight.shape[1] for weight in model.weights_] == [64, 64, 64, 1]
    assert model.score(X, OUTCOMES["binomial"]) > 0.6


@pytest.mark.slow
def test_an_asked_reduction_is_reached_and_its_strength_gives_the_same_model():
    y, measure = OUTCOMES["gaussian"], fa.penalty(PROTECTED, "ccdcov")
    options = {"hidden": (6,), "epochs": 200}
    plain = small("gaussian", **options).fit(X, y)
    told = []
    fair = small("gaussian", "ccdcov", reduce=70, **options).fit(X, y, PROTECTED, step=told.append)
    assert 60 < fair.reduction_ < 101
    assert measure(fair.predict_mean(X))[0] < 0.6 * measure(plain.predict_mean(X))[0]
    assert told
    assert told[0].startswith("strength ")
    again = small("gaussian", "ccdcov", fair.strength_, **options).fit(X, y, PROTECTED)
    np.testing.assert_array_equal(again.predict(X), fair.predict(X))


@pytest.mark.parametrize("held", [0.0, 0.2], ids=["none held out", "some held out"])
def test_training_goes_on_from_a_nearby_solution_unless_it_was_chosen_by_rows_held_out(held):
    model = small("gaussian", "ccdcov", 5.0, validation_fraction=held, epochs=1500)
    problem = model.problem(model.read(X, OUTCOMES["gaussian"], PROTECTED, *[None] * 6))
    first = problem.solve(5.0)
    again, near = problem.solve(5.0, first), problem.solve(5.5, first)
    if held:
        np.testing.assert_array_equal(again.output, first.output)
    else:
        assert max(again.iterations, near.iterations) < first.iterations
    measure = fa.penalty(PROTECTED, "ccdcov")
    assert measure(problem.mean(near))[0] < 1.2 * measure(problem.mean(first))[0]


def test_a_saved_model_comes_back_without_torch(name, tmp_path):
    model = small(name, "ccdcov", 0.5, batch_norm=True).fit(X, OUTCOMES[name], PROTECTED)
    save(model, tmp_path / "model.skops")
    found = load(tmp_path / "model.skops")
    assert type(found) is PenalizedNetwork
    assert found.get_params() == model.get_params()
    np.testing.assert_array_equal(found.predict_mean(X), model.predict_mean(X))
    if name == "binomial":
        X.to_csv(tmp_path / "rows.csv", index=False)
        code = (
            "import sys\n"
            "class NoTorch:\n"
            "    def find_spec(self, name, path=None, target=None):\n"
            "        if name.partition('.')[0] == 'torch': raise ModuleNotFoundError(name)\n"
            "sys.meta_path.insert(0, NoTorch())\n"
            "import pandas as pd; from fairaudit.models.files import load\n"
            f"model, rows = load({str(tmp_path / 'model.skops')!r}), pd.read_csv({str(tmp_path / 'rows.csv')!r})\n"
            "print(model.predict_mean(rows).sum())"
        )
        out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert float(out) == pytest.approx(model.predict_mean(X).sum(), rel=1e-12)


def test_importing_the_estimator_does_not_import_torch():
    code = "import sys, fairaudit; fairaudit.PenalizedNetwork(); print('torch' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False"]


def test_without_torch_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(network, "find_spec", lambda _: None)
    with pytest.raises(FairAuditError, match=r"needs torch to be fitted; install it with: python -m pip install torch"):
        small("binomial").fit(X, OUTCOMES["binomial"])


def test_it_says_when_its_epochs_were_too_few():
    with pytest.warns(ConvergenceWarning, match="the criterion of training still fell after 2 epochs; raise epochs"):
        model = small("gaussian", epochs=2).fit(X, OUTCOMES["gaussian"])
    assert (model.converged_, model.n_iter_) == (False, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = small("gaussian", epochs=1000).fit(X, OUTCOMES["gaussian"])
    assert (model.converged_, model.message_) == (True, "")
    assert model.n_iter_ < 1000


def test_separated_classes_are_stated():
    with pytest.warns(ConvergenceWarning, match="certain of the class of every training row"):
        model = small("binomial", epochs=500, weight_decay=0.0, learning_rate=0.1).fit(
            X.assign(told=20 * OUTCOMES["binomial"]), OUTCOMES["binomial"]
        )
    assert model.separated_


def test_a_fit_that_diverges_is_refused():
    with pytest.raises(FitError, match=r"the fit diverged in epoch .*; lower the learning_rate"):
        small("gaussian", learning_rate=1e200).fit(X, OUTCOMES["gaussian"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden": (0,)}, r"hidden is \(0,\); widths of layers are whole numbers"),
        ({"activation": "step"}, "activation 'step' is unknown; choose one of relu, silu, tanh"),
        ({"dropout": 1.0}, "dropout is 1; it is a share"),
        ({"solver": "newton"}, "solver 'newton' is unknown; choose one of lbfgs, adam"),
        ({"dropout": 0.2}, "dropout is 0.2, which makes each step random; it needs solver='adam'"),
        ({"batch_size": 50}, "batch_size is 50, which makes each step random; it needs solver='adam'"),
        ({"validation_fraction": -0.1}, "validation_fraction is -0.1"),
        ({"learning_rate": 0.0}, "learning_rate is 0; it must be positive"),
        ({"learning_rate": float("nan")}, "learning_rate is nan"),
        ({"weight_decay": -1.0}, "weight_decay is -1"),
        ({"epochs": 0}, "epochs and patience must be at least 1"),
        ({"tol": 0.0}, "tol between 0 and 1"),
        ({"batch_size": 1, "solver": "adam"}, "batch_size is 1; it is a whole number from 2"),
        ({"device": "abacus"}, "device 'abacus' is unknown; choose one of auto, cpu, cuda"),
        ({"family": "probit"}, "family 'probit' is unknown"),
        ({"strength": 1.0}, "strength needs a penalty"),
    ],
)
def test_options_without_meaning_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        PenalizedNetwork(**options).fit(X, OUTCOMES["binomial"], PROTECTED)


def test_a_gpu_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(OptionError, match="torch finds no GPU here; use device='auto' or 'cpu'"):
        small("gaussian", device="cuda").fit(X, OUTCOMES["gaussian"])


@pytest.mark.parametrize("device", ["cpu", *(["cuda"] if torch.cuda.is_available() else [])])
def test_on_every_device_there_is_it_is_the_same_up_to_rounding(name, device):
    options = {"activation": "silu", "epochs": 20}
    models = [
        small(name, "ccdcov", 1.0, device=place, **options).fit(X, OUTCOMES[name], PROTECTED)
        for place in ("cpu", device)
    ]
    np.testing.assert_allclose(models[0].predict_mean(X), models[1].predict_mean(X), rtol=1e-8)


def test_a_level_or_hole_that_training_did_not_have_is_refused():
    model = small("gaussian").fit(X, OUTCOMES["gaussian"])
    with pytest.raises(RoleError, match="'kind' has the level 'z' in 240 rows"):
        model.predict(X.assign(kind="z"))
    lenient = small("gaussian", unseen="mean").fit(X, OUTCOMES["gaussian"])
    assert len(np.unique(lenient.predict(X.iloc[[0, 0]].assign(kind=["z", "y"])))) == 1


@pytest.mark.parametrize("family", ["gaussian", "poisson", "gamma", "tweedie"])
@pytest.mark.parametrize("size", [1e-4, 1e4])
@pytest.mark.slow
def test_the_unit_of_the_outcome_does_not_matter(family, size):
    """Nor for λ, once it is in its unit: that of the loss over that of predictions."""
    y, options = OUTCOMES[family], {"hidden": (6,), "device": "cpu", "tol": 1e-7}
    unit = {"gaussian": size, "poisson": 1.0, "gamma": 1 / size, "tweedie": size**-0.5}[family]
    for penalty, strength in (("none", 0.0), ("ccdcov", 2.0)):
        first = PenalizedNetwork(family, penalty, strength, **options).fit(X, y, PROTECTED)
        other = PenalizedNetwork(family, penalty, strength * unit, **options).fit(X, size * y, PROTECTED)
        # Rounding decides which of the minima is found: on a processor without AVX two differed by .036. A strength in
        # the wrong unit is ten thousand times another one.
        assert other.score(X, size * y) == pytest.approx(first.score(X, y), abs=0.06)


@pytest.mark.parametrize("name", classifiers())
def test_labels_of_any_kind_are_classes(name):
    labels = np.array(["no", "perhaps", "yes"])[LEVELS if name != "binomial" else 2 * (LEVELS > 0)]
    y = pd.Series(pd.Categorical(labels, ordered=name == "ordinal"))
    model = small(name).fit(X, y)
    assert set(model.predict(X)) <= set(model.classes_)
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, rtol=1e-12)
    assert model.score(X, y) > 0.4


def test_it_clones_without_what_it_has_learnt():
    model = small("poisson", "sum", 0.5, hidden=[4, 3]).fit(X, OUTCOMES["poisson"], PROTECTED)
    copy = clone(model)
    assert not hasattr(copy, "weights_")
    np.testing.assert_array_equal(copy.fit(X, OUTCOMES["poisson"], PROTECTED).predict(X), model.predict(X))
