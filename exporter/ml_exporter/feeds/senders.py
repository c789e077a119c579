"""What a sender may write, as settings and surroundings of a feed."""

from dataclasses import replace
from typing import TypeVar

from ml_exporter.config import FeedSettings
from ml_exporter.feeds.interface import FeedContext
from ml_exporter.feeds.receiving import Rights

AnySettings = TypeVar("AnySettings", bound=FeedSettings)


def limited(settings: AnySettings, context: FeedContext, rights: Rights) -> tuple[AnySettings, FeedContext]:
    """Return a feed's settings and surroundings as they are for a sender: models that are not his are unknown."""
    if rights.models is None:
        return settings, context
    models = {name: model for name, model in context.models.items() if name in rights.models}
    return settings.model_copy(update={"models": list(rights.models)}), replace(context, models=models)
