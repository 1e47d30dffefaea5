"""Render report.html: the view of an Assessment, its templates and its security policy."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hirenet_sales.assessment import (
    STREAM_NAMES,
    AnswerAssessment,
    Assessment,
    Highlight,
    StreamName,
)
from hirenet_sales.messages import direction, translations
from hirenet_sales.persist import text_digest, write_whole
from hirenet_sales.rating import GENERAL_CRITERIA
from hirenet_sales.report import wording
from hirenet_sales.report.attention_lane import AttentionLanes, draw_attention
from hirenet_sales.report.contribution_table import (
    ContributionRow,
    ContributionTable,
    contribution_tables,
)
from hirenet_sales.report.effect_lane import (
    ESTIMATES,
    EffectLanes,
    draw_effects,
    strongest_effects,
)
from hirenet_sales.report.paragraphs import SHADE_EDGES, Paragraph, paragraphs
from hirenet_sales.report.player import Recording, Viewable, recordings
from hirenet_sales.report.probability import told_apart
from hirenet_sales.report.relevance_lane import RelevanceView, draw_relevance
from hirenet_sales.report.summary import strongest_reasons
from hirenet_sales.traits import TRAITS

STYLES = ("style.css", "player.css", "sections.css", "rating.css")
# In this order: each uses those before it, and the last one says that the page is ready.
SCRIPTS = ("playing.js", "cursor.js", "rating.js", "keyboard.js")
_THUMBNAIL = re.compile(r"data:image/(jpeg|png);base64,[A-Za-z0-9+/=]+")


@dataclass(frozen=True)
class AnswerView:
    """One answer with everything shown in its section."""

    number: int
    answer: AnswerAssessment
    recording: Recording
    effects: EffectLanes | None
    attention: AttentionLanes | None
    contributions: list[ContributionRow]
    highlights: list[tuple[StreamName, str, list[Highlight]]]
    missing: list[tuple[str, str]]
    paragraphs: list[Paragraph]
    relevance: RelevanceView | None

    @property
    def unexplained(self) -> list[tuple[str, str]]:
        """Missing streams whose reason is not already among the answer's problems."""
        problems = " ".join(self.answer.problems)
        return [(label, reason) for label, reason in self.missing if reason not in problems]

    @property
    def doubtful(self) -> bool:
        """Whether the recogniser was unsure of a word."""
        return any(word.unsure for part in self.paragraphs for word in part.words)

    @property
    def untimed(self) -> int:
        """Words without a time."""
        return sum(word.start is None for word in self.answer.transcript)


def write_report(
    assessment: Assessment,
    path: str | Path,
    media: Mapping[str, Viewable] | None = None,
    language: str = "en",
) -> Path:
    """Write one self-contained HTML page, whole or not at all; returns its path.

    `media` are the recordings by their names in the assessment, prepared for viewing. One that is
    not given is left out; the rest of the page is the same. The same Assessment and recordings give
    the same bytes. `language` is that of the page, one of `PAGE_LANGUAGES`.
    """
    path = Path(path)
    shown = recordings(assessment.answers, media or {}, path.parent)
    tables = contribution_tables(assessment)
    tops = strongest_effects(assessment)
    views = [
        _answer_view(number, answer, recording, tables, tops)
        for number, (answer, recording) in enumerate(
            zip(assessment.answers, shown, strict=True), start=1
        )
    ]
    linked = any(view.recording.source and not view.recording.embedded for view in views)
    html = render(
        "report.html.j2",
        language=language,
        # file: because a page opened from a folder has no origin that 'self' could name
        media_sources="data: 'self' file:" if linked else "data:",
        assessment=assessment,
        views=views,
        contributions=tables,
        tops=tops,
        footer=f"Interview {assessment.id}",
        reasons=strongest_reasons(assessment),
        numbers={view.answer.id: view.number for view in views},
        weight_top=_weight_top(assessment),
        criteria=assessment.criteria or GENERAL_CRITERIA,
    )
    return write_whole(path, html)


def render(
    template: str,
    *,
    media_sources: str,
    footer: str = "",
    language: str = "en",
    styles: Sequence[str] = STYLES,
    scripts: Sequence[str] = SCRIPTS,
    **values: object,
) -> str:
    """Render a template with style, script and a policy that allows nothing else.

    `footer` stands at the foot of every printed page, before its number; `language` is one of
    `PAGE_LANGUAGES`; `styles` and `scripts` are names of files of this package.
    """
    style, script = _assets(styles) + _page_margins(footer), _assets(scripts)
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        f"img-src data:; media-src {media_sources}; base-uri 'none'; form-action 'none'"
    )
    return (
        _environment(language)
        .get_template(template)
        .render(style=Markup(style), script=Markup(script), policy=policy, **values)
    )


def _answer_view(
    number: int,
    answer: AnswerAssessment,
    recording: Recording,
    tables: Sequence[ContributionTable],
    tops: Mapping[str, float],
) -> AnswerView:
    groups, missing = [], []
    text = answer.streams.get("text")
    for name in STREAM_NAMES:
        label = wording.STREAM_LABELS[name]
        stream = answer.streams.get(name)
        highlights = [h for h in answer.highlights if h.stream == name]
        if highlights:
            groups.append((name, label, highlights))
        if stream is None:
            missing.append((label, "This stream was not requested."))
        elif not stream.read:
            continue  # a notice says it once for all answers
        elif not stream.available:
            missing.append((label, stream.reason or "No reason was recorded."))
    return AnswerView(
        number,
        answer,
        recording,
        draw_effects(answer, tops),
        draw_attention(answer),
        [row for table in tables for row in table.rows if row.question == answer.id],
        groups,
        missing,
        paragraphs(answer.transcript, text.moments if text else ()),
        draw_relevance(answer),
    )


def _weight_top(assessment: Assessment) -> float:
    """Upper end of the question weights' axis: at least 2, so that 1.0 is in the middle."""
    weights = [a.weight for a in assessment.answers]
    weights += [s.weight for a in assessment.answers for s in a.streams.values()]
    return max([2.0, *(w for w in weights if w is not None)])


def _assets(names: Sequence[str]) -> str:
    folder = files("hirenet_sales.report")
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


def _page_margins(footer: str) -> str:
    """Style of a printed page's foot; any text is safe in it, every letter being escaped."""
    text = "".join(f"\\{ord(letter):06x}" for letter in footer)
    number = 'counter(page) " / " counter(pages)'
    return (
        f'@page {{ @bottom-left {{ content: "{text}"; }} @bottom-right {{ content: {number}; }} }}'
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(bytes.fromhex(text_digest(text))).decode()


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        extensions=["jinja2.ext.i18n"],
        loader=PackageLoader("hirenet_sales.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    catalogue = translations(language)
    # newstyle: a message's placeholders are escaped, and it is not
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(
        translated=catalogue.gettext,  # of text in a variable, which is escaped like any other
        clock=wording.clock,
        duration=wording.duration,
        times=wording.times,
        span=wording.span,
        effect=wording.effect_text,
        signed=wording.signed,
        value_of=wording.value_of,
        change_label=wording.change_label,
        trait=wording.trait_label,
        estimate=wording.estimate_label,
        effects_in_words=wording.effects_in_words,
        data_set_name=wording.data_set_name,
        day=_day,
        thumbnail=_thumbnail,
        in_order=_in_order,
    )
    environment.globals.update(
        page_language=language,
        page_direction=direction(language),
        ESTIMATES=ESTIMATES,
        DIRECTION_SIGNS=wording.DIRECTION_SIGNS,
        moment_name=wording.moment_name,
        STREAM_LABELS=wording.STREAM_LABELS,
        STREAM_WORDS=wording.STREAM_WORDS,
        TRAITS=TRAITS,
        QUALITY_FIGURES=wording.QUALITY_FIGURES,
        STATUS_LABELS=wording.STATUS_LABELS,
        TRAIT_ENDS=wording.TRAIT_ENDS,
        TRANSCRIPT_SOURCES=wording.TRANSCRIPT_SOURCES,
        PAPERS=wording.PAPERS,
        PLAYER_ERRORS=wording.PLAYER_ERRORS,
        SHADE_EDGES=SHADE_EDGES,
        told_apart=told_apart,
        ABOUT_RELEVANCE=wording.ABOUT_RELEVANCE,
    )
    return environment


def _in_order(traits: dict[str, Any]) -> list[tuple[str, Any]]:
    """Traits in the order of TRAITS, then any other targets."""
    others = [name for name in traits if name not in TRAITS]
    return [(name, traits[name]) for name in (*TRAITS, *others) if name in traits]


def _thumbnail(source: str | None) -> str:
    """The picture if it is an inline image, else nothing."""
    return source if source and _THUMBNAIL.fullmatch(source) else ""


def _day(created: str) -> str:
    """An ISO date and time in words; anything else is unchanged."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return created
    zone = " UTC" if moment.tzinfo and not moment.utcoffset() else moment.strftime(" %z").rstrip()
    return f"{moment.day} {moment:%B %Y, %H:%M}{zone}"
