"""A writer of segments that works when it is told to, or when somebody waits for it: tests are repeatable with it."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class _Waiting(Future[Any]):
    """Work that is done when somebody asks for its result."""

    def __init__(self, work: Callable[[], Any]) -> None:
        super().__init__()
        self.work = work

    def run(self) -> None:
        if self.set_running_or_notify_cancel():
            try:
                self.set_result(self.work())
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
                self.set_exception(error)

    def exception(self, timeout: float | None = None) -> BaseException | None:
        if not self.done():
            self.run()
        return super().exception(timeout)


class PatientWriter(Executor):
    """Does nothing by itself."""

    def __init__(self) -> None:
        self.waiting: list[_Waiting] = []

    def submit(self, work: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        future = _Waiting(lambda: work(*args, **named))
        self.waiting.append(future)
        return future

    def work(self) -> None:
        """Do what comes next."""
        while self.waiting:
            future = self.waiting.pop(0)
            if not future.done():
                future.run()
                return

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: ARG002 - the interface
        for future in self.waiting:
            future.cancel()
