"""Taking in pictures: drawn anew, so that nothing rides along in them (place, camera, name of who took it)."""

from __future__ import annotations

import io
from datetime import datetime
from typing import IO

from sqlalchemy.orm import Session

from infosoc.audit import commands as audit
from infosoc.kernel import text
from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_
from infosoc.mailings.models import MailingImage

LARGEST_FILE = 10 * 1024 * 1024
MOST_PIXELS = 40_000_000
WIDEST, TALLEST = 1120, 2000  # twice the width of a letter, for sharp screens
KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif"}


class NotAPicture(Invalid):
    message = N_("This file is no picture that mail programs show. Use PNG, JPEG or GIF.")


class PictureTooLarge(Invalid):
    message = N_("The picture is too large. It may be at most 10 MB.")


def add_image(session: Session, name: str, file: IO[bytes], *, by: int, now: datetime) -> MailingImage:
    """Keep a picture for letters."""
    content, mime, size = _drawn_anew(file.read(LARGEST_FILE + 1))
    image = MailingImage(
        name=text.clean(name)[:120] or "-", mime=mime, width=size[0], height=size[1], content=content, added_by=by,
        added_at=now,
    )  # fmt: skip
    session.add(image)
    session.flush()
    audit.record(session, "picture added", "mailing_image", image.id, by=by, changes={"name": (None, image.name)})
    return image


def _drawn_anew(given: bytes) -> tuple[bytes, str, tuple[int, int]]:
    """The pixels of the picture alone, no wider than a letter needs."""
    from PIL import Image, ImageOps, UnidentifiedImageError  # read when it is needed: it is heavy

    if len(given) > LARGEST_FILE:
        raise PictureTooLarge(field="file")
    try:
        with Image.open(io.BytesIO(given), formats=tuple(KINDS)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise PictureTooLarge(field="file")
            kind = str(picture.format)
            drawn = ImageOps.exif_transpose(picture).convert("RGB" if kind == "JPEG" else "RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NotAPicture(field="file") from error
    drawn.thumbnail((WIDEST, TALLEST))
    kind = "PNG" if kind == "GIF" else kind
    made = io.BytesIO()
    clean = Image.new(drawn.mode, drawn.size)
    clean.paste(drawn)
    clean.save(made, kind, **({"quality": 85, "optimize": True} if kind == "JPEG" else {"optimize": True}))
    return made.getvalue(), KINDS[kind], drawn.size
