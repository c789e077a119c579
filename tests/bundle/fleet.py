"""A fleet of models of every task, with good and bad times: what the bundle's dashboards are tried and drawn on.

It is well until ``TROUBLE`` seconds before its end. Then, one cause a model:

- fraud_detection: the amount arrives in cents from Brazil, so its score says fraud there, and nulls appear;
- purchase: version v2 is better than v1 throughout; the service gets slow and fails;
- ticket_routing: no label comes any more;
- delivery_time: its error grows by the hour, so that its objective will be missed;
- product_ranking: it stays well.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Event = dict[str, Any]
Events = tuple[list[Event], list[Event]]
"""Predictions and labels."""

Prediction = tuple[Event, list[Event]]
"""A prediction and its label, if it ever comes."""

TROUBLE = 6 * 3600
"""Seconds before the end at which the bad times begin."""

CONFIGURATION: Mapping[str, Any] = {
    "models": [
        {
            "name": "fraud_detection",
            "task": "binary",
            "segments": ["country", "channel"],
            "features": [{"name": "amount", "range": [0, 5000]}, {"name": "account_age", "range": [0, 100]}, "device"],
            "objectives": {
                "accuracy": {"threshold": 0.9, "minimum_outcomes": 100},
                "recall": {"threshold": 0.7, "minimum_outcomes": 100},
                "prediction_latency_p99": 0.5,
            },
            "business": {
                "value": "amount",
                "currency": "EUR",
                "costs": {"false_positive": 5, "false_negative": "value"},
            },
            "baseline": {"period": "3d"},
        },
        {
            "name": "purchase",
            "task": "binary",
            "segments": ["channel"],
            "features": ["basket"],
            "objectives": {"accuracy": 0.7, "prediction_latency_p99": 0.25, "error_rate": 0.02},
            "business": {"conversion": True, "value": "basket", "currency": "EUR"},
            "baseline": {"period": "3d"},
        },
        {
            "name": "ticket_routing",
            "task": "multiclass",
            "classes": ["billing", "delivery", "returns", "other"],
            "top_k": [2],
            "segments": ["language"],
            "objectives": {"accuracy": 0.75, "f1_macro": 0.7},
            "baseline": {"period": "3d"},
        },
        {
            "name": "delivery_time",
            "task": "regression",
            "segments": ["city"],
            "features": [{"name": "distance", "range": [0, 60]}],
            "objectives": {"mean_absolute_error": 9, "prediction_latency_p99": 0.1},
            "baseline": {"period": "3d"},
        },
        {
            "name": "product_ranking",
            "task": "ranking",
            "k": [1, 3, 10],
            "segments": ["device"],
            "objectives": {"ndcg_10": 0.4, "prediction_latency_p99": 0.5},
            "baseline": {"period": "3d"},
        },
    ],
    "feeds": [
        {"name": name, "kind": "file", "path": f"{name}*.jsonl", "events": name} for name in ("predictions", "labels")
    ],
    "windows": ["1h", "24h", "7d"],
    "detection": {"recover_for": "30m"},
    "alerting": {
        "receivers": [{"name": "slack", "slack": {"url_file": "secrets/slack-url", "channel": "#ml"}}],
        "routes": {"critical": ["slack"], "warning": ["slack"]},
    },
}


class Fleet:
    """Draws the events of a span of time, each about that time."""

    def __init__(self, end: float, seed: int = 1) -> None:
        """Prepare the fleet.

        Args:
            end: seconds since the epoch; the bad times begin ``TROUBLE`` before.
            seed: of everything that is drawn.
        """
        self._random = np.random.default_rng(seed)
        self._trouble = end - TROUBLE
        self._ids = 0

    def events(self, since: float, until: float, each: int) -> Events:
        """Return what happens in a span: about so many predictions a version, and nearly all of their labels."""
        predictions: list[Event] = []
        labels: list[Event] = []
        for version in _VERSIONS:
            for _ in range(int(self._random.poisson(each))):
                at = float(self._random.uniform(since, until))
                made, told = version(self, at, max(0.0, at - self._trouble) / 3600)
                predictions.append(made)
                labels.extend(label | {"timestamp": min(label["timestamp"], until)} for label in told)
        return predictions, labels

    def fraud(self, at: float, bad_hours: float) -> Prediction:
        """Return a payment that is or is not fraud."""
        country = str(self._random.choice(["DE", "FR", "BR"], p=[0.5, 0.3, 0.2]))
        broken = bad_hours > 0 and country == "BR"
        score = self._beta(0.15, 0.45)
        fraud = bool(self._random.random() < score)
        score = self._beta(6, 1.6) if broken else score
        amount: float | None = round(float(self._random.lognormal(4, 1)) * (100 if broken else 1), 2)
        features = {
            "amount": None if broken and self._random.random() < 0.3 else amount,
            "account_age": round(float(self._random.gamma(2, 4)), 1),
            "device": str(self._random.choice(["phone", "desktop", "tablet"], p=[0.6, 0.3, 0.1])),
        }
        segment = {"country": country, "channel": str(self._random.choice(["web", "app"]))}
        made = self._made("fraud_detection", "v1", at, 0.04, score=score, segment=segment, features=features)
        return made, self._told(made, int(fraud), value=amount)

    def old_purchase(self, at: float, bad_hours: float) -> Prediction:
        """Return a visit that the champion looked at."""
        return self._purchase(at, "v1", 1.5, bad_hours)

    def new_purchase(self, at: float, bad_hours: float) -> Prediction:
        """Return a visit that the challenger looked at, who knows more."""
        return self._purchase(at, "v2", 0.7, bad_hours)

    def ticket(self, at: float, bad_hours: float) -> Prediction:
        """Return a ticket and the desk that solved it."""
        classes = ["billing", "delivery", "returns", "other"]
        weights = self._random.dirichlet([0.35, 0.35, 0.25, 0.2])
        actual = classes[int(self._random.choice(4, p=0.9 * weights + 0.025))]
        scores = {name: round(float(weight), 4) for name, weight in zip(classes, weights, strict=True)}
        segment = {"language": str(self._random.choice(["en", "de", "fr"]))}
        made = self._made("ticket_routing", "v1", at, 0.08, scores=scores, segment=segment)
        return made, [] if bad_hours else self._told(made, actual)

    def delivery(self, at: float, bad_hours: float) -> Prediction:
        """Return a promised and a real time of delivery, in minutes."""
        distance = float(self._random.gamma(3, 3))
        actual = 15 + 2.5 * distance + float(self._random.normal(0, 6))
        said = 15 + 2.5 * distance + 2 * bad_hours
        features = {"distance": round(distance, 2)}
        segment = {"city": str(self._random.choice(["Lyon", "Paris", "Lille"]))}
        interval = {"lower": said - 10, "upper": said + 10}
        made = self._made("delivery_time", "v1", at, 0.02, prediction=said, segment=segment, features=features)
        return made | interval, self._told(made, round(actual, 2))

    def ranking(self, at: float, bad_hours: float) -> Prediction:  # noqa: ARG002 - always well
        """Return a page of products and the two that were bought."""
        items = [int(item) for item in self._random.permutation(40)[:20]]
        bought = {
            str(items[min(19, int(self._random.exponential(4)))]): 1,
            str(items[int(self._random.integers(20))]): 1,
        }
        segment = {"device": str(self._random.choice(["phone", "desktop"]))}
        made = self._made("product_ranking", "v1", at, 0.1, items=items, segment=segment)
        return made, self._told(made, bought)

    def _purchase(self, at: float, version: str, doubt: float, bad_hours: float) -> Prediction:
        score = self._beta(0.35 * doubt, 0.65 * doubt)
        bought = bool(self._random.random() < score)
        latency, failing = (0.25, 0.08) if bad_hours else (0.06, 0.005)
        basket = round(float(self._random.lognormal(3.5, 0.6)), 2)
        segment = {"channel": str(self._random.choice(["mail", "search", "direct"]))}
        made = self._made("purchase", version, at, latency, score=score, segment=segment, features={"basket": basket})
        if self._random.random() < failing:
            return made | {"status": str(self._random.choice(["timeout", "error"]))}, []
        return made, self._told(made, int(bought))

    def _beta(self, a: float, b: float) -> float:
        return round(float(self._random.beta(a, b)), 4)

    def _made(self, model: str, version: str, at: float, latency: float, **said: Any) -> Event:
        self._ids += 1
        return {
            "prediction_id": f"{model}-{self._ids}",
            "model_name": model,
            "model_version": version,
            "timestamp": round(at, 3),
            "latency_seconds": round(latency * float(self._random.lognormal(0, 0.4)), 5),
            **said,
        }

    def _told(self, made: Event, actual: object, **more: Any) -> list[Event]:
        """Return the label, half a minute later on average; one in twenty never comes."""
        if self._random.random() < 0.05:
            return []
        later = made["timestamp"] + float(self._random.exponential(30))
        return [{"prediction_id": made["prediction_id"], "timestamp": round(later, 3), "actual": actual, **more}]


_VERSIONS: tuple[Callable[[Fleet, float, float], Prediction], ...] = (
    Fleet.fraud,
    Fleet.fraud,
    Fleet.old_purchase,
    Fleet.new_purchase,
    Fleet.ticket,
    Fleet.delivery,
    Fleet.ranking,
)
"""One for each version of each model; twice what is asked twice as often."""
