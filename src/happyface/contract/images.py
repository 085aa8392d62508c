"""Which files are images by their names: the one table of their kinds."""

from collections.abc import Mapping

IMAGE_TYPES: Mapping[str, str] = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "svg": "image/svg+xml",
}
"""The media types of images that browsers show, by the endings of their files."""


def image_type(name: str) -> str:
    """The media type of an image by its name; empty for what is no image."""
    return IMAGE_TYPES.get(name.rpartition(".")[2].lower(), "")


def is_image_name(path: object) -> bool:
    """Whether the name or path of a file is that of an image."""
    return isinstance(path, str) and "." in path and bool(image_type(path))
