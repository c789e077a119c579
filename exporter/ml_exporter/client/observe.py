"""The decorator: every call of a function is a prediction."""

import functools
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from ml_exporter.client.observation import Observation

if TYPE_CHECKING:
    from ml_exporter.client.recorder import Recorder

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

FromCall = Callable[..., Any]
"""Computes a field from the arguments of the call."""

FromResult = Callable[[Any], Any]
"""Computes a field from what the function returned."""


@dataclass(frozen=True)
class Observed:
    """Which fields come from where. What a function of the user's raises is counted and told, and no more."""

    recorder: "Recorder"
    fixed: Mapping[str, Any]
    from_call: Mapping[str, FromCall]
    from_result: Mapping[str, FromResult]

    def begin(self, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Observation:
        """Return the observation of a call; what comes from its arguments is computed before they can change."""
        found = {}
        for name, compute in self.from_call.items():
            try:
                value = compute(*arguments, **keywords)
                found[name] = dict(value) if isinstance(value, Mapping) else value
            except Exception as error:  # noqa: BLE001 - monitoring must not break what it watches
                self.recorder.invalid(f"{name} of a call", error)
        return self.recorder.observation(**{**self.fixed, **found})

    def end(self, seen: Observation, result: Any) -> None:
        """Fill in what comes from the result."""
        seen.stop()
        for name, compute in self.from_result.items():
            try:
                setattr(seen, name, compute(result))
            except Exception as error:  # noqa: BLE001 - as above
                self.recorder.invalid(f"{name} of a result", error)


def observing(
    observed: Observed,
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Return a decorator for functions, those that are ``async`` as well."""

    def decorate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(
                f"{function.__qualname__} yields, so its call is no prediction; use recorder.observation() within it"
            )
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*arguments: Parameters.args, **keywords: Parameters.kwargs) -> Any:
                with observed.begin(arguments, keywords) as seen:
                    result = await function(*arguments, **keywords)
                    observed.end(seen, result)
                return result

            return cast("Callable[Parameters, Result]", awaited)

        @functools.wraps(function)
        def called(*arguments: Parameters.args, **keywords: Parameters.kwargs) -> Result:
            with observed.begin(arguments, keywords) as seen:
                result = function(*arguments, **keywords)
                observed.end(seen, result)
            return result

        return called

    return decorate
