"""Who may talk to the server: rules about Host, Origin and token, without any network."""

from __future__ import annotations

import hmac
import secrets
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

LEAST_TOKEN = 16
"""Characters of a token of one's own; one that is made here has 43."""

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


class Refusal(NamedTuple):
    """Why a request is refused.

    Args:
        status: The HTTP status.
        why: In words, for the person in front of the browser.
    """

    status: int
    why: str


class Access(NamedTuple):
    """The rules of one server.

    Args:
        host: The address that it listens on.
        names: Further names under which this machine may be called.
        token: What a visitor must know; empty asks for none.
        public_url: The address that a proxy in front of it has; empty where there is none.
    """

    host: str
    names: tuple[str, ...] = ()
    token: str = ""
    public_url: str = ""

    def refusal(self, host: str | None, origin: str | None, tokens: tuple[str, ...], *, socket: bool) -> Refusal | None:
        """Why a request is refused, or None.

        A name that is not ours in Host means that somebody else's name was pointed at this machine; another page in
        Origin means that it, not the person, makes the request.

        Args:
            host: The header Host.
            origin: The header Origin; browsers send it with every websocket.
            tokens: What the request offers as tokens.
            socket: Whether it asks for a websocket.
        """
        if not self._is_ours(host):
            return Refusal(
                403, "This server does not go by that name (Host). Behind a proxy, tell it with --public-url."
            )
        if (origin is None and socket) or (origin is not None and not self._is_same(origin, host or "")):
            return Refusal(403, "Another page may not talk to this server (Origin).")
        if self.token and not any(same(offered, self.token) for offered in tokens):
            return Refusal(401, "Open the address with the token that 'roofrack serve' printed.")
        return None

    def _is_ours(self, host: str | None) -> bool:
        name = _name(host or "")
        if not name:
            return False
        public = _name(urlsplit(self.public_url).netloc)
        ours = {*_LOOPBACK_NAMES, self.host.lower(), *(known.lower() for known in self.names), *filter(None, (public,))}
        # A number cannot be pointed elsewhere, and a server on all addresses cannot know by which it is reached.
        return name in ours or (is_wildcard(self.host) and is_address(name))

    def _is_same(self, origin: str, host: str) -> bool:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https"):
            return False
        public = urlsplit(self.public_url)
        return parts.netloc.lower() == host.lower() or (parts.scheme, parts.netloc.lower()) == (
            public.scheme,
            public.netloc.lower(),
        )


def same(offered: str, token: str) -> bool:
    """Whether a token is the right one, in a time that tells nothing.

    Args:
        offered: What came.
        token: What is right.
    """
    return hmac.compare_digest(offered.encode("utf-8", "replace"), token.encode("utf-8"))


def new_token() -> str:
    """A token that nobody guesses."""
    return secrets.token_urlsafe(32)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address to listen on.

    Args:
        host: A name or an address.
    """
    return host.lower() == "localhost" or (is_address(host) and ip_address(host).is_loopback)


def is_wildcard(host: str) -> bool:
    """Whether an address to listen on means all addresses of the machine.

    Args:
        host: A name or an address.
    """
    return is_address(host) and ip_address(host).is_unspecified


def is_address(name: str) -> bool:
    """Whether a name is an IP address.

    Args:
        name: Without brackets and port.
    """
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _name(netloc: str) -> str:
    """The name of `name:port`, empty where it is none."""
    if "@" in netloc or "/" in netloc:
        return ""
    try:
        return (urlsplit(f"//{netloc}").hostname or "").rstrip(".")
    except ValueError:
        return ""
