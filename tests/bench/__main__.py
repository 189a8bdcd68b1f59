"""`make bench` and `make bench ONLY=name`: print the table, keep .doorstep/bench.json."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from tests.bench import photos, road
from tests.bench.table import Row
from tests.conftest import ROOT

BENCHES: dict[str, Callable[[], list[Row]]] = {
    "road": road.whole_road,
    "acknowledge": road.acknowledging,
    "photos": photos.intake,
    "growth": road.growth,
}


def main() -> None:
    """Run all but growth, which fills 10 million visits first, or those that are named."""
    names = sys.argv[1:] or [name for name in BENCHES if name != "growth"]
    rows = [row for name in names for row in BENCHES[name]()]
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
    kept = ROOT / ".doorstep" / "bench.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps([asdict(row) | {"ok": row.ok} for row in rows], indent=1, ensure_ascii=False))


main()
