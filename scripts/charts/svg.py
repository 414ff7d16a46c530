"""Turns matplotlib's SVG into one that is small, adapts to light and dark, and can be inlined beside others.

matplotlib writes one fixed set of colours, ids that are the same in every file, a style rule for every
element of the page it is put in, and no text for those who cannot see it. Here each is put right, by text
substitution on output that is known and pinned by tests.
"""

from __future__ import annotations

import html
import re

from charts.palette import DARK_OF, SURFACE

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"


def adapt(raw: str, name: str, title: str, description: str) -> str:
    """The `<svg>` element for inlining; `name` goes before every id, so it must be unique in the page."""
    body = "<svg" + raw.partition("<svg")[2]
    unwanted = r"<metadata>.*?</metadata>|<!--.*?-->|<defs>\s*<style.*?</style>\s*</defs>"
    body = re.sub(unwanted, "", body, flags=re.S)
    used = set(re.findall(r'(?:xlink:href="#|url\(#)([^")]+)', body))
    body = re.sub(r' id="([^"]*)"', lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", body)
    body = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{name}-", body).replace("xlink:href=", "href=")
    body = re.sub(r' (d|points)="([^"]*)"', lambda m: f' {m[1]}="{_rounded(m[2])}"', body)
    body = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", body)
    body = re.sub(r"font: (\w+) ([\d.]+px) [^;\"]*", r"font-weight: \1; font-size: \2", body)
    [view_box] = re.findall(r'<svg[^>]*? viewBox="([^"]*)"', body)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="{view_box}" role="img"'
        f' aria-labelledby="{name}-title {name}-desc" font-family="{FONT}"'
        ' stroke-linejoin="round" stroke-linecap="butt">\n'
        f'<title id="{name}-title">{html.escape(title)}</title>\n'
        f'<desc id="{name}-desc">{html.escape(description)}</desc>\n'
    )
    return head + body.partition(">")[2].lstrip()


def standalone(inline: str) -> str:
    """The same chart as a file of its own: with a size, a ground, its dark colours and an XML declaration."""
    [points] = re.findall(r'<svg[^>]*? viewBox="\S+ \S+ (\S+) (\S+)"', inline)
    width, height = (float(length) * 4 / 3 for length in points)
    sized = inline.replace("<svg ", f'<svg width="{width:g}" height="{height:g}" ', 1)
    ground = f'<rect width="100%" height="100%" style="fill: {SURFACE}"/>\n'
    head, end, rest = sized.partition("</desc>\n")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{head}{end}<style>{dark_rules()}</style>\n{ground}{rest}'


def dark_rules() -> str:
    """The style rules that give every colour its dark form; a page with inlined charts needs them once.

    Attribute selectors leave the light colours in the file, so programs that know no CSS still draw it right.
    They name no ancestor, because what a <use> shows has none.
    """
    rules = [
        f'[style*="{what}: {light}"]{{{what}:{dark}!important}}'
        for light, dark in DARK_OF.items()
        for what in ("fill", "stroke")
    ]
    return "@media (prefers-color-scheme: dark){" + "".join(rules) + "}"


def _rounded(numbers: str) -> str:
    return re.sub(r"(\.\d\d)\d+", r"\1", re.sub(r"\s+", " ", numbers.strip()))
