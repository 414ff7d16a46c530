"""Sentences mark names with `backticks` and stress with **asterisks**: here as HTML, and as plain text."""

import html
import re


def as_html(text: str) -> str:
    """Everything but the marks is escaped; a number and its unit are not broken apart."""
    safe = html.escape(text, quote=False)
    safe = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", safe)
    safe = re.sub(r"(?<=\d) (?=(?:µs|ms|s|min|KiB|MiB|GiB|%)\b|%)", "\u00a0", safe)
    return re.sub(r"`(.+?)`", r"<code>\1</code>", safe)


def as_plain(text: str) -> str:
    return re.sub(r"\*\*|`", "", text)
