"""Collect the messages of the pages, merge them into their translations, compile these.

    python -m tools.catalogue          # after a message or a translation was changed

Needs Babel, of the extra `dev`. A test holds that the catalogues are what this writes.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from hirenet_sales.messages import DOMAIN, LOCALE, PAGE_LANGUAGES

REPORT = Path(__file__).parents[1] / "hirenet_sales" / "report"
METHODS = [("templates/**.j2", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS = {"templates/**.j2": {"trimmed": "true", "silent": "false"}}
HEADER = "# Messages of the report. Write translations here, then: python -m tools.catalogue"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "message": None}


def collected() -> Catalog:
    """All messages of templates and wording, without translations."""
    catalog = Catalog(domain=DOMAIN, charset="utf-8")
    uses = extract_from_dir(REPORT, METHODS, OPTIONS, KEYWORDS)
    for name, line, text, comments, context in sorted(uses, key=lambda item: item[:2]):
        catalog.add(text, None, [(f"report/{name}", line)], context=context, auto_comments=comments)
    return catalog


def merged(language: str) -> Catalog:
    """The messages with the translations that a language has; those not in use are dropped."""
    path = catalogue_path(language)
    catalog = Catalog(locale=language, domain=DOMAIN, charset="utf-8", header_comment=HEADER)
    if path.is_file():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language, domain=DOMAIN)
    messages = collected()
    messages.creation_date = catalog.creation_date  # else every run would change the file
    catalog.update(messages, no_fuzzy_matching=True)
    catalog.fuzzy = False
    catalog.obsolete.clear()
    return catalog


def catalogue_path(language: str) -> Path:
    """The file of a language's translations."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def written(catalog: Catalog) -> Iterator[tuple[str, bytes]]:
    """Endings and contents of the two files of a catalogue: its text, and that compiled."""
    for ending, write in ((".po", write_text), (".mo", write_mo)):
        content = io.BytesIO()
        write(content, catalog)
        yield ending, content.getvalue()


def write_text(file: io.BytesIO, catalog: Catalog) -> None:
    """Write the text without line numbers, which would change with every edit."""
    write_po(file, catalog, width=100, omit_header=False, include_lineno=False, sort_output=True)


def main() -> None:
    for language in PAGE_LANGUAGES[1:]:
        path = catalogue_path(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        for ending, content in written(merged(language)):
            path.with_suffix(ending).write_bytes(content)


if __name__ == "__main__":
    main()
