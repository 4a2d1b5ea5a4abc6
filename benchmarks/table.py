"""The figures as a page says them: one row for each contender, one for each bar."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.measuring import Figures

OURS, SDK, PLAIN = ("ours", "SDK", "plain")
WITH, WITHOUT = (", with bytecode", ", no bytecode")

HEAD = (
    "| handler | cold start p50 (quartiles) | cold CPU | warm p50 (quartiles of runs) | warm p99 "
    "(quartiles) | warm CPU | peak memory |\n|---|---|---|---|---|---|---|"
)
BAR_HEAD = "| bar | measured | at most | aim | |\n|---|---|---|---|---|"


@dataclass(frozen=True)
class Bar:
    """A promise about two medians.

    Attributes:
        what: For the page.
        ratio: What was measured.
        limit: The most it may be.
        aim: What it should be, where that is less.
    """

    what: str
    ratio: float
    limit: float
    aim: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether the promise is kept."""
        return self.ratio <= self.limit

    def row(self) -> str:
        """As a row of a table."""
        aim = f"{self.aim:.2f}" if self.aim is not None else ""
        verdict = "met" if self.is_met else "**missed**"
        return f"| {self.what} | {self.ratio:.2f} | {self.limit:.2f} | {aim} | {verdict} |"


def row(title: str, figures: Figures) -> str:
    """One contender's row; medians, with the quartiles as their spread."""
    cells = [
        _spread(figures.cold_ms, "{:.0f}", "ms"),
        f"{statistics.fmean(figures.cold_cpu_ms):.0f} ms",
    ]
    if figures.warm_ms:
        cells += [
            f"{statistics.median(figures.warm_ms):.2f} ms "
            f"({_quartiles(figures.warm_p50_ms, '{:.2f}')})",
            _p99(figures),
            f"{statistics.fmean(figures.warm_cpu_ms):.2f} ms",
        ]
    else:
        cells += ["", "", ""]
    cells.append(f"{statistics.median(figures.peak_mb):.0f} MB")
    return f"| {title} | {' | '.join(cells)} |"


def bars(all_figures: Mapping[str, Figures]) -> list[Bar]:
    """What the project promises, as measured."""
    cold = {name: statistics.median(each.cold_ms) for name, each in all_figures.items()}
    warm = {n: statistics.median(each.warm_ms) for n, each in all_figures.items() if each.warm_ms}
    peak = {name: statistics.median(each.peak_mb) for name, each in all_figures.items()}
    ours, sdk, plain = (name + WITH for name in (OURS, SDK, PLAIN))
    return [
        Bar("cold start, ours / SDK handler", cold[ours] / cold[sdk], 0.42, 0.33),
        Bar("cold start, ours / plain handler", cold[ours] / cold[plain], 1.4, 1.15),
        Bar(
            "cold start, ours as built / SDK handler as `sam build` ships it",
            cold[ours] / cold[SDK + WITHOUT],
            0.22,
        ),
        Bar("warm p50, ours / plain handler", warm[ours] / warm[plain], 1.5),
        Bar("warm p50, ours / SDK handler", warm[ours] / warm[sdk], 1.0),
        Bar("peak memory, ours / SDK handler", peak[ours] / peak[sdk], 0.75),
    ]


def _spread(values: Sequence[float], form: str, unit: str) -> str:
    return f"{form.format(statistics.median(values))} {unit} ({_quartiles(values, form)})"


def _quartiles(values: Sequence[float], form: str) -> str:
    low, _, high = statistics.quantiles(values, n=4)
    return f"{form.format(low)}-{form.format(high)}"


def _p99(figures: Figures) -> str:
    """The p99 of all warm requests, and the quartiles of the p99 of each run."""
    whole = statistics.quantiles(figures.warm_ms, n=100)[98]
    size = len(figures.warm_ms) // len(figures.warm_p50_ms)
    runs = [
        sorted(figures.warm_ms[start : start + size])[round(0.99 * (size - 1))]
        for start in range(0, len(figures.warm_ms), size)
    ]
    return f"{whole:.1f} ms ({_quartiles(runs, '{:.1f}')})"
