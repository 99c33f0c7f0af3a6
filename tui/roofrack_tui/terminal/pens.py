"""Character attributes (SGR and OSC 8) as small numbers, and the shortest way from one to another."""

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

UNKNOWN_PEN: Final = 0
_MAX_PENS: Final = 0x8000
_MAX_WAYS: Final = 0x8000
_MAX_ORDERS: Final = 256
_MAX_ORDERED: Final = 48  # to look for the next nearest of so many takes a fifth of a millisecond

_SLOTS: Final = ("bold", "dim", "italic", "underline", "blink", "reverse", "conceal", "strike", "overline", "fg", "bg")
_OFF: Final = dict(zip(_SLOTS, ("22", "22", "23", "24", "25", "27", "28", "29", "55", "39", "49"), strict=True))
_BRIGHTNESS: Final = ("bold", "dim")  # switched off by one code together
_ON: Final = {
    "1": "bold",
    "2": "dim",
    "3": "italic",
    "4": "underline",
    "5": "blink",
    "6": "blink",
    "7": "reverse",
    "8": "conceal",
    "9": "strike",
    "53": "overline",
    **{str(base + colour): "fg" for base in (30, 90) for colour in range(8)},
    **{str(base + colour): "bg" for base in (40, 100) for colour in range(8)},
}
_EXTENDED: Final = {"38": "fg", "48": "bg"}
_EXTENDED_LENGTH: Final = {"5": 1, "2": 3}


class Pen(NamedTuple):
    """The attributes that printed text gets."""

    slots: tuple[tuple[str, str], ...] | None = ()
    """(attribute, code which sets it) in the order of `_SLOTS`; None if anything may be on."""
    opaque: str = ""
    """All parameters since the last reset, where one of them is not modelled."""
    link: str = ""
    """`params;URI` of an open hyperlink."""

    @property
    def parameters(self) -> str:
        """SGR parameters which lead here from the default."""
        return self.opaque or ";".join(code for _, code in self.slots or ())


class Pens:
    """Numbers pens in the order of their first use and remembers the ways between them."""

    def __init__(self) -> None:
        self._pens = [Pen(slots=None)]
        self._numbers = {self._pens[UNKNOWN_PEN]: UNKNOWN_PEN}
        self._after: dict[tuple[int, str], int] = {}
        self._ways: dict[tuple[int, int], str] = {}
        self._orders: dict[tuple[int, frozenset[int]], list[int]] = {}

    @property
    def full(self) -> bool:
        """Whether it is time to start afresh; colours computed at run time would otherwise pile up for ever."""
        return len(self._pens) > _MAX_PENS or len(self._ways) > _MAX_WAYS

    def is_known(self, pen: int) -> bool:
        """Whether all attributes of the pen are known."""
        return self._pens[pen].slots is not None

    def after(self, pen: int, parameters: str) -> int:
        """The pen that `CSI parameters m` makes of `pen`."""
        key = (pen, parameters)
        found = self._after.get(key)
        if found is None:
            found = self._after[key] = self._number(_applied(self._pens[pen], parameters))
        return found

    def linked(self, pen: int, link: str) -> int:
        """The pen that `OSC 8 ; link` makes of `pen`; the link is `params;URI`, and an empty URI closes it."""
        return self._number(self._pens[pen]._replace(link=link if link.partition(";")[2] else ""))

    def blurred(self, pen: int) -> int:
        """The pen after a sequence that may have changed any attribute."""
        return self._number(Pen(slots=None, link=self._pens[pen].link))

    def way(self, source: int, target: int) -> str:
        """The shortest escape sequences that turn `source` into `target`, which is known."""
        key = (source, target)
        found = self._ways.get(key)
        if found is None:
            found = self._ways[key] = _way(self._pens[source], self._pens[target])
        return found

    def in_order(self, source: int, pens: Iterable[int]) -> list[int]:
        """The same pens, so that each is near the one before: many share a background, which then is not sent again.

        Args:
            source: The pen to start from.
            pens: Known pens.
        """
        key = (source, frozenset(pens))
        found = self._orders.get(key)
        if found is None:
            if len(self._orders) >= _MAX_ORDERS:
                self._orders.clear()
            found = self._orders[key] = self._ordered(source, sorted(key[1]))
        return found

    def _ordered(self, source: int, left: list[int]) -> list[int]:
        if len(left) > _MAX_ORDERED:
            return sorted(left, key=lambda pen: (self._pens[pen].slots or ())[::-1])
        found: list[int] = []
        at = source
        while left:
            at = min(left, key=lambda pen: len(self.way(at, pen)))
            left.remove(at)
            found.append(at)
        return found

    def _number(self, pen: Pen) -> int:
        number = self._numbers.setdefault(pen, len(self._pens))
        if number == len(self._pens):
            self._pens.append(pen)
        return number


def _applied(before: Pen, parameters: str) -> Pen:
    slots, opaque, known = dict(before.slots or ()), before.opaque, before.slots is not None
    codes = iter(parameters.split(";"))
    for given in codes:
        code = given.lstrip("0") or "0"
        if code == "0":
            slots, opaque, known = {}, "", True
            continue
        written = _extended(code, codes) if code in _EXTENDED else code
        if opaque or not _set(slots, code, written):
            opaque = ";".join(filter(None, (opaque or ";".join(slots.values()), written)))
    if not known:
        return before
    ordered = tuple((slot, slots[slot]) for slot in _SLOTS if slot in slots)
    return Pen(() if opaque else ordered, opaque, before.link)


def _extended(code: str, codes: Iterator[str]) -> str:
    kind = next(codes, "")
    values = [next(codes, "") for _ in range(_EXTENDED_LENGTH.get(kind, 0))]
    return ";".join((code, kind, *values))


def _set(slots: dict[str, str], code: str, written: str) -> bool:
    """Apply one attribute; False if it is not modelled."""
    slot = _ON.get(code)
    if slot is None and code in _EXTENDED and written.count(";") in (2, 4) and not written.endswith(";"):
        slot = _EXTENDED[code]
    if slot is not None:
        slots[slot] = written
        return True
    cleared = [slot for slot, off in _OFF.items() if off == code]
    for slot in cleared:
        slots.pop(slot, None)
    return bool(cleared)


def _way(source: Pen, target: Pen) -> str:
    link = "" if source.link == target.link else f"\x1b]8;{target.link or ';'}\x1b\\"
    if source._replace(link="") == target._replace(link=""):
        return link
    ways = [f"\x1b[0;{target.parameters}m" if target.parameters else "\x1b[m"]
    if source.slots is not None and target.slots is not None and not source.opaque and not target.opaque:
        ways.append(f"\x1b[{_change(dict(source.slots), dict(target.slots))}m")
    return link + min(ways, key=len)


def _change(source: dict[str, str], target: dict[str, str]) -> str:
    off = [slot for slot in source if slot not in target]
    codes = list(dict.fromkeys(_OFF[slot] for slot in off))
    dimmed = any(slot in _BRIGHTNESS for slot in off)
    for slot, code in target.items():
        if source.get(slot) != code or (dimmed and slot in _BRIGHTNESS):
            codes.append(code)
    return ";".join(codes)
