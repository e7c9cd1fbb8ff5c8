"""The figures as bar charts, one SVG file for each group of scenarios."""

import math
import re
from dataclasses import dataclass

from . import figures as data
from .scenarios import SCENARIOS
from .servers import BASELINE, OURS, title
from .svg import Drawing
from .tables import machine_line

_WIDTH = 760
_LABELS = 150  # width of the names
_VALUES = 70  # of the numbers
_ROW = 18
_LOGARITHMIC_FROM = 8  # times as long the longest bar is as the shortest, at least


@dataclass(frozen=True)
class Panel:
    """One chart: a bar for each server. With `floor` there is a line at 1, and the panels of one
    file have the same scale."""

    title: str
    bars: dict
    floor: bool = False


def write(figures, folder):
    """Returns the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, head, panels in _charts(figures):
        panels = [panel for panel in panels if panel.bars]
        if panels:
            path = folder / f"{name}.svg"
            drawing = _draw(head, machine_line(figures["machine"]), panels)
            path.write_text(drawing, encoding="utf-8")
            written.append(path)
    return written


def _charts(figures):
    groups = {scenario.group for scenario in SCENARIOS.values()}
    for group in sorted(groups):
        members = [each for each in SCENARIOS.values() if each.group == group]
        yield (_file_name("cpu " + group), f"Server CPU time: {group}",
               [_cpu_panel(figures, each) for each in members])
    for part, words in (("instructions", "Instructions in user space"),
                        ("system_calls", "System calls")):
        yield (_file_name(part), words, [
            Panel(f"{each.title}, per {each.unit}", figures[part].get(each.name, {}))
            for each in SCENARIOS.values() if each.bars.instructions is not None])
    yield ("footprint", "Doing nothing", [
        _footprint_panel(figures, "idle_bytes_after_round_trip",
                         "bytes in user space of an idle connection, after a round trip"),
        _footprint_panel(figures, "start_ms", "milliseconds until it listens"),
        _footprint_panel(figures, "stripped_bytes", "bytes of the stripped echo server"),
    ])


def _file_name(words):
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def _cpu_panel(figures, scenario):
    ratios = {name: data.ratio(figures, scenario.name, name) for name in figures["servers"]}
    floor = data.cpu_ns(figures, scenario.name).get(BASELINE)
    one = f" ({floor:,.0f} ns a {scenario.unit})" if floor else ""
    return Panel(
        f"{scenario.title}; raw epoll = 1{one}",
        {name: found.median for name, found in ratios.items() if found is not None}, floor=True)


def _footprint_panel(figures, key, words):
    found = {name: figures["footprint"].get(name, {}).get(key) for name in figures["servers"]}
    return Panel(words, {name: value for name, value in found.items() if value is not None})


def _draw(head, caption, panels):
    drawing = Drawing(_WIDTH)
    drawing.text(0, 16, head, "head")
    drawing.text(0, 33, caption + "; shorter is better", "quiet")
    drawing.height = 44
    everything = [value for panel in panels for value in panel.bars.values()]
    for panel in panels:
        _draw_panel(drawing, panel, *_scale(everything if panel.floor else panel.bars.values()))
    return str(drawing)


def _draw_panel(drawing, panel, scale, logarithmic):
    drawing.height += 20
    words = panel.title + (" · logarithmic" if logarithmic else "")
    drawing.text(0, drawing.height, words, "title")
    drawing.height += 6
    top = drawing.height
    for name, value in panel.bars.items():
        width = scale(value) * (_WIDTH - _LABELS - _VALUES)
        y = drawing.height
        drawing.text(_LABELS - 8, y + 13, title(name), anchor="end")
        drawing.bar(_LABELS, y + 3, max(width, 1), _ROW - 5, _style(name))
        drawing.text(_LABELS + max(width, 1) + 6, y + 13, _number(value))
        drawing.height += _ROW
    if panel.floor:
        drawing.vertical(_LABELS + scale(1) * (_WIDTH - _LABELS - _VALUES), top, drawing.height)
    drawing.height += 8


def _scale(values):
    """A function from values to shares of the width, and whether it is logarithmic."""
    values = [max(value, 1e-9) for value in values]
    low, high = min(values), max(values)
    if high / low < _LOGARITHMIC_FROM:
        return lambda value: max(value, 0) / high, False
    low /= 2  # so that the shortest has a bar too
    return lambda value: max(math.log(max(value, low) / low) / math.log(high / low), 0), True


def _style(name):
    if name.startswith(OURS):
        return "ours"
    return "floor" if name == BASELINE else "peer"


def _number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
