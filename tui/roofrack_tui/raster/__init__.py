"""Drawings as text: pure functions from numbers to rows of (text, ink), without Textual."""

from roofrack_tui.raster.bars import Bar, Part, draw_bars
from roofrack_tui.raster.chart import ChartPainter, ChartRaster, draw_chart
from roofrack_tui.raster.ink import Canvas, Ink, Role, Row, Segment, plain_text
from roofrack_tui.raster.scale import Scale, number
from roofrack_tui.raster.slider import SliderRaster, Stop, draw_slider
from roofrack_tui.raster.spec import Axis, ChartSpec, Layer, Look, Measured, Series, Target, Vertical, Zone

__all__ = [
    "Axis",
    "Bar",
    "Canvas",
    "ChartPainter",
    "ChartRaster",
    "ChartSpec",
    "Ink",
    "Layer",
    "Look",
    "Measured",
    "Part",
    "Role",
    "Row",
    "Scale",
    "Segment",
    "Series",
    "SliderRaster",
    "Stop",
    "Target",
    "Vertical",
    "Zone",
    "draw_bars",
    "draw_chart",
    "draw_slider",
    "number",
    "plain_text",
]
