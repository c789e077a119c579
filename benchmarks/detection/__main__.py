"""One command: everything is measured, docs/detection.md gets its tables and pictures."""

import argparse
import time

from benchmarks.detection import change_points, conditions, cost, fleet, periods, pictures, simulations
from benchmarks.detection.contenders import ours
from benchmarks.detection.page import put
from benchmarks.detection.river_contenders import river_contenders


def run_cost() -> None:
    """Measure the cost of updates."""
    show("cost", cost.table(cost.measure()))


def run_fleet() -> None:
    """Measure the rules for a fleet."""
    show("fleet", fleet.table(fleet.measure()))


def run_periods() -> None:
    """Measure what a rarer false alarm costs."""
    show("periods", periods.table())


def run_conditions() -> None:
    """Measure whether the promise is kept."""
    outcomes = []
    for condition in conditions.CONDITIONS:
        outcomes.append(conditions.measure(condition))
        print(conditions.table(outcomes[-1:]).splitlines()[-1], flush=True)
    show("conditions", conditions.table(outcomes))


def run_change_points() -> None:
    """Measure cover and F1."""
    series, scored = change_points.measure()
    show("change points", change_points.table(series, scored))
    show("penalties", change_points.penalties(scored))
    pictures.draw_change_points(series)


def run_simulations() -> None:
    """Measure false alarms and delays of every contender."""
    results = []
    for contender in (*ours(), *river_contenders()):
        results.append(simulations.measure(contender))
        print(simulations.table(results[-1:]).splitlines()[-1], flush=True)
    show("simulations", simulations.table(results))
    pictures.draw_trade_off(results)


def run_pictures() -> None:
    """Draw what needs no benchmark."""
    pictures.draw_evidence()
    pictures.draw_rhythm()


PARTS = {
    "cost": run_cost,
    "fleet": run_fleet,
    "periods": run_periods,
    "conditions": run_conditions,
    "change-points": run_change_points,
    "simulations": run_simulations,
    "pictures": run_pictures,
}


def show(name: str, table: str) -> None:
    """Print a table and put it into the page."""
    print(f"\n{table}\n", flush=True)
    put(name, table)


def main() -> None:
    """Run the parts that were asked for, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to run; nothing: everything")
    for name in parser.parse_args().parts or PARTS:
        began = time.perf_counter()
        PARTS[name]()
        print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
