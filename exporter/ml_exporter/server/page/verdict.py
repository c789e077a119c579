"""The verdict: how the models do in a sentence, and why."""

from collections.abc import Mapping, Sequence
from html import escape

from ml_exporter.server.page.cards import reasons
from ml_exporter.server.page.standing import Standing, State, counts

_MOST_NAMED = 3


def verdict_of(standings: Sequence[Standing], at: float) -> str:
    """Return the whole in a sentence, and why."""
    found = counts(standings)
    wrong = [one for one in standings if one.state in (State.DEGRADED, State.BREACHED)]
    whole = len(standings)
    if not whole:
        return '<h1 class="learning">No predictions yet</h1><p>Models appear here with their first event.</p>'
    if not wrong:
        unsure = found[State.UNKNOWN] + found[State.LEARNING]
        state, told = ("healthy", _all_right(whole)) if not unsure else ("unknown", _so_far(whole - unsure, whole))
        return f'<h1 class="{state}">{told}</h1>{_doubts(found)}'
    lines = "".join(
        f"<li><b>{escape(one.key.model)}</b> {next(iter(reasons(one, at)), '')}</li>" for one in wrong[:_MOST_NAMED]
    )
    more = f"<li>and {len(wrong) - _MOST_NAMED} more, below</li>" if len(wrong) > _MOST_NAMED else ""
    verb = "is" if len(wrong) == 1 else "are"
    told = f"{len(wrong)} of {whole} models {verb} not right" if whole > 1 else "The model is not right"
    return f'<h1 class="{wrong[0].state.name.lower()}">{told}</h1><ul>{lines}{more}</ul>{_doubts(found)}'


def _all_right(whole: int) -> str:
    return "The model is healthy" if whole == 1 else f"All {whole} models are healthy"


def _so_far(healthy: int, whole: int) -> str:
    return f"{healthy} of {whole} models are healthy" if healthy else "Nothing is known to be wrong"


def _doubts(found: Mapping[State, int]) -> str:
    told = []
    if found[State.UNKNOWN]:
        told.append(f"of {found[State.UNKNOWN]} nothing is known, for want of labels")
    if found[State.LEARNING]:
        told.append(f"{found[State.LEARNING]} still learn{'s' if found[State.LEARNING] == 1 else ''} what is normal")
    return f"<p>{escape('; '.join(told).capitalize())}.</p>" if told else ""
