"""Languages of the page: its messages in one catalogue, and the direction of its text.

Messages are written in English where they are used, in templates as `_('...')` or `{% trans %}` and
in `report.wording` as `message("...")`; tools/catalogue.py collects them, and locale/ holds their
translations. What is written into an Assessment, such as its notices, stays in English.
"""

from __future__ import annotations

import gettext
from functools import cache
from importlib.resources import files
from pathlib import Path

DOMAIN = "report"
LOCALE = Path(str(files("hirenet_sales") / "locale"))
PAGE_LANGUAGES = ("en", "de", "ar")
RIGHT_TO_LEFT = {"ar"}


def message(text: str) -> str:
    """The text itself, marked for the catalogue; it is translated where it is shown.

    >>> message("Face")
    'Face'
    """
    return text


def direction(language: str) -> str:
    """Direction of a page's text: "rtl" or "ltr".

    >>> direction("ar"), direction("de")
    ('rtl', 'ltr')
    """
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


@cache
def translations(language: str) -> gettext.NullTranslations:
    """Translations into one of `PAGE_LANGUAGES`; those of English are the messages themselves.

    Raises
    ------
    FileNotFoundError
        if the language has no compiled catalogue.
    """
    if language == "en":
        return gettext.NullTranslations()
    path = LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)
