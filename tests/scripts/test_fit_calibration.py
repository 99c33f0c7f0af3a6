"""The fit of the speed model's constants: its vector, its derivatives, its file."""

import pytest
import tomli

pytest.importorskip("scipy", reason="the fit needs scipy, from Python 3.11 on")

import numpy as np
from scripts.calibrating.fit import STEP, Fitter
from scripts.calibrating.parameters import Space, Vector
from scripts.calibrating.rows import NOT_FITTED, Row, measured
from scripts.calibrating.write import number, toml

from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain.calibration import Calibration
from roofrack.evidence.shipped import all_shipped
from roofrack.memory.weights import weights_parts
from roofrack.validation import trusted


@pytest.fixture(scope="module")
def fitter() -> Fitter:
    """A fitter of every sixtieth row."""
    calibration = shipped_calibration()
    return Fitter(
        Space(calibration), measured(calibration, [row for row in all_shipped()[::60] if row.load != "poisson"])
    )


def test_the_file_says_what_the_calibration_is() -> None:
    shipped = shipped_calibration()
    assert trusted(Calibration, tomli.loads(toml(shipped))) == shipped


def test_the_vector_is_the_calibration() -> None:
    space = Space(shipped_calibration())
    again = space.calibration(space.vector())
    assert Space(again).vector() == pytest.approx(space.vector(), abs=1e-12)
    assert again.physics.full_rows == space.base.physics.full_rows
    assert again.eras[0].since == space.base.eras[0].since


def test_no_constant_is_fitted_twice_or_named_after_a_model(fitter: Fitter) -> None:
    names = [parameter.name for parameter in fitter.space.parameters]
    assert len(set(names)) == len(names)
    models = {row.case.scenario.model.id for row in fitter.data.rows}
    written = toml(fitter.space.base).lower()
    assert not [model for model in models if model in written]


def test_attention_without_fusion_is_fitted_where_it_ran() -> None:
    space = Space(shipped_calibration())
    for field in ("kv_again", "score_bytes"):
        eras = [space.base.eras[found.row] for found in space.parameters if found.field == field]
        assert [(era.engine, era.since) for era in eras] == [("llama.cpp", "1000"), ("llama.cpp", "1700")]
        others = [era for era in space.base.eras if era not in eras]
        assert {getattr(era, field) for era in others} == {0}


def test_constants_that_move_together_give_the_derivatives_of_each(fitter: Fitter) -> None:
    everything = np.ones(len(fitter.data.rows), dtype=bool)
    vector = fitter.space.vector()
    slopes = fitter.slopes(vector, everything)
    here = fitter.log_predicted(vector, everything)
    used = np.flatnonzero(np.abs(slopes).sum(axis=0) > 0)
    for column in used[:: len(used) // 8]:
        moved = vector.copy()
        moved[column] += STEP
        alone = (fitter.log_predicted(moved, everything) - here) / STEP
        assert slopes[:, column] == pytest.approx(alone, abs=1e-9), fitter.space.parameters[column].name


def test_predictions_do_not_look_at_what_was_measured(fitter: Fitter) -> None:
    row = fitter.data.rows[0]
    wrong = row.case.measurement._replace(value=row.value * 7)
    point = fitter.points(fitter.space.base, [row.config])[row.config]
    assert row._replace(case=row.case._replace(measurement=wrong)).predicted(point) == row.predicted(point)


def test_a_fit_explains_measurements_better_than_what_is_believed_beforehand(fitter: Fitter) -> None:
    everything = np.ones(len(fitter.data.rows), dtype=bool)

    def error(vector: Vector) -> float:
        return float(np.median(np.abs(fitter.log_predicted(vector, everything) - fitter.log_value)))

    believed = fitter.space.believed()
    found = fitter.solve(believed, everything, 4, lambda vector: fitter.slopes(vector, everything))
    assert error(believed) > 0.1
    assert error(found) < error(believed) * 0.7


def test_a_step_is_taken_only_where_it_explains_more(fitter: Fitter) -> None:
    everything = np.ones(len(fitter.data.rows), dtype=bool)
    start = fitter.space.believed()
    here, slopes = fitter.log_predicted(start, everything), fitter.slopes(start, everything)

    def cost(vector: Vector) -> float:
        error = (fitter.log_predicted(vector, everything) - fitter.log_value) * fitter.weight
        return float((np.sqrt(1 + error**2) - 1).sum() + (fitter.space.prior(vector) ** 2).sum() / 2)

    costs = [cost(fitter.steps(start, everything, rounds, slopes, here)) for rounds in range(4)]
    assert costs[0] == cost(start)
    assert costs == sorted(costs, reverse=True)
    assert costs[1] < costs[0] * 0.9
    assert (fitter.steps(start, everything, 2, -slopes, here) == start).all()


def test_rows_that_are_not_fitted_have_a_reason_that_the_report_explains() -> None:
    calibration = shipped_calibration()
    vulkan = [row for row in all_shipped() if row.source == "strixhalo_kyuz0" and row.weights == "bf16"]
    rows = measured(calibration, vulkan).rows
    left_out = {
        (row.case.scenario.model.is_moe, row.measurement.metric, row.measurement.note.split(";")[0])
        for row in rows
        if row.left_out == "no matrix kernels"
    }
    assert left_out == {
        (True, "decode_tokens_per_s", "Vulkan"),
        (True, "prefill_tokens_per_s", "Vulkan"),
        (False, "prefill_tokens_per_s", "Vulkan"),
    }
    assert {row.left_out for row in rows} <= {"", *NOT_FITTED}


def test_engines_that_borrow_constants_do_not_move_them() -> None:
    rows = measured(shipped_calibration(), [row for row in all_shipped() if row.source in ("prem", "accelmark")]).rows
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.left_out, set()).add(row.measurement.engine.removeprefix("other:"))
    assert found["another loop"] == {"llama.cpp", "autoawq"}
    borrowed = "1cat-vllm autogptq ctransformers ctranslate2 deepspeed-mii litgpt onnxruntime optimum-nvidia vllm-tpu"
    assert found["no constants"] == set(borrowed.split())
    assert found[""] == {"exllamav2", "sglang", "transformers", "vllm"}


def early_mixtral() -> list[Row]:
    """Rows of TensorRT-LLM 0.9 with Mixtral."""
    shipped = [row for row in all_shipped() if row.source == "trtllm_docs" and row.engine_version == "0.9.0"]
    rows = measured(shipped_calibration(), shipped).rows
    assert all(row.left_out == "" for row in rows if not row.case.scenario.model.is_moe)
    return [row for row in rows if row.case.scenario.model.is_moe]


def test_rows_of_few_experts_are_faster_than_reading_those_that_chance_touches() -> None:
    rows = [row for row in early_mixtral() if row.left_out == "few experts"]
    assert {row.measurement.gpu for row in rows} == {"a100-sxm4-80gb"}
    scenario = rows[0].case.scenario
    experts = sum(part.bytes for part in weights_parts(scenario.model, scenario.weights) if part.name == "experts")
    reading_s = experts / scenario.parallel.tp / (scenario.rack.device.bandwidth_gb_s * 1e9)
    token_s = min(32 / row.value for row in rows if row.measurement.concurrency == 32)
    assert 0.019 < token_s < 0.95 * reading_s < 0.023


def test_rows_without_grouped_kernels_take_far_longer_than_a_dense_model() -> None:
    def prompt_s(model: str, gpu: str) -> float:
        found = [
            row.value
            for row in all_shipped()
            if (row.engine_version, row.metric, row.prompt_tokens) == ("0.9.0", "ttft", 2048)
            and model in row.model
            and row.gpu == gpu
            and row.gpus <= 2
        ]
        assert len(found) == 1
        return found[0] or 0

    rows = early_mixtral()
    slow = {row.measurement.gpu for row in rows if row.left_out == "no grouped kernels"}
    assert slow == {"h100-sxm5-80gb", "h200-sxm-141gb"}
    for gpu in slow:
        assert prompt_s("Mixtral", gpu) > 2.8 * prompt_s("Llama-2-7b", gpu)
    assert prompt_s("Mixtral", "a100-sxm4-80gb") < 1.3 * prompt_s("Llama-2-7b", "a100-sxm4-80gb")
    assert {row.measurement.gpu for row in rows if not row.left_out} == {"l40s"}


def test_the_row_of_a_warm_up_takes_longer_than_with_more_requests() -> None:
    shipped = [row for row in all_shipped() if row.source == "nim" and row.metric == "ttft"]
    unloaded = [row for row in measured(shipped_calibration(), shipped).rows if row.measurement.load == "single"]
    (alone,) = (row for row in unloaded if row.left_out)
    assert (alone.left_out, len(unloaded)) == ("warm-up", 3)
    key = (alone.measurement.model, alone.measurement.engine_version, alone.measurement.prompt_tokens)
    together = [row.value or 0 for row in shipped if (row.model, row.engine_version, row.prompt_tokens) == key]
    assert sum(value < 0.5 * alone.value for value in together) == 2  # of 8 and of 16 requests


def test_prompts_that_wait_count_for_less_than_prompts_that_do_not() -> None:
    def weight(metric: str, load: str) -> float:
        row = next(row for row in all_shipped() if (row.source, row.metric, row.load) == ("accelmark", metric, load))
        return measured(shipped_calibration(), [row]).rows[0].weight

    assert weight("ttft", "single") == weight("tpot", "single") == pytest.approx(1 / 0.12)
    assert weight("tpot", "poisson") == pytest.approx(1 / 0.24)
    assert weight("ttft", "poisson") == pytest.approx(1 / 1.0)


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), (0.97512, "0.9751"), (1.234e-05, "1.234e-5"), (4096.0, "4096")]
)
def test_numbers_have_four_digits(value: float, text: str) -> None:
    assert number(value) == text
    assert tomli.loads(f"x = {text}")["x"] == pytest.approx(value, rel=1e-3)


def test_what_is_believed_of_a_kernel_family_holds_for_all_of_its_rows() -> None:
    space = Space(shipped_calibration())
    believed = np.exp(space.believed())
    rows = [n for n, kernel in enumerate(space.base.kernels) if "fp8-block" in kernel.kernels]
    found = {
        (p.row, p.field): value
        for p, value in zip(space.parameters, believed, strict=True)
        if p.table == "kernels" and p.row in rows and p.field in ("compute", "moe_layer")
    }
    assert len(rows) == 2
    assert [found[row, "compute"] for row in rows] == pytest.approx([0.5, 0.5])
    assert [found[row, "moe_layer"] for row in rows] == pytest.approx([1.5, 1.5])


def test_a_generation_of_gpus_leans_on_the_one_before_it_but_not_on_its_hosts() -> None:
    space = Space(shipped_calibration())
    kinds = [kind.id for kind in space.base.device_classes]
    leans = {
        (kinds[p.row], p.field): None if p.anchor is None else kinds[space.parameters[p.anchor].row]
        for p in space.parameters
        if p.table == "device_classes" and p.entry < 0
    }
    assert leans["blackwell-dc", "layer"] == "hopper"
    assert leans["blackwell-graphics", "compute"] == "ada"
    assert {leans[kind, "host"] for kind in kinds} == {None}
    assert leans["apple", "layer"] is leans["ampere-dc", "compute"] is None
