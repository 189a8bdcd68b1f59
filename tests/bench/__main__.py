"""`make bench` and `make bench ONLY=name`: print the table, keep .doorstep/bench.json."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from tests.bench import feed, memory, photos, reading, review, road, similar, tiles, verdicts
from tests.bench.fairness.bench import fairness
from tests.bench.table import Row
from tests.conftest import ROOT

BENCHES: dict[str, Callable[[], list[Row]]] = {
    "road": road.whole_road,
    "acknowledge": road.acknowledging,
    "photos": photos.intake,
    "verdicts": verdicts.judging,
    "reading": reading.reading,
    "similar_million": similar.looking_among_a_million,
    "similar": similar.looking,
    "review": review.queue,
    "tiles": tiles.drawn,
    "feed": feed.pulls,
    "memory": memory.flat,
    "growth": road.growth,
    "fairness": fairness,
}
LONG = {"memory", "growth", "similar", "review", "tiles", "fairness"}


def main() -> None:
    """Run all but the long ones (a million visits or 10, every kind of visit), or those that are named."""
    names = sys.argv[1:] or [name for name in BENCHES if name not in LONG]
    rows: list[Row] = []
    for name in names:
        rows += BENCHES[name]()
        _keep(rows)  # the next one may fail after an hour
    table = Table("what", "value", "must", "wants", "", "method")
    for row in rows:
        table.add_row(
            row.name,
            f"{row.value:,.0f} {row.unit}",
            f"{row.must:g}",
            f"{row.wants:g}",
            "ok" if row.ok else "NO",
            row.method,
        )
    Console().print(table)


def _keep(rows: list[Row]) -> None:
    kept = ROOT / ".doorstep" / "bench.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps([asdict(row) | {"ok": row.ok} for row in rows], indent=1, ensure_ascii=False))


main()
