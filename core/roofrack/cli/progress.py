"""How far long work is, where somebody sees it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, overload

T = TypeVar("T")


class Progress:
    """A percentage on a terminal's stderr, which goes when the work is done.

    Args:
        doing: What goes on, such as `searching`.
    """

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._shown = -1

    def __enter__(self) -> None:
        """Nothing is shown before there is something to tell."""

    def __exit__(self, *_: object) -> None:
        if self._shown >= 0:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def show(self, done: int, total: int) -> None:
        """Write the percentage when it has changed.

        Args:
            done: Parts that are done.
            total: All of them.
        """
        percent = 100 * done // max(1, total)
        if percent != self._shown and sys.stderr.isatty():
            self._shown = percent
            print(f"\r{self._doing}: {percent} % (Ctrl-C stops)", end="", file=sys.stderr, flush=True)


class StoppableProgress(Progress):
    """The same for work that keeps what it has found when Ctrl-C stops it."""

    def __init__(self, doing: str) -> None:
        super().__init__(doing)
        self._stopped = False
        self._before: Any = None

    def __enter__(self) -> None:
        import signal
        import threading

        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._stop)

    def __exit__(self, *raised: object) -> None:
        import signal

        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        super().__exit__(*raised)

    def _stop(self, *_: object) -> None:
        self._stopped = True

    def cancelled(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._stopped


class Watched(Sequence[T]):
    """Rows that tell how far whoever goes through them is.

    Args:
        rows: The rows.
        progress: Whom to tell.
    """

    def __init__(self, rows: Sequence[T], progress: Progress) -> None:
        self._rows = rows
        self._progress = progress

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self._rows[index]

    def __iter__(self) -> Iterator[T]:
        for done, row in enumerate(self._rows):
            self._progress.show(done, len(self._rows))
            yield row
