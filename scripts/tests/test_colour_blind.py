"""The colours of lines and of bars, as the colour-blind see them, and as text."""

from __future__ import annotations

from itertools import combinations

import numpy
import pytest

from charts.palette import DARK_OF, SURFACE, class_colours, subject_styles

# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency"
# (IEEE TVCG 15/6, 2009), the matrices of severity 1.0, for linear RGB.
MACHADO = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "all three cones": numpy.eye(3).tolist(),
}
TO_XYZ = numpy.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
D65 = [0.95047, 1, 1.08883]
LEAST = 10  # CIE 1976 difference; about 2.3 is just noticeable side by side
LINES = (
    "sequential",
    "pool-8",
    "pool-keep-8",
    "thread-per-request",
    "fiber",
    "async",
    "async-2",
    "async-uring",
)
OTHERS = ("nginx", "epoll", "httplib", "gunicorn", "node")


def linear(colour: str) -> numpy.ndarray:
    value = numpy.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return numpy.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(rgb: numpy.ndarray) -> numpy.ndarray:
    share = TO_XYZ @ rgb / D65
    x, y, z = numpy.where(share > (6 / 29) ** 3, numpy.cbrt(share), share / (3 * (6 / 29) ** 2) + 4 / 29)
    return numpy.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(first: str, second: str, matrix: list[list[float]]) -> float:
    one, other = (lab(numpy.clip(numpy.array(matrix) @ linear(colour), 0, 1)) for colour in (first, second))
    return float(numpy.linalg.norm(one - other))


def contrast(first: str, second: str) -> float:
    """After WCAG 2.1."""
    dark, light = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (first, second))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("matrix", MACHADO.values(), ids=MACHADO)
def test_any_two_lines_differ_in_colour_or_in_dashes_light_and_dark(matrix: list[list[float]]):
    styles = subject_styles([*LINES, *OTHERS])
    alike = [
        (first, second)
        for first, second in combinations(styles, 2)
        if styles[first].dashes == styles[second].dashes
        for one, other in [(styles[first].colour, styles[second].colour)]
        if min(difference(one, other, matrix), difference(DARK_OF[one], DARK_OF[other], matrix)) < LEAST
    ]
    assert alike == []


@pytest.mark.parametrize("matrix", MACHADO.values(), ids=MACHADO)
def test_any_two_classes_of_request_differ_in_colour_light_and_dark(matrix: list[list[float]]):
    colours = class_colours([("a", True), ("b", True), ("c", False), ("d", False)]).values()
    for one, other in combinations(colours, 2):
        assert difference(one, other, matrix) >= LEAST
        assert difference(DARK_OF[one], DARK_OF[other], matrix) >= LEAST


def test_the_colour_of_every_line_can_be_read_as_text_light_and_dark():
    for style in subject_styles([*LINES, *OTHERS]).values():
        assert contrast(style.colour, SURFACE) >= 4.5
        assert contrast(DARK_OF[style.colour], DARK_OF[SURFACE]) >= 4.5


def test_the_simulation_has_the_differences_that_are_known():
    assert difference("#ffffff", "#000000", MACHADO["all three cones"]) == pytest.approx(100, abs=0.01)
    red, green = "#c81e1e", "#4c7d00"
    unlike = difference(red, green, MACHADO["all three cones"])
    assert (
        difference(red, green, MACHADO["deuteranopia"])
        < unlike / 3
        < difference(red, green, MACHADO["tritanopia"])
    )
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
