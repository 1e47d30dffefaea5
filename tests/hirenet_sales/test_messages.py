"""Languages of the page: one catalogue, whole in every language, and no other text is affected."""

import re
import string
from pathlib import Path

import pytest
from toy_assessment import HOSTILE, toy_assessment

from hirenet_sales.interview import Consent
from hirenet_sales.messages import DOMAIN, LOCALE, PAGE_LANGUAGES, direction, translations
from hirenet_sales.report import wording, write_report

catalogue = pytest.importorskip("tools.catalogue", reason="needs Babel, of the extra dev")
TRANSLATED = PAGE_LANGUAGES[1:]
TEMPLATES = Path(catalogue.REPORT) / "templates"
IN_CATALOGUE = ("consent.html.j2", "provenance.html.j2")  # the rest of the page is English so far


def test_the_languages_are_those_with_a_catalogue() -> None:
    assert {path.name for path in LOCALE.iterdir()} == set(TRANSLATED)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated(language: str) -> None:
    stored = {entry.id: entry for entry in catalogue.merged(language) if entry.id}
    assert set(stored) == {entry.id for entry in catalogue.collected() if entry.id}
    untranslated = [text for text, entry in stored.items() if not entry.string or entry.fuzzy]
    assert not untranslated, f"write them into {catalogue.catalogue_path(language)}"
    for text, entry in stored.items():
        assert placeholders(entry.string) == placeholders(text)
        assert "<" not in entry.string


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)s|%%", text))


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_is_that_of_the_text(language: str) -> None:
    compiled = translations(language)
    for entry in catalogue.merged(language):
        if entry.id:
            assert compiled.gettext(entry.id) == entry.string
    assert (LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.mo").is_file()


@pytest.mark.parametrize("name", IN_CATALOGUE)
def test_a_template_has_no_sentence_outside_the_catalogue(name: str) -> None:
    source = (TEMPLATES / name).read_text(encoding="utf-8")
    text = re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}|<[^>]*>", " ", source, flags=re.DOTALL)
    words = [w for w in text.split() if set(w) & set(string.ascii_letters)]
    assert set(words) <= {"assessment.json", "sha256"}
    assert not re.findall(r'aria-label="[A-Za-z]', source)


@pytest.mark.parametrize("language", PAGE_LANGUAGES)
def test_a_page_is_in_its_language_and_direction(tmp_path: Path, language: str) -> None:
    consent = Consent(given=True, recorded_by=HOSTILE, notice="%(percent)s of %s", visual=False)
    assessment = toy_assessment().model_copy(update={"consent": consent})
    html = write_report(assessment, tmp_path / "r.html", None, language).read_text("utf-8")
    assert f'<html lang="{language}" dir="{direction(language)}">' in html
    gettext = translations(language).gettext
    for shown in ("Consent given.", "Where the numbers come from", *wording.STATUS_LABELS.values()):
        assert gettext(shown) in html
        assert language == "en" or f">{shown}<" not in html
    assert HOSTILE not in html and "%(percent)s of %s" in html
    assert f"{90:g} %" in html


def test_the_language_changes_nothing_but_the_words(tmp_path: Path) -> None:
    pages = {
        language: write_report(toy_assessment(), tmp_path / language, None, language).read_text()
        for language in PAGE_LANGUAGES
    }
    tags = {language: re.findall(r"</?[a-z]\w*", page) for language, page in pages.items()}
    assert tags["de"] == tags["en"] == tags["ar"]
    figures = re.compile(r"\d+\.\d+")
    assert figures.findall(pages["de"]) == figures.findall(pages["en"])


def test_the_page_mirrors_itself_where_text_runs_from_right_to_left() -> None:
    style = "".join(path.read_text("utf-8") for path in Path(catalogue.REPORT).glob("*.css"))
    assert "direction: ltr" in style  # plots and figures
    assert not re.findall(r"text-align: (?:left|right)", style)
    assert not re.findall(r"(?:margin|padding|border)-(?:left|right)\b", style)
