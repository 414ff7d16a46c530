"""What a drawing tells the page's script: attributes `data-...` of the elements it has anyway.

matplotlib writes an artist's gid as the id of its group; `as_attributes` makes attributes of those from here.
"""

import re
from typing import Any

from matplotlib.artist import Artist

_MARK, _BETWEEN = "@", "|"


def gid(**data: Any) -> str:
    """`series`: whose it is, a name of the legend; `note`: what a point is, in words."""
    return _MARK + _BETWEEN.join(f"{key}={_plain(value)}" for key, value in data.items())


def tag(artist: Artist, **data: Any) -> None:
    """Adds to what the artist tells already."""
    before = artist.get_gid()
    new = gid(**data)
    artist.set_gid(before + _BETWEEN + new.removeprefix(_MARK) if before else new)


def as_attributes(svg: str) -> str:
    """The drawing with its tags as attributes; matplotlib has escaped them."""
    return re.sub(f' id="{_MARK}([^"]*)"', lambda match: _attributes(match[1]), svg)


def _attributes(text: str) -> str:
    pairs = (part.partition("=") for part in text.split(_BETWEEN))
    return "".join(f' data-{key}="{value}"' for key, _, value in pairs)


def _plain(value: Any) -> str:
    return str(value).replace(_BETWEEN, "/")
