"""How much of a host is in use, as promtool computes it from series that are known."""

import subprocess
from pathlib import Path

import yaml

from ml_exporter.bundle.recordings.host import CPU, DISK, MEMORY, SHARED
from tests.bundle.conftest import Bundle
from tests.pipeline.in_process import monitoring
from tests.stack.servers import promtool

_SERIES = {
    # 8 processors for 5 minutes: a quarter of their time worked, the rest idle or waiting for a disk
    'ml_host_cpu_seconds_total{job="ml-exporter",instance="one:9877",mode="user"}': "100+90x30",
    'ml_host_cpu_seconds_total{job="ml-exporter",instance="one:9877",mode="system"}': "100+30x30",
    'ml_host_cpu_seconds_total{job="ml-exporter",instance="one:9877",mode="idle"}': "9e6+300x30",
    'ml_host_cpu_seconds_total{job="ml-exporter",instance="one:9877",mode="iowait"}': "7+60x30",
    'ml_host_cpu_seconds_total{job="node",instance="one:9100",mode="user"}': "0+480x30",
    'ml_host_memory_total_bytes{job="ml-exporter",instance="one:9877"}': "64x30",
    'ml_host_memory_available_bytes{job="ml-exporter",instance="one:9877"}': "16x30",
    'ml_host_disk_total_bytes{job="ml-exporter",instance="one:9877",mountpoint="/"}': "100x30",
    'ml_host_disk_free_bytes{job="ml-exporter",instance="one:9877",mountpoint="/"}': "10x30",
    'ml_host_disk_total_bytes{job="ml-exporter",instance="one:9877",mountpoint="/data"}': "200x30",
    'ml_host_disk_free_bytes{job="ml-exporter",instance="one:9877",mountpoint="/data"}': "200x30",
    'ml_host_disk_total_bytes{job="ml-exporter",instance="one:9877",mountpoint="/empty"}': "0x30",
    'ml_host_disk_free_bytes{job="ml-exporter",instance="one:9877",mountpoint="/empty"}': "0x30",
}
_OF_THE_HOST = '{job="ml-exporter", instance="one:9877"'
_USED = {
    CPU: {f"{CPU}{_OF_THE_HOST}}}": 0.25},
    MEMORY: {f"{MEMORY}{_OF_THE_HOST}}}": 0.75},
    DISK: {
        f'{DISK}{_OF_THE_HOST}, mountpoint="/"}}': 0.9,
        f'{DISK}{_OF_THE_HOST}, mountpoint="/data"}}': 0,
    },
}


def test_shares_are_those_of_the_series_and_one_without_a_size_has_none(bundle: Bundle, tmp_path: Path) -> None:
    rules = bundle.folder / "prometheus" / "rules" / "recordings-host.yml"
    case = {
        "interval": "1m",
        "input_series": [{"series": series, "values": values} for series, values in _SERIES.items()],
        "promql_expr_test": [
            {
                "expr": f"round({name}, 0.000001)",
                "eval_time": "10m",
                "exp_samples": [
                    {"labels": labels.removeprefix(name), "value": value} for labels, value in expected.items()
                ],
            }
            for name, expected in _USED.items()
        ],
    }
    content = {"rule_files": [str(rules)], "evaluation_interval": "1m", "tests": [case]}
    (tmp_path / "test.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
    done = subprocess.run(
        [promtool(), "test", "rules", str(tmp_path / "test.yml")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_not_collected_is_not_recorded() -> None:
    some = monitoring(collectors={"cpu": {"enabled": False}, "disk": {"enabled": False}})
    assert [rule.record for rule in SHARED.rules(some)] == [MEMORY]
