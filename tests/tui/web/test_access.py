"""Host, Origin and token, as a table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roofrack.errors import InputError
from roofrack_tui.web.access import Access, is_loopback, new_token, same

LOCAL = Access("127.0.0.1")
OPEN = Access("0.0.0.0", ("planner", "planner.lan"), "t" * 20)  # noqa: S104 (a rule about it)
PROXIED = Access("127.0.0.1", public_url="https://plan.example.org")
TOKEN = ("t" * 20,)


@pytest.mark.parametrize(
    ("access", "host", "origin", "socket", "status"),
    [
        (LOCAL, "127.0.0.1:8000", None, False, None),
        (LOCAL, "localhost:8000", None, False, None),
        (LOCAL, "LOCALHOST", None, False, None),
        (LOCAL, "localhost.:8000", None, False, None),
        (LOCAL, "[::1]:8000", None, False, None),
        (LOCAL, "localhost:9000", "http://localhost:9000", True, None),  # ssh -L 9000:localhost:8000
        (LOCAL, "evil.example:8000", None, False, 403),
        (LOCAL, "localhost.evil.example:8000", None, False, 403),
        (LOCAL, "127.0.0.1.evil.example", None, False, 403),
        (LOCAL, "user@localhost:8000", None, False, 403),
        (LOCAL, "evil.example/localhost", None, False, 403),
        (LOCAL, "192.168.1.5:8000", None, False, 403),
        (LOCAL, "[::1", None, False, 403),
        (LOCAL, "", None, False, 403),
        (LOCAL, None, None, False, 403),
        (LOCAL, "localhost:8000", None, True, 403),
        (LOCAL, "localhost:8000", "null", True, 403),
        (LOCAL, "localhost:8000", "", True, 403),
        (LOCAL, "localhost:8000", "http://evil.example", True, 403),
        (LOCAL, "localhost:8000", "http://evil.example", False, 403),
        (LOCAL, "localhost:8000", "http://localhost:3000", True, 403),
        (LOCAL, "localhost:8000", "http://127.0.0.1:8000", True, 403),
        (LOCAL, "localhost:8000", "file://localhost:8000", True, 403),
        (LOCAL, "localhost:8000", "http://localhost:8000", True, None),
        (OPEN, "planner:8000", "http://planner:8000", True, None),
        (OPEN, "planner.lan:8000", "http://planner.lan:8000", True, None),
        (OPEN, "192.168.1.5:8000", "http://192.168.1.5:8000", True, None),
        (OPEN, "[fe80::1]:8000", "http://[fe80::1]:8000", True, None),
        (OPEN, "rebound.evil.example:8000", "http://rebound.evil.example:8000", True, 403),
        (PROXIED, "plan.example.org", "https://plan.example.org", True, None),
        (PROXIED, "127.0.0.1:8000", "https://plan.example.org", True, None),
        (PROXIED, "127.0.0.1:8000", "http://plan.example.org", True, 403),
        (PROXIED, "127.0.0.1:8000", "https://plan.example.org.evil.example", True, 403),
    ],
)
def test_host_and_origin(
    access: Access, host: str | None, origin: str | None, socket: bool, status: int | None
) -> None:
    refusal = access.refusal(host, origin, TOKEN, socket=socket)
    assert (refusal.status if refusal else None) == status


@pytest.mark.parametrize(
    ("tokens", "status"),
    [((), 401), (("",), 401), (("t" * 19,), 401), (("t" * 21,), 401), (("", "t" * 20), None), (("té",), 401)],
)
def test_token(tokens: tuple[str, ...], status: int | None) -> None:
    refusal = OPEN.refusal("planner:8000", None, tokens, socket=False)
    assert (refusal.status if refusal else None) == status


@given(st.text(max_size=60), st.none() | st.text(max_size=60), st.booleans())
def test_nothing_breaks_it_and_nobody_is_let_in_by_chance(host: str, origin: str | None, socket: bool) -> None:
    refusal = OPEN.refusal(host, origin, ("guess",), socket=socket)
    assert refusal is not None
    assert refusal.status in (401, 403)
    assert host not in refusal.why or len(host) < 3


def test_tokens() -> None:
    assert len({new_token() for _ in range(50)}) == 50
    assert len(new_token()) >= 40
    assert same("a" * 20, "a" * 20)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "planner", ""])  # noqa: S104
def test_not_loopback(host: str) -> None:
    server = pytest.importorskip("roofrack_tui.web.server", exc_type=ImportError)
    assert not is_loopback(host)
    with pytest.raises(InputError, match="--allow-remote"):
        server.access_for(server.Serving(host=host), "")
    assert len(server.access_for(server.Serving(host=host, allow_remote=True), "").token) >= 40


def test_a_token_of_ones_own_must_be_long() -> None:
    server = pytest.importorskip("roofrack_tui.web.server", exc_type=ImportError)
    with pytest.raises(InputError, match="shorter than 16"):
        server.access_for(server.Serving(), "secret")
    assert server.access_for(server.Serving(), "x" * 16).token == "x" * 16
    assert server.access_for(server.Serving(), "").token == ""
    assert server.access_for(server.Serving(ask_token=True), "").token
