"""A figure beside its peer's, and the table of them."""

import dataclasses
from typing import Callable, Optional


@dataclasses.dataclass
class Row:
    figure: str
    unit: str
    ours: float
    peer_name: str = ""
    peer: Optional[float] = None
    target: str = ""
    # Judges the row by the target; without one the row is for information.
    met: Optional[Callable[["Row"], bool]] = None

    @property
    def ratio(self):
        return self.ours / self.peer if self.peer else None

    @property
    def verdict(self):
        if self.met is None:
            return ""
        return "ok" if self.met(self) else "MISS"

    def as_json(self):
        return {
            "figure": self.figure,
            "unit": self.unit,
            "ours": self.ours,
            "peer_name": self.peer_name or None,
            "peer": self.peer,
            "ratio": self.ratio,
            "target": self.target or None,
            "verdict": self.verdict or None,
        }


def ratio_at_most(bound):
    return {"target": f"≤ {bound} ×", "met": lambda row: row.ratio <= bound}


def ratio_at_least(bound):
    return {"target": f"≥ {bound} ×", "met": lambda row: row.ratio >= bound}


def ours_at_most(bound, unit):
    return {"target": f"≤ {bound:g} {unit}".rstrip(), "met": lambda row: row.ours <= bound}


def _number(value):
    if value is None:
        return ""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value == int(value) else f"{value:.3g}"


def render(rows):
    header = ["figure", "unit", "cartd", "peer", "peer is", "ratio", "reach", ""]
    cells = []
    for row in rows:
        ratio = f"{row.ratio:.2f}" if row.ratio is not None else ""
        cells.append(
            [row.figure, row.unit, _number(row.ours), _number(row.peer), row.peer_name, ratio, row.target, row.verdict]
        )
    widths = [max(len(line[i]) for line in [header, *cells]) for i in range(len(header))]
    right = {2, 3, 5}

    def line(values):
        return "  ".join(
            v.rjust(w) if i in right else v.ljust(w) for i, (v, w) in enumerate(zip(values, widths))
        ).rstrip()

    return "\n".join([line(header), line(["-" * w for w in widths]), *map(line, cells)])
