"""The stories of users and money, step by step, as the panes and pages write them."""

import re

import pytest

from roofrack.catalog import Catalog
from roofrack.story import told
from roofrack_tui.figures import latency_chart, throughput_chart
from roofrack_tui.screens.pages.machine import MachinePage
from roofrack_tui.screens.pages.money import MoneyPage
from roofrack_tui.screens.pages.users import UsersPage
from roofrack_tui.store import Store
from roofrack_tui.tabular import wrapped
from roofrack_tui.words import verdict

STORIES = ("newsletter-405b", "8b-economics", "a100-pair", "thousand-users", "size-classes", "gaming-against-business")


def stores(catalog: Catalog, name: str) -> list[Store]:
    """A store at each caption."""
    spec = catalog.scenario(name)
    return [Store(told(spec, number), catalog) for number in range(len(spec.captions))]


def verdict_of(store: Store, width: int = 44) -> str:
    return " ".join(" ".join(row.plain for row in verdict(store.plan, (), width, 0, store.service)).split())


@pytest.mark.parametrize("name", STORIES)
def test_every_step_can_be_shown(whole_catalog: Catalog, name: str) -> None:
    for store in stores(whole_catalog, name):
        within = round(store.service.capacity.requests.mid) if store.service else None
        assert throughput_chart(store.plan, None, within).series
        assert latency_chart(store.plan, None, within).series
        for width in (56, 74, 112):
            for page in (MoneyPage(store.plan), UsersPage(store.plan), MachinePage(store.plan)):
                rows = wrapped(page.rows(width), width)
                assert all(row.cell_length <= width for row in rows)
                assert not re.search(r"\b(nan|inf|None)\b", " ".join(row.plain for row in rows), re.IGNORECASE)


def test_the_verdict_counts_the_cards_that_the_captions_count(whole_catalog: Catalog) -> None:
    rule, talking, content, sure = (verdict_of(store) for store in stores(whole_catalog, "thousand-users"))
    assert re.search(r"✓ serves \d{3},\d{3} users", rule)
    assert "takes 2 racks" in talking
    assert "✓ serves" in content
    assert "takes 2 racks + 1 spare" in sure


def test_the_verdict_shows_the_prices_that_the_captions_name(whole_catalog: Catalog) -> None:
    shown = []
    for store in stores(whole_catalog, "newsletter-405b"):
        found = re.search(r"\$/M output \$([\d,.]+)", verdict_of(store))
        assert found
        shown.append(float(found[1].replace(",", "")))
    alone, _, batch, busy = shown
    assert (alone, batch, busy) == (pytest.approx(400, rel=0.2), pytest.approx(11, rel=0.2), pytest.approx(6, rel=0.2))


def test_the_money_page_has_the_price_of_the_verdict_too(whole_catalog: Catalog) -> None:
    store = stores(whole_catalog, "newsletter-405b")[2]
    found = re.search(r"\$/M output (\$[\d,.]+)", verdict_of(store))
    assert found
    page = [row.plain for row in MoneyPage(store.plan).rows(76)]
    (row,) = (line for line in page if line.startswith("all on output"))
    assert row.split()[-1] == found[1]
