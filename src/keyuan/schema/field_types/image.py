"""Attached images."""

from __future__ import annotations

from ...kernel.i18n import Label
from .file import FileType


class ImageType(FileType):
    """Files that browsers show as pictures (PNG, JPEG, GIF, WebP); the media type is checked from the content."""

    name = "image"
    label = Label("图片", "Images")
    media_types = ("image/png", "image/jpeg", "image/gif", "image/webp")


TYPE = ImageType()
