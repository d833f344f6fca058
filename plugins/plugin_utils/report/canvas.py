# Copyright: edgeworks.fastpath contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sheet to draw on. The only file that imports the plotting library; where that is missing there are no pictures."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

try:
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator
except ImportError as exc:
    MISSING = str(exc)
else:
    MISSING = ""

from .svg import COLOURS, Label, inline_svg

# 72 dots an inch: a point of the library is a pixel of the page.
DOTS = 72
SIZE = 12
LETTER = 6.7  # the width of a letter, about
AXIS_HEIGHT = 30
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "edgeworks.fastpath",  # the same picture has the same ids
    "text.parse_math": False,  # a $ in a name is a $
    "font.family": "DejaVu Sans",
    "hatch.linewidth": 0.8,
    "axes.unicode_minus": False,
}
# The library's name of a shape, and whether it is filled. Shapes tell kinds apart without colour.
SHAPES = {
    "down": ("v", True),
    "up": ("^", False),
    "square": ("s", True),
    "hollow square": ("s", False),
    "diamond": ("D", True),
    "cross": ("X", True),
    "plus": ("P", False),
    "dot": ("o", True),
}


@dataclass(frozen=True)
class Form:
    """For which page a picture is drawn: its width in pixels, and the room beside the drawing."""

    name: str
    width: int
    left: int
    right: int

    @property
    def names_above(self) -> bool:
        """Say whether names stand above their lines, for want of room beside them."""
        return self.left < 60


WIDE = Form("wide", 880, 116, 14)
NARROW = Form("narrow", 328, 0, 8)
FORMS = (WIDE, NARROW)


class Panel:
    """A part of the sheet: its x axis is what the picture measures, its y axis is pixels from the top."""

    def __init__(self, axes: matplotlib.axes.Axes, form: Form) -> None:
        """Keep the library's axes."""
        self._axes = axes
        self.form = form

    def seconds(self, low: float, high: float) -> None:
        """Give the panel an axis of seconds."""
        self._axes.set_xlim(low, high)
        ticks = MaxNLocator(4 if self.form.names_above else 8, steps=[1, 2, 5, 10])
        self._ticks(ticks, lambda value: f"{value:g} s")

    def milliseconds(self, low: float, high: float) -> None:
        """Give the panel a logarithmic axis of milliseconds."""
        self._axes.set_xscale("log")
        self._axes.set_xlim(low, high)
        powers = [10.0**power for power in range(8) if low * 1.3 <= 10**power <= high / 1.1]
        self._ticks(FixedLocator(powers), lambda value: f"{value:g} ms" if value < 1000 else f"{value / 1000:g} s")

    def share(self, x: float) -> float:
        """Return how far to the right a value is: 0 to 1."""
        (pixel, _y) = self._axes.transData.transform((x, 0))
        return float(pixel - self._axes.bbox.x0) / self.width

    @property
    def width(self) -> float:
        """Return the width in pixels."""
        return float(self._axes.bbox.width)

    def room(self, x: float) -> float:
        """Return the pixels that are left to the right of a value."""
        return (1 - self.share(x)) * self.width

    def bars(self, all_ends: Iterable[tuple[float, float]], y: tuple[float, float], colour: str) -> None:
        """Fill what is between two values and two heights, again and again; a short bar is seen too."""
        wide = [self._at_least(ends, 3) for ends in all_ends]
        spans = [(left, right - left) for left, right in wide]
        self._axes.broken_barh(spans, (y[0], y[1] - y[0]), facecolor=COLOURS[colour], edgecolor="none")

    def hatched(self, ends: tuple[float, float], y: tuple[float, float], colour: str) -> None:
        """Hatch what is between two values and two heights."""
        left, right = self._at_least(ends, 3)
        self._axes.fill_between([left, right], *y, facecolor="none", edgecolor=COLOURS[colour], hatch="////", lw=1)

    def upright(self, x: float, y: tuple[float, float], colour: str, dashed: bool = False) -> None:
        """Draw a line from one height to another."""
        style = (0, (4, 3)) if dashed else "solid"
        self._axes.plot([x, x], y, color=COLOURS[colour], linewidth=1.5, linestyle=style, solid_capstyle="butt")

    def level(self, y: float) -> None:
        """Draw a line from the left to the right end, behind everything else."""
        self._axes.axhline(y, color=COLOURS["line"], linewidth=1, zorder=0.6)

    def mark(self, x: float, y: float, shape: str, colour: str) -> None:
        """Draw a shape."""
        marker, filled = SHAPES[shape]
        face = COLOURS[colour if filled else "surface"]
        self._axes.plot(
            [x], [y], marker=marker, markersize=7, color=COLOURS[colour], markerfacecolor=face, clip_on=False
        )

    def text(self, x: float, y: float, text: str, colour: str = "ink", beside: int = 0, bold: bool = False) -> None:
        """Write beside a value: so many pixels to its right, or to its left where the number is negative."""
        self._axes.annotate(
            text,
            (x, y),
            xytext=(beside, 0),
            textcoords="offset points",
            ha="right" if beside < 0 else "left",
            va="center",
            color=COLOURS[colour],
            fontsize=SIZE,
            fontweight="bold" if bold else "normal",
            annotation_clip=False,
        )

    def name(self, y: float, text: str, colour: str = "ink", bold: bool = False, over: bool = False) -> None:
        """Write a name in the room at the left; where there is none, or if wanted, over the whole width."""
        room = self.form.width if over or self.form.names_above else self.form.left - 6
        x = -self.form.left / self.width
        self._axes.text(
            x,
            y,
            shortened(text, int(room / (LETTER * 1.1 if bold else LETTER))),
            transform=self._axes.get_yaxis_transform(),
            ha="left",
            va="center",
            color=COLOURS[colour],
            fontsize=SIZE,
            fontweight="bold" if bold else "normal",
        )

    def _at_least(self, ends: tuple[float, float], pixels: float) -> tuple[float, float]:
        """Return the ends, moved apart where there are fewer pixels between them."""
        to_pixel, to_value = self._axes.transData, self._axes.transData.inverted()
        left, right = (float(to_pixel.transform((x, 0))[0]) for x in ends)
        lacking = max(0.0, pixels - (right - left)) / 2
        return (
            float(to_value.transform((left - lacking, 0))[0]),
            float(to_value.transform((right + lacking, 0))[0]),
        )

    def _ticks(self, locator: matplotlib.ticker.Locator, write: Callable[[float], str]) -> None:
        axis = self._axes.xaxis
        axis.set_major_locator(locator)
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(FuncFormatter(lambda value, _position: write(value)))
        self._axes.tick_params(axis="x", length=0, pad=6, labelsize=SIZE, labelcolor=COLOURS["muted"])
        self._axes.grid(axis="x", color=COLOURS["line"], linewidth=1)


def shortened(text: str, letters: int) -> str:
    """Return a text that fits; the page's tables have the whole of it."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def draw(form: Form, heights: Sequence[int], label: Label, paint: Callable[[Sequence[Panel]], None]) -> str:
    """Return the SVG of a sheet with panels of these heights below each other, painted by the caller."""
    total = sum(heights) + AXIS_HEIGHT * len(heights)
    with matplotlib.rc_context(), warnings.catch_warnings():
        # Fonts are the reader's: that the library's own lacks a sign is of no account.
        warnings.simplefilter("ignore", UserWarning)
        matplotlib.rcdefaults()  # whatever the user's own file says
        matplotlib.rcParams.update(SETTINGS)
        figure = Figure(figsize=(form.width / DOTS, total / DOTS), dpi=DOTS)
        figure.patch.set_visible(False)
        paint([_panel(figure, form, heights, at) for at in range(len(heights))])
        file = io.StringIO()
        figure.savefig(file, format="svg", dpi=DOTS, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return inline_svg(file.getvalue(), label)


def _panel(figure: Figure, form: Form, heights: Sequence[int], at: int) -> Panel:
    """Return the panel at a place among all."""
    total = sum(heights) + AXIS_HEIGHT * len(heights)
    bottom = total - sum(heights[: at + 1]) - AXIS_HEIGHT * at
    width = form.width - form.left - form.right
    axes = figure.add_axes((form.left / form.width, bottom / total, width / form.width, heights[at] / total))
    axes.patch.set_visible(False)
    axes.spines[:].set_visible(False)
    axes.set_ylim(heights[at], 0)
    axes.yaxis.set_visible(False)
    axes.set_axisbelow(True)
    return Panel(axes, form)
