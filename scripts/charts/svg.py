"""Turns matplotlib's SVG into one that is small, adapts to light and dark, and can be inlined beside others.

matplotlib writes one fixed set of colours, ids that are the same in every file, a style rule for every
element of the page it is put in, and no text for those who cannot see it. Here each is put right, by text
substitution on output that is known and pinned by tests.
"""

import re

import jinja2
from markupsafe import Markup

from charts.palette import DARK_OF, SURFACE
from cli.paths import ROOT
from text.units import as_html

# Of the page as well.
TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(ROOT / "report"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)
TEMPLATES.filters["marked"] = lambda text: Markup(as_html(text))
TEMPLATES.globals |= {"dark_of": DARK_OF, "surface": SURFACE}


def adapt(raw: str, name: str, title: str, description: str) -> tuple[str, str]:
    """The `<svg>` element for inlining, and a file of its own with a size, a ground and its dark colours.

    `name` goes before every id, so it must be unique in the page.
    """
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
    size = [f"{float(points) * 4 / 3:g}" for points in view_box.split()[2:]]
    words = {"name": name, "title": title, "description": description, "view_box": view_box}
    words["body"] = body.partition(">")[2].strip()
    inline, alone = (TEMPLATES.get_template("chart.svg").render(words, size=s) for s in ([], size))
    return inline, alone


def _rounded(numbers: str) -> str:
    return re.sub(r"(\.\d\d)\d+", r"\1", re.sub(r"\s+", " ", numbers.strip()))
