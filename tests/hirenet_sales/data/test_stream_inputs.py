"""Fixed maps from Streams to model inputs."""

from __future__ import annotations

import numpy as np
import pytest

from extractors.stream import Provenance, Stream
from hirenet_sales.data.stream_inputs import (
    CLIP,
    StreamInput,
    observed_rows,
    text_table,
)
from hirenet_sales.data.stream_inputs import visual_table as visual

MADE = Provenance("toy", "1")


def stream(columns: tuple[str, ...], valid: list[bool], start_s: float = 0.0) -> Stream:
    rng = np.random.default_rng(len(columns))
    values = rng.normal(size=(len(valid), len(columns)))
    values[~np.array(valid, bool)] = np.nan  # never really observed
    times = start_s + np.arange(len(valid), dtype=float)
    return Stream(values, np.stack([times, times + 0.5], 1), columns, np.array(valid), MADE)


def test_training_rows_come_out_standardised() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal([5, -3, 0], [1, 20, 0.01], (500, 3))
    z = StreamInput.fit(values, ["a", "b", "c"], components=2).apply(values)
    np.testing.assert_allclose(z.mean(0), 0, atol=1e-3)
    np.testing.assert_allclose(z.std(0), 1, atol=0.02)
    assert z.dtype == np.float32


def test_embeddings_are_reduced_and_other_columns_kept() -> None:
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(300, 2))
    embedding = hidden @ rng.normal(size=(2, 8)) + rng.normal(0, 0.01, (300, 8))
    values = np.concatenate([embedding, rng.normal(2, 3, (300, 1))], axis=1)
    columns = [*(f"cnn_{k}" for k in range(8)), "AU12"]
    fit = StreamInput.fit(values, columns, components=2)
    z = fit.apply(values)
    assert fit.width == 3
    assert z[:, 0].std() == pytest.approx(1, abs=0.05)
    assert z[:, 1].std() <= z[:, 0].std()  # components keep their proportions
    assert abs(np.corrcoef(z[:, 0], z[:, 1])[0, 1]) < 0.05
    assert np.corrcoef(z[:, 2], values[:, 8])[0, 1] == pytest.approx(1, abs=1e-3)


def test_fewer_rows_than_components() -> None:
    values = np.random.default_rng(0).normal(size=(5, 20))
    fit = StreamInput.fit(values, [f"cnn_{k}" for k in range(20)], components=10)
    assert fit.width == 5
    assert np.isfinite(fit.apply(values)).all()


def test_a_broken_measurement_outweighs_nothing() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(size=(50, 2)), np.full((50, 1), 0.1)], axis=1)
    fit = StreamInput.fit(values, ["a", "b", "never_moves"], components=2)
    assert np.abs(fit.apply(values)[:, 2]).max() < 0.1
    wild = fit.apply(np.array([[1e9, -1e9, 5.0]]))
    assert np.abs(wild).max() <= CLIP * 1.01


def test_no_rows_stay_no_rows() -> None:
    fit = StreamInput.fit(np.random.default_rng(0).normal(size=(9, 3)), ["a", "b", "c"], 2)
    assert fit.apply(np.zeros((0, 3), np.float32)).shape == (0, 3)


def test_visual_rows_are_those_where_all_parts_saw_a_face() -> None:
    streams = {
        "visual": stream(("cnn_0", "cnn_1"), [True, True, False, True]),
        "expression": stream(("AU12",), [True, False, True, True]),
        "shape": stream(("shape_0",), [True, True, True, True]),
    }
    table = visual(streams)
    assert table.rows.tolist() == [0, 3]
    assert table.columns == ("cnn_0", "cnn_1", "AU12", "shape_0")
    assert table.values.shape == (2, 4)
    assert np.isfinite(table.values).all()
    np.testing.assert_array_equal(table.spans, streams["visual"].spans[[0, 3]])


def test_visual_of_nothing() -> None:
    streams = {n: Stream.empty((n,), MADE, "no face") for n in ("visual", "expression", "shape")}
    assert visual(streams).values.shape == (0, 3)


def test_silent_slices_are_no_audio() -> None:
    table = observed_rows(stream(("rmse", "mfcc1"), [False, True, False]))
    assert table.rows.tolist() == [1]
    assert np.isfinite(table.values).all()


def test_unknown_words_count_for_the_rate_but_are_not_read() -> None:
    words = stream(("w0", "w1"), [True, False, True, True, True])
    slices = np.array([[0.0, 2.0], [2.0, 5.0]])
    table = text_table(words, slices)
    assert table.rows.tolist() == [0, 2, 3, 4]
    np.testing.assert_allclose(table.values[:, -1], [2 / 2, 3 / 3, 3 / 3, 3 / 3])
    assert table.columns[-1] == "words_per_second"
