"""What the user wants: ``monitoring.yml``, validated, with every error at once and a remedy for each."""

from ml_exporter.config.alert_rule import AlertRule, metric_of
from ml_exporter.config.alerting import (
    NOBODY,
    AlertingSettings,
    AlertSettings,
    EscalationTier,
    LinkSettings,
    ReceiverSettings,
    RouteSettings,
    SeverityRoutes,
    TimingSettings,
)
from ml_exporter.config.base import Section
from ml_exporter.config.collectors import CollectorSettings, RegularExpression
from ml_exporter.config.duration import Duration
from ml_exporter.config.explaining import closest
from ml_exporter.config.feed import FeedSettings
from ml_exporter.config.loading import ConfigurationError, Kinds, Problem, load, load_web_settings
from ml_exporter.config.model import ModelSettings
from ml_exporter.config.monitoring import (
    Monitoring,
    PrometheusSettings,
    RemoteWriteSettings,
    Rung,
    StoreSettings,
)
from ml_exporter.config.objective import Objective
from ml_exporter.config.planned import plan_of, planned, switch_of
from ml_exporter.config.process import ProcessSettings
from ml_exporter.config.server import ServerSettings
from ml_exporter.config.severity import Severity
from ml_exporter.config.strategy import PLANS, Plan
from ml_exporter.config.strategy_choice import Recommendation, recommend
from ml_exporter.config.web import RateLimit, TlsSettings, WebSettings

__all__ = [
    "NOBODY",
    "PLANS",
    "AlertRule",
    "AlertSettings",
    "AlertingSettings",
    "CollectorSettings",
    "ConfigurationError",
    "Duration",
    "EscalationTier",
    "FeedSettings",
    "Kinds",
    "LinkSettings",
    "ModelSettings",
    "Monitoring",
    "Objective",
    "Plan",
    "Problem",
    "ProcessSettings",
    "PrometheusSettings",
    "RateLimit",
    "ReceiverSettings",
    "Recommendation",
    "RegularExpression",
    "RemoteWriteSettings",
    "RouteSettings",
    "Rung",
    "Section",
    "ServerSettings",
    "Severity",
    "SeverityRoutes",
    "StoreSettings",
    "TimingSettings",
    "TlsSettings",
    "WebSettings",
    "closest",
    "load",
    "load_web_settings",
    "metric_of",
    "plan_of",
    "planned",
    "recommend",
    "switch_of",
]
