"""Assessment: the published schema is the code's own, and writing loses nothing."""

import datetime
import json
from importlib.resources import files

import jsonschema
import pytest
from pydantic import ValidationError
from toy_assessment import toy_assessment

from hirenet_sales.assessment import Assessment, json_schema
from hirenet_sales.interview import Consent
from hirenet_sales.traits import TRAITS


def published_schema() -> dict:
    return json.loads(files("hirenet_sales").joinpath("assessment.schema.json").read_text())


def test_the_published_schema_is_up_to_date():
    stored = files("hirenet_sales").joinpath("assessment.schema.json").read_text(encoding="utf-8")
    assert stored == json_schema(), (
        "assessment.schema.json is stale; write it again with python -c "
        "\"from hirenet_sales.assessment import json_schema; print(json_schema(), end='')\""
    )


def test_the_schema_is_a_valid_schema():
    jsonschema.Draft202012Validator.check_schema(published_schema())


def test_write_then_read_is_identical(tmp_path):
    assessment = toy_assessment()
    assessment.write(tmp_path / "assessment.json")
    assert Assessment.read(tmp_path / "assessment.json") == assessment
    assert list(assessment.traits) == list(TRAITS)


def test_what_is_written_fits_the_published_schema(tmp_path):
    toy_assessment().write(tmp_path / "assessment.json")
    document = json.loads((tmp_path / "assessment.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, published_schema())


def test_what_is_withheld_fits_the_published_schema():
    withheld = {"traits": {}, "sales": None, "withheld": "Too little was read."}
    document = json.loads(toy_assessment().model_copy(update=withheld).model_dump_json())
    jsonschema.validate(document, published_schema())


@pytest.mark.parametrize(
    "consent",
    [Consent(given=True, date=datetime.date(2026, 1, 31), visual=False), Consent(given=True), None],
    ids=["dated", "bare", "none"],
)
def test_the_consent_comes_through(tmp_path, consent):
    assessment = toy_assessment().model_copy(update={"consent": consent})
    assessment.write(tmp_path / "assessment.json")
    document = json.loads((tmp_path / "assessment.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, published_schema())
    assert Assessment.read(tmp_path / "assessment.json").consent == consent


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.update(verdict="yes"),
        lambda d: d["answers"][0].update(mood="good"),
        lambda d: d["traits"].pop("openness") and None,
        lambda d: d["traits"]["openness"].update(estimate=1.2),
        lambda d: d["sales"].update(score=11),
        lambda d: d["answers"][0]["highlights"][0].update(stream="smell"),
    ],
    ids=["extra key", "extra key in an answer", "no trait", "trait range", "score range", "stream"],
)
def test_a_spoilt_document_fails_the_schema(spoil):
    document = json.loads(toy_assessment().model_dump_json())
    spoil(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, published_schema())


@pytest.mark.parametrize("part", [(), ("sales",), ("provenance",), ("answers", 0)])
def test_unknown_keys_are_refused(part):
    document = json.loads(toy_assessment().model_dump_json())
    inner = document
    for key in part:
        inner = inner[key]
    inner["surprise"] = 1
    with pytest.raises(ValidationError, match="surprise"):
        Assessment.model_validate(document)
