"""Every published number comes out to the digit, from the formulas and from the rules of the published examples."""

from functools import cache

import pytest

from roofrack.catalog import default_catalog
from roofrack.economics.margins import margins
from roofrack.machine import SIZE_CLASSES, size_class
from roofrack.rules import Rule, formulas, published_rules
from roofrack.rules.people import STACK

H100_SPARSE, H100_BANDWIDTH = 1979e12, 3.35e12
LARGEST = 405e9


@cache
def published() -> dict[str, Rule]:
    return {rule.id: rule for rule in published_rules(default_catalog())}


def value(id_: str) -> float:
    found = published()[id_].value
    assert found is not None
    return found


def exact(id_: str) -> float:
    found = published()[id_].exact
    assert found is not None
    return found


def ratio(id_: str) -> float:
    found = published()[id_].ratio
    assert found is not None
    return found


def test_r1_the_20_percent_rule() -> None:
    assert formulas.twenty_percent_gb(70, 16) == pytest.approx(168)
    assert formulas.twenty_percent_gb(70, 4) == pytest.approx(42)
    assert value("R1") == pytest.approx(168)


def test_r1_does_not_fit_the_two_gpus_it_is_quoted_with() -> None:
    assert value("R1") > 2 * 80


@pytest.mark.parametrize(
    ("params", "name", "ram", "tflops", "cores", "disk"),
    [
        (8e9, "small", 32, 16, 16, 500),
        (10e9, "small", 32, 16, 16, 500),
        (70e9, "medium", 128, 312, 32, 2000),
        (405e9, "large", 256, 1000, 64, 4000),
    ],
)
def test_r2_size_classes(params: float, name: str, ram: int, tflops: int, cores: int, disk: int) -> None:
    found = size_class(params)
    assert (found.name, found.ram_gb, found.tflops, found.cores, found.disk_gb) == (name, ram, tflops, cores, disk)
    assert [known.gpus for known in SIZE_CLASSES] == ["1x RTX A5000", "2x A100", "4 or more A100"]


def test_r2_the_example_of_each_class() -> None:
    assert [value(f"R2.{name}") for name in ("small", "medium", "large")] == [32, 128, 256]
    assert [value(f"R2.tflops.{name}") for name in ("small", "medium", "large")] == [16, 312, 1000]
    assert [value(f"R2.cores.{name}") for name in ("small", "medium", "large")] == [16, 32, 64]
    assert [value(f"R2.disk.{name}") for name in ("small", "medium", "large")] == [500, 2000, 4000]


def test_r3_service_targets() -> None:
    assert (value("R3.ttft"), value("R3.tpot"), value("R3"), value("R3.availability")) == (0.1, 0.1, 100, 0.999)
    assert "such nodes" in published()["R3"].caveat


def test_r4_names_the_stack() -> None:
    said = " ".join(STACK)
    for part in ("FastAPI", "vLLM", "Triton", "PostgreSQL", "Redis", "Prometheus", "Grafana", "MLflow", "LangChain"):
        assert part in said
    assert published()["R4"].exact is None


def test_r5_the_textbook() -> None:
    assert [formulas.textbook_weights_gb(70, each) for each in (4, 2, 1, 0.5)] == [280, 140, 70, 35]
    assert formulas.textbook_kv_gb_per_token(70, 2) == pytest.approx(0.28)
    assert formulas.textbook_activations_gb(140, 8) == pytest.approx(168)
    assert formulas.textbook_kv_claim_gb(70, 2, 2048, 1) == 10
    assert formulas.textbook_kv_claim_gb(70, 2, 2048, 8) == 80
    assert formulas.textbook_kv_claim_gb(70, 2, 8192, 1) == 40
    assert formulas.textbook_total_gb(70, 2, 2048, 8) == pytest.approx((140 + 80 + 168) * 1.2)


def test_r5_against_the_exact_cache() -> None:
    assert exact("R5.kv_code") == 320 * 1024
    assert ratio("R5.kv_code") == pytest.approx(850, rel=0.01)
    assert exact("R5.claim_2048") == 0.625
    assert ratio("R5.claim_2048") == pytest.approx(16)
    assert (value("R5.claim_gpus"), exact("R5.claim_gpus")) == (2, 2)
    assert (value("R5.claim_one"), exact("R5.claim_one")) == (1, 1)
    assert value("R5.claim_int4") == 0.75
    assert exact("R5.claim_int4") == pytest.approx(0.72, abs=0.01)


@pytest.mark.parametrize(
    ("bandwidth_tb_s", "said"), [(2.0, 14), (3.35, 24), (0.9, 6)], ids=["A100 80 GB", "H100", "V100"]
)
def test_r6_bandwidth(bandwidth_tb_s: float, said: int) -> None:
    assert round(formulas.bandwidth_tokens_per_s(bandwidth_tb_s * 1e12, 140e9)) == said


def test_r6_in_the_published_example() -> None:
    assert round(value("R6")) == 14
    assert 0.6 * value("R6") <= value("R6.real") <= 0.7 * value("R6")
    assert published()["R6"].exact is None, "70B at 16 bits does not fit one A100"
    assert ratio("R6.batch.4") > 1, "a batch has a ceiling that the rule has not"


@pytest.mark.parametrize("gpus", [2, 3, 4, 8])
def test_r7_overheads_and_speed_ups(gpus: int) -> None:
    assert formulas.pipeline_overhead(gpus) * 100 == pytest.approx(5 + 0.5 * gpus)
    assert formulas.tensor_overhead(gpus) * 100 == pytest.approx(15 + 2 * gpus)
    assert formulas.pipeline_speed_up(gpus) == pytest.approx(1 - (5 + 0.5 * gpus) / 100)
    assert formulas.tensor_speed_up(gpus) == pytest.approx(gpus * (1 - (15 + 2 * gpus) / 100))


def test_r7_in_the_published_examples() -> None:
    assert value("R7.2") == pytest.approx(1.62)
    assert value("R7.4") == pytest.approx(3.08)
    assert value("R7.pipeline.2") == pytest.approx(0.94)
    assert value("R7.replicas.4") == 4
    assert published()["R7.replicas.4"].exact is None, "70B at 16 bits does not fit one of them"
    assert 1 < exact("R7.2") <= 2
    assert exact("R7.2") < exact("R7.4") <= 4


def test_r8_memory() -> None:
    assert formulas.newsletter_weights_bytes(LARGEST) == 810e9
    assert formulas.newsletter_gpus(LARGEST) == (11, 16)
    assert formulas.newsletter_kv_bytes_per_token(126, 16384) == pytest.approx(8.26e6, rel=1e-3)
    assert published()["R8.gpus"].inputs["least"] == 11
    assert (value("R8.weights"), value("R8.gpus")) == (pytest.approx(810), 16)
    assert f"{value('R8.kv') / 1e6:.2f}" == "8.26"
    assert exact("R8.kv") == 504 * 1024


def test_r8_times() -> None:
    one = formulas.newsletter_ttft_s(LARGEST, 100, H100_SPARSE, H100_BANDWIDTH, 1)
    many = formulas.newsletter_ttft_s(LARGEST, 100, H100_SPARSE, H100_BANDWIDTH, 16)
    assert int(one * 1000) == 282
    assert round(many * 1000) == 18
    assert round(formulas.newsletter_inter_token_s(LARGEST, H100_BANDWIDTH, 1) * 1000) == 242
    assert round(formulas.newsletter_inter_token_s(LARGEST, H100_BANDWIDTH, 16) * 1000) == 15
    gap = formulas.newsletter_inter_token_s(LARGEST, H100_BANDWIDTH, 16)
    assert round(formulas.newsletter_tokens_in_a_second(many, gap)) == 65


def test_r8_times_in_the_published_example() -> None:
    assert int(value("R8.ttft_one") * 1000) == 282
    assert round(value("R8.ttft") * 1000) == 18
    assert round(value("R8.inter_token_one") * 1000) == 242
    assert round(value("R8.inter_token") * 1000) == 15
    assert round(value("R8.second")) == 65
    assert exact("R8.inter_token") > value("R8.inter_token")


def test_r8_money() -> None:
    assert (value("R8.hour"), exact("R8.hour")) == (32, 32)
    assert round(value("R8.hour") / 3600 * 100, 1) == 0.9
    split = formulas.newsletter_split(32, 100, value("R8.ttft"), value("R8.inter_token"))
    assert split is not None
    spent = split.prompt * 100 + split.output * value("R8.second")
    assert spent / 1e6 == pytest.approx(32 / 3600), "prompt and output take the whole second"
    assert (value("R8.claim_prompt"), value("R8.claim_output")) == (3.22, 71)
    assert (exact("R8.claim_hosted_prompt"), exact("R8.claim_hosted_output")) == (2.5, 10)


def test_r8_an_8b_model_on_one_gpu() -> None:
    assert published()["R8.tokens.8b"].inputs["left_gb"] == 64
    assert value("R8.tokens.8b") == 128 * 1024
    assert f"{value('R8.inter_token.8b') * 1000:.1f}" == "4.8"
    assert round(1 / value("R8.inter_token.8b"), -2) == 200
    assert f"{value('R8.8b'):.1f}" == "2.7"
    assert value("R8.prompt.8b") < 0.05, "prompt tokens 'for free'"


def test_r8_the_markets_side() -> None:
    found = margins(usd_per_hour=2, price_usd=30_000, power_w=700, usd_per_kwh=0.163)
    assert round(found.revenue_usd, -3) == 35_000
    assert found.price_usd == 30_000
    assert round(found.electricity_usd, -2) == 2_000
    assert found.maker_usd / found.price_usd == 0.75
    assert found.maker_usd == pytest.approx(22_000, rel=0.03)
    assert found.owner_usd == pytest.approx(35_040 - 30_000 - found.electricity_usd)
    assert value("R8.owner") == pytest.approx(found.owner_usd)
    assert value("R8.maker") == found.maker_usd


def test_r9_the_one_percent_rule() -> None:
    assert formulas.one_percent_rule(1000) == (10, pytest.approx(0.1))
    assert value("R9") == pytest.approx(0.1)
    assert published()["R9"].inputs["logged_in"] == 10
    assert exact("R9") > value("R9"), "an answer takes longer than a web page"
    assert value("R9.speed") == 5


def test_r10_the_research_centre() -> None:
    assert value("R10") == 4
    assert (value("R10.total"), value("R10.each")) == (700, 20)
    assert ratio("R10.total") == pytest.approx(1, abs=0.4)
    assert ratio("R10.each") == pytest.approx(1, abs=0.4)
    assert exact("R10.context") == pytest.approx(2, abs=0.3), "linear in the prompt, as its own tables show"
    hardware = {"v100-pcie-16gb": 5000, "a100-pcie-40gb": 8500}
    from roofrack.catalog.prices import shipped_prices

    assert {device: shipped_prices().hardware[device].usd for device in hardware} == hardware
