"""Draws the hop schedule of a run as SVG, out of cerebro.hops: one lane a worker, one colour a
configuration, one bar a training unit. docs/hops.svg was made with it.

usage: hops_svg.py CONNINFO RUN >picture.svg
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import psycopg
from psycopg.rows import class_row

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 960, 88, 16, 64, 44
LANE, BAR = 46, 36
# Told apart by the colour-blind too (Okabe and Ito, 2008).
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")


@dataclass(frozen=True)
class Hop:
    """A row of cerebro.hops; times are seconds since the run's first unit began."""

    config: int
    epoch: int
    partition: int
    worker: int
    began: float
    ended: float


HOPS = """
select
    config, epoch, partition, worker,
    extract(epoch from started - min(started) over ())::float8 as began,
    extract(epoch from finished - min(started) over ())::float8 as ended
from cerebro.hops
where run = %s
order by started
"""


def main() -> None:
    """Read the command line and the run, print the picture."""
    conninfo, run = sys.argv[1:]
    with psycopg.connect(conninfo) as connection:
        hops = connection.cursor(row_factory=class_row(Hop)).execute(HOPS, [run]).fetchall()
    if not hops:
        sys.exit(f"hops_svg.py: run {run} has no hops")
    picture = draw(hops, run)
    indent(picture)
    print(tostring(picture, "unicode"))


def draw(hops: list[Hop], run: str) -> Element:
    """Return the picture."""
    workers = sorted({hop.worker for hop in hops})
    seconds = max(hop.ended for hop in hops)
    scale = (WIDTH - LEFT - RIGHT) / seconds
    floor = TOP + LANE * len(workers)
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {floor + BOTTOM}",
            "font-family": "sans-serif",
            "font-size": "13",
        },
    )
    SubElement(svg, "rect", width="100%", height="100%", fill="white")
    configs, partitions, epochs = (
        len({getattr(hop, name) for hop in hops}) for name in ("config", "partition", "epoch")
    )
    title = f"{run}: {configs} configurations, {partitions} partitions, {epochs} epochs"
    _text(svg, LEFT, 24, title, weight="bold")
    note = "A bar is one sub-epoch, labelled configuration·partition. Later epochs are lighter."
    _text(svg, LEFT, 44, note, fill="#555")
    _axis(svg, seconds, scale, floor)
    for lane, worker in enumerate(workers):
        top = TOP + LANE * lane
        _text(svg, LEFT - 12, top + LANE / 2 + 4, f"worker {worker}", anchor="end")
        for hop in hops:
            if hop.worker == worker:
                _bar(svg, hop, LEFT + hop.began * scale, top + (LANE - BAR) / 2, scale)
    return svg


def _axis(svg: Element, seconds: float, scale: float, floor: float) -> None:
    step = next(s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 600, seconds) if seconds / s <= 12)
    for tick in range(int(seconds / step) + 1):
        x = LEFT + tick * step * scale
        SubElement(svg, "path", d=f"M{x:.1f} {TOP}V{floor + 4}", stroke="#ddd")
        _text(svg, x, floor + 20, f"{tick * step:g}", anchor="middle", fill="#555")
    _text(svg, LEFT - 12, floor + 20, "seconds", anchor="end", fill="#555")


def _bar(svg: Element, hop: Hop, x: float, y: float, scale: float) -> None:
    width = (hop.ended - hop.began) * scale
    group = SubElement(svg, "g")
    SubElement(group, "title").text = (
        f"configuration {hop.config}, epoch {hop.epoch}, partition {hop.partition}: "
        f"{hop.ended - hop.began:.2f} s"
    )
    SubElement(
        group,
        "rect",
        {
            "x": f"{x:.1f}",
            "y": f"{y:.1f}",
            "width": f"{max(width - 1, 1):.1f}",
            "height": str(BAR),
            "rx": "3",
            "fill": COLOURS[(hop.config - 1) % len(COLOURS)],
            "fill-opacity": f"{max(0.3, 1.2 - 0.35 * hop.epoch):.2f}",
        },
    )
    if width >= 26:
        label = f"{hop.config}·{hop.partition}"
        _text(group, x + width / 2, y + BAR / 2 + 5, label, anchor="middle")


def _text(
    parent: Element,
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    weight: str = "normal",
    fill: str = "#111",
) -> None:
    SubElement(
        parent,
        "text",
        {
            "x": f"{x:.1f}",
            "y": f"{y:.1f}",
            "text-anchor": anchor,
            "font-weight": weight,
            "fill": fill,
        },
    ).text = text


if __name__ == "__main__":
    main()
