"""What matplotlib drew, made smaller and fit to stand in a page beside others."""

from __future__ import annotations

import pytest

from charts.svg import cleaned


RAW = """<?xml version="1.0"?>
<!-- made by -->
<svg viewBox="0 0 300 150" xmlns:xlink="x">
<metadata>who</metadata>
<defs> <style type="text/css">*{}</style> </defs>
<path id="used" d="M 1.23456
 2.5"/><path id="unused"/>
<use xlink:href="#used"/><g clip-path="url(#used)" style="font: bold 9px 'DejaVu Sans'"/>
<text style="font: 8.5px 'DejaVu Sans'; fill: #1f2328">a</text>
</svg>
"""


def test_a_drawing_is_made_small_with_ids_of_its_own():
    drawing = cleaned(RAW, "n")
    assert drawing.startswith('<svg viewBox="0 0 300 150"')
    for gone in ("made by", "who", "<style", "unused", "xlink:href", "9px 'DejaVu", "<?xml"):
        assert gone not in drawing, gone
    for kept in (
        *('id="n-0" d="M 1.23 2.5"', 'href="#n-0"', "url(#n-0)"),
        *('style="font-weight: bold;font-size: 9px"', 'style="font-size: 8.5px;fill: #1f2328"'),
    ):
        assert kept in drawing, kept


def test_a_mark_and_a_label_need_no_group_of_their_own():
    mark = (
        '<g data-series="a" data-note="b">\n<g clip-path="url(#p)">\n<use xlink:href="#m" x="1"/>\n</g>\n</g>'
    )
    assert (
        cleaned(f"<svg>{mark}</svg>", "n")
        == '<svg><use data-series="a" data-note="b" href="#n-1" x="1"/></svg>'
    )
    assert cleaned('<svg><g>\n<text x="1">a</text>\n</g></svg>', "n") == '<svg><text x="1">a</text></svg>'
    line = (
        '<g data-series="a" data-line="1">\n<path d="M 1 2"/>\n</g>'  # the page's script looks for its path
    )
    assert cleaned(f"<svg>{line}</svg>", "n") == f"<svg>{line}</svg>"


@pytest.mark.parametrize(
    ("path", "shorter"),
    [
        ("M 1 2 L 3.14159 4 L 5 6", "M 1 2 3.14 4 5 6"),
        ("M 1 2 L 3 2 L 3 4 L 1 4 L 1 2 z M 7 2 L 8 2 L 8 4 L 7 4 z", "M1 2H3V4H1z M7 2H8V4H7z"),
        ("M 9 0 L 9 1 L 7 1 L 7 2 L 0 2 L 0 1 L 0 0 z", "M9 0V1H7V2H0V0z"),
        ("M 1 2 L 3 4 L 5 4 L 1 2 z", "M1 2L3 4H5z"),
        ("M 1 2 C 1 1 2 2 3 3 L 5 6", "M 1 2 C 1 1 2 2 3 3 L 5 6"),
    ],
)
def test_a_path_is_the_same_in_fewer_letters(path, shorter):
    assert cleaned(f'<svg><path d="{path}"/></svg>', "n") == f'<svg><path d="{shorter}"/></svg>'
