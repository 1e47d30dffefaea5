"""The doctor finds what is here, and says how to get what is not."""

from __future__ import annotations

import json

import pytest

from hirenet_sales import doctor


@pytest.fixture(scope="module")
def findings() -> list[doctor.Finding]:
    return doctor.examine()


def test_everything_that_is_needed_to_run_the_tests_is_found(findings) -> None:
    groups = ("system libraries", "back ends", "weights")
    missing = [f for f in findings if f.group in groups and f.needed and not f.present]
    assert not missing, missing


def test_every_finding_has_a_remedy_and_a_detail(findings) -> None:
    assert all(finding.remedy and finding.detail for finding in findings)


def test_json_holds_every_finding(findings) -> None:
    read = json.loads(doctor.findings_json(findings))
    assert [item["name"] for item in read] == [finding.name for finding in findings]
    assert set(read[0]) == {"group", "name", "needed", "present", "detail", "remedy"}


def test_a_missing_library_is_missing(monkeypatch) -> None:
    monkeypatch.setattr(doctor, "SYSTEM_LIBRARIES", {"libnowhere.so.9": "libnowhere9"})
    finding = doctor.examine()[0]
    assert not finding.present and finding.needed
    assert finding.remedy == "apt-get install libnowhere9"
    assert "libnowhere.so.9" in finding.detail


def test_a_damaged_face_model_is_not_present(monkeypatch, tmp_path) -> None:
    from extractors.face import mediapipe_tracker

    damaged = tmp_path / "face_landmarker.task"
    damaged.write_bytes(mediapipe_tracker.MODEL.read_bytes()[:-1])
    monkeypatch.setattr(mediapipe_tracker, "MODEL", damaged)
    finding = next(f for f in doctor.examine() if f.name == "FaceLandmarker")
    assert not finding.present and "expected" in finding.detail


def test_without_any_whisper_the_remedy_is_given(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("HIRENET_SALES_WHISPER", str(tmp_path))
    finding = next(f for f in doctor.examine() if f.name.startswith("Whisper"))
    assert not finding.present and finding.needed
    assert "model.bin" in finding.detail and "offline-speech" in finding.remedy
