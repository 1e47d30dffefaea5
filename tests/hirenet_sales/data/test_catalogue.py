"""Every data set by name: cards, streams and words of First Impressions V2, planted sets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from toy_dataset import rows, write_audio, write_dataset, write_table

from hirenet_sales.data.card import card_names, load_card, read_card
from hirenet_sales.data.catalogue import TABLES, load_dataset
from hirenet_sales.data.features import spoken
from hirenet_sales.data.sets.first_impressions import FirstImpressions
from hirenet_sales.errors import ConfigError, DatasetError
from hirenet_sales.shipped import shipped_folder
from hirenet_sales.traits import TRAITS

NAME = "first-impressions-v2"


def test_every_card_has_a_loader() -> None:
    assert set(card_names()) == {NAME, "mit-interview", "planted", *TABLES}


@pytest.mark.parametrize("name", card_names())
def test_every_card_says_what_a_user_must_know(name: str) -> None:
    card = load_card(name)
    assert card.name == name
    assert card.body.startswith("# ")
    for text in (card.licence, card.consent, card.leakage, *card.forbidden_uses):
        assert len(text) > 3
    assert card.targets
    assert card.choose(None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("licence: yours to state\n", ""), "'licence' is missing"),
        (("level: interview", "levels: interview"), "unknown key 'levels'; did you mean 'level'?"),
        (("level: interview", "level: person"), "line 5: level: "),
        (("kind: binary, range: [0, 1]", "kind: binary, range: [1, 2]"), "expected [0, 1]"),
        (("range: [0, 1]}\n  con", "range: [1, 0]}\n  con"), "expected the low end first"),
        (("---\nname", "name"), "expected YAML between two lines of ---"),
        (("level: interview", "level: [interview"), "not YAML"),
    ],
)
def test_a_wrong_card(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    text = (shipped_folder("data_cards") / "recorded.md").read_text(encoding="utf-8")
    assert change[0] in text
    path = tmp_path / "data_card.md"
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(DatasetError) as error:
        read_card(path)
    assert message in str(error.value)
    assert str(path) in str(error.value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return write_dataset(tmp_path_factory.mktemp("fi"), {"source-train": 2}, clips=2)


def test_first_impressions_as_interviews(folder: Path) -> None:
    found = load_dataset(NAME, folder, cache=folder / "cache")
    clips = FirstImpressions(folder).clips
    assert found.level == "answer"
    assert [t.name for t in found.targets] == list(TRAITS)
    assert found.ids == tuple(dict.fromkeys(clip.source for clip in clips))
    assert found.people.tolist() == list(found.ids)
    flat = {name: [a for i in s for a in i] for name, s in found.streams.items()}
    words = [w for interview in found.words for w in interview]
    official = [part for parts in found.official for part in parts]
    for k, clip in enumerate(clips):
        assert list(words[k]) == spoken(clip.transcript)  # every toy word has a vector
        assert len(flat["text"][k]) == len(words[k])
        np.testing.assert_array_equal(flat["audio"][k][0], clip.spectral)
        assert flat["visual"][k].shape == (1, len(found.columns["visual"]))
        assert official[k] == clip.split
    np.testing.assert_allclose(found.labels[0], np.mean([c.targets for c in clips[:2]], axis=0))
    assert found.functionals["audio"][0].shape == (2, 26)
    assert not any(column.startswith("tuned") for column in found.columns["visual"])


def test_streams_that_are_not_wanted_are_not_made(folder: Path, tmp_path: Path) -> None:
    found = load_dataset(NAME, folder, streams=("audio",), cache=tmp_path)
    assert set(found.streams) == {"audio"}
    assert not found.words
    assert not list(tmp_path.iterdir())
    assert load_dataset(NAME, folder, streams=(), cache=tmp_path).streams == {}


def test_another_target(folder: Path, tmp_path: Path) -> None:
    found = load_dataset(NAME, folder, streams=(), targets=["interview"], cache=tmp_path)
    clips = FirstImpressions(folder).clips
    np.testing.assert_allclose(
        found.answer_labels[0][:, 0], [c.scores["interview"] for c in clips[:2]]
    )


def test_a_clip_that_lacks_a_stream_has_no_row(tmp_path: Path) -> None:
    table = rows({"source-train": 2}, clips=2)
    table[0]["transcription"] = ""
    write_table(tmp_path, table)
    write_audio(tmp_path, table[1:])
    found = load_dataset(NAME, tmp_path, cache=tmp_path / "cache")
    place = [c.name for c in FirstImpressions(tmp_path).clips].index(table[0]["clip"])
    n, k = divmod(place, 2)
    assert len(found.streams["text"][n][k]) == len(found.streams["audio"][n][k]) == 0
    assert found.words[n][k] == ()
    assert np.isnan(found.functionals["audio"][n][k]).all()
    assert all(len(a) == 0 for interview in found.streams["visual"] for a in interview)


def test_planted_takes_its_own_options() -> None:
    found = load_dataset("planted", streams=("audio",), interviews=10, answers=2, seed=3)
    assert len(found) == 10
    assert found.planted is not None
    assert set(found.streams) == {"audio"}
    with pytest.raises(ConfigError, match="unknown option 'interview'; did you mean 'interviews'"):
        load_dataset("planted", interview=10)
