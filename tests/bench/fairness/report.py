"""The figures as two tables, printed and kept as Markdown, and as rows of the bench."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sync.words import Verdict
from tests.bench.fairness.kinds import KINDS, Expect
from tests.bench.fairness.sources import Half
from tests.bench.fairness.tally import Tally, together, wilson
from tests.bench.table import Row
from tests.conftest import ROOT

Tallies = dict[tuple[str, Half], Tally]
Cells = list[str]
KEPT = ROOT / ".doorstep" / "fairness.md"
METHOD = "a construction with real errors (sync/verify/README.md); {} visits, {} of the data"
HONEST_MOST, FOUND_LEAST = 2.0, 90.0
INTRODUCTION = (
    "Constructed visits with real errors, no sample of real visits. Shares with Wilson's interval of 95 %; first the half"
    f" of the data that was {Half.SEEN}, then the half that was {Half.KEPT}."
)
HONEST = ["honest visits", "n", "verified", "unverifiable", "doubtful"]
HONEST += ["n", "verified", "unverifiable", "doubtful", "doubtful over seeds", "told most often", "queue"]
FRAUDS = ["planted frauds", "n", "found", "doubtful", "reason told"]
FRAUDS += ["n", "found", "doubtful", "reason told", "told most often"]


def show(tallies: Tallies) -> None:
    """Print both tables and keep them as Markdown."""
    console = Console(width=220)
    console.print(INTRODUCTION)
    tables = ((HONEST, list(_honest(tallies))), (FRAUDS, list(_frauds(tallies))))
    for head, lines in tables:
        table = Table(*head)
        for cells in lines:
            table.add_row(*cells, end_section=len(cells) == 1)
        console.print(table)
    KEPT.parent.mkdir(exist_ok=True)
    _keep(KEPT, [_markdown(head, lines) for head, lines in tables])


def _keep(path: Path, tables: list[str]) -> None:
    path.write_text("\n\n".join([INTRODUCTION, *tables]) + "\n", encoding="utf-8")


def _markdown(head: Cells, lines: list[Cells]) -> str:
    padded = [head, ["---"] * len(head), *([*cells, *[""] * (len(head) - len(cells))] for cells in lines)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in padded)


def _pairs(tallies: Tallies, expected: Expect) -> list[tuple[Tally, Tally]]:
    return [
        (tallies[name, Half.SEEN], tallies[name, Half.KEPT])
        for name, kind in KINDS.items()
        if kind.expect is expected and (name, Half.SEEN) in tallies and (name, Half.KEPT) in tallies
    ]


def _honest(tallies: Tallies) -> Iterator[Cells]:
    for expect in (Expect.FAIR, Expect.REGISTER, Expect.ASKED):
        pairs = _pairs(tallies, expect)
        yield [f"**{expect}**"]
        for seen, kept in pairs:
            low, high = kept.seeds()
            spread = f"{low:.1%} to {high:.1%}"
            yield [seen.kind.name, *_verdicts(seen), *_verdicts(kept), spread, kept.top, _causes(kept)]
        if expect is Expect.FAIR:
            sums = [together([pair[n] for pair in pairs]) for n in (0, 1)]
            yield ["all of these", *(cell for hits, of in sums for cell in (str(of), "", "", interval(hits, of)))]


def _frauds(tallies: Tallies) -> Iterator[Cells]:
    for expect in (Expect.FRAUD, Expect.BLIND):
        yield [f"**{expect}**"]
        for seen, kept in _pairs(tallies, expect):
            yield [seen.kind.name, *_found(seen), *_found(kept), kept.top]


def _verdicts(one: Tally) -> Cells:
    plain = [share(one.verdicts[word.value], one.visits) for word in (Verdict.VERIFIED, Verdict.UNVERIFIABLE)]
    lost = f" ({one.lost} lost)" if one.lost else ""
    return [f"{one.visits}{lost}", *plain, interval(one.doubtful, one.visits)]


def _found(one: Tally) -> Cells:
    told = share(one.told, one.visits) if one.kind.told else ""
    return [str(one.visits), interval(one.found, one.visits), share(one.doubtful, one.visits), told]


def _causes(one: Tally) -> str:
    return ", ".join(f"{cause} {count / one.visits:.0%}" for cause, count in one.causes.most_common(2))


def share(hits: int, of: int) -> str:
    """A share in per cent."""
    return f"{hits / of:.1%}" if of else "-"


def interval(hits: int, of: int) -> str:
    """A share with Wilson's interval."""
    low, high = wilson(hits, of)
    return f"{share(hits, of)} ({low * 100:.1f} to {high * 100:.1f})"


def rows(tallies: Tallies) -> list[Row]:
    """For each half: how many honest visits are doubtful, and how many of each fraud are found."""
    made = []
    for n, half in enumerate(Half):
        hits, of = together([pair[n] for pair in _pairs(tallies, Expect.FAIR)])
        made.append(_row("honest visits doubtful", hits, of, half, HONEST_MOST, less=True))
        frauds = [pair[n] for pair in _pairs(tallies, Expect.FRAUD)]
        made += [_row(f"found: {one.kind.name}", one.found, one.visits, half, FOUND_LEAST) for one in frauds]
    return made


def _row(name: str, hits: int, of: int, half: Half, limit: float, *, less: bool = False) -> Row:
    value = 100 * hits / of if of else 0.0
    return Row(name, round(value, 2), "%", limit, limit, METHOD.format(of, half), less=less)
