"""Work on many items in a process of its own, so that one that hangs or kills it has a name."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

START_S = 120.0  # for imports, before the first item


@dataclass(frozen=True)
class Ended:
    """What became of an item that gave no result.

    Attributes
    ----------
    how : "hang" or "death"
    detail : seconds, or the process's exit code
    """

    how: str
    detail: str


def guarded(
    task: Callable[[Any], Any],
    items: Iterable[Any],
    *,
    limit_s: float,
    memory_bytes: int | None = None,
) -> Iterator[tuple[Any, Any]]:
    """Each item with what `task` returns for it, or with how its process ended.

    Parameters
    ----------
    task : can be pickled; what it keeps between items is lost when a process ends
    limit_s : an item that takes longer hangs; choose many times what a slow machine needs
    memory_bytes : of data, of the process; beyond it, it sees a MemoryError
    """
    worker = None
    try:
        for item in items:
            worker = worker or _Worker(task, memory_bytes)
            result = worker.result(item, limit_s)
            if isinstance(result, Ended):
                worker.stop()
                worker = None
            yield item, result
    finally:
        if worker is not None:
            worker.stop()


class _Worker:
    def __init__(self, task: Callable[[Any], Any], memory_bytes: int | None) -> None:
        context = multiprocessing.get_context("spawn")  # a fork would share the decoders' threads
        self._mine, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, task, memory_bytes), daemon=True
        )
        self._process.start()
        theirs.close()
        if not self._mine.poll(START_S) or self._mine.recv() != "ready":
            raise RuntimeError("the process for the damaged files did not start")

    def result(self, item: Any, limit_s: float) -> Any:
        self._mine.send(item)
        if not self._mine.poll(limit_s):
            return Ended("hang", f"over {limit_s:.0f} s")
        try:
            return self._mine.recv()
        except EOFError:
            self._process.join()
            return Ended("death", f"exit code {self._process.exitcode}")

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self._mine.close()


def _serve(connection: Connection, task: Callable[[Any], Any], memory_bytes: int | None) -> None:
    if memory_bytes is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    connection.send("ready")
    while True:
        connection.send(task(connection.recv()))
