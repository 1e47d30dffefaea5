import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from extractors.errors import WeightsError
from extractors.words.contextual_words import ContextualWords, windows
from extractors.words.transcript import Transcript, Word
from extractors.words.vectors import words_stream

CONFIG = {
    "hidden_size": 16,
    "layer_norm_eps": 1e-12,
    "vocab_size": 40,
    "max_position_embeddings": 300,
    "type_vocab_size": 2,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "hidden_act": "gelu",
    "num_hidden_layers": 2,
}
LAYER = {
    "attention.self.query": (16, 16),
    "attention.self.key": (16, 16),
    "attention.self.value": (16, 16),
    "attention.output.dense": (16, 16),
    "attention.output.LayerNorm": (16,),
    "intermediate.dense": (24, 16),
    "output.dense": (16, 24),
    "output.LayerNorm": (16,),
}


@pytest.fixture
def folder(tmp_path):
    """A small BERT with random weights, laid out as the real one."""
    generator = torch.Generator().manual_seed(0)
    tensors = {
        "embeddings.word_embeddings.weight": (40, 16),
        "embeddings.position_embeddings.weight": (300, 16),
        "embeddings.token_type_embeddings.weight": (2, 16),
        "embeddings.LayerNorm.weight": (16,),
        "embeddings.LayerNorm.bias": (16,),
    }
    for i in range(2):
        for name, shape in LAYER.items():
            tensors[f"encoder.layer.{i}.{name}.weight"] = shape
            tensors[f"encoder.layer.{i}.{name}.bias"] = shape[:1]
    save_file(
        {name: torch.randn(shape, generator=generator) for name, shape in tensors.items()},
        tmp_path / "model.safetensors",
    )
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    vocabulary = ["[UNK]", "[CLS]", "[SEP]", "sell", "##ing", "pens", "is", "fun", "."]
    tokenizer = Tokenizer(
        models.WordPiece({w: i for i, w in enumerate(vocabulary)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tmp_path


def test_one_vector_a_word_that_depends_on_the_words_around(folder):
    encoder = ContextualWords(folder)
    values, valid = encoder.encode(["Selling", "pens", "is", "fun."])
    other, _ = encoder.encode(["Selling", "pens", "is"])
    assert values.shape == (4, 16)
    assert valid.all()
    assert not np.allclose(values[:3], other, atol=1e-3)


def test_the_network_is_that_of_transformers(folder):
    transformers = pytest.importorskip("transformers")
    tensors = ContextualWords(folder)
    bert = transformers.BertModel(transformers.BertConfig(**CONFIG), add_pooling_layer=False)
    from safetensors.torch import load_file

    bert.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    pieces = torch.tensor([[1, 3, 4, 5, 6, 7, 8, 2]])
    with torch.inference_mode():
        expected = bert.eval()(pieces).last_hidden_state
        torch.testing.assert_close(tensors.encoder(pieces), expected, rtol=1e-4, atol=1e-5)


def test_long_text_is_read_in_windows(folder):
    values, valid = ContextualWords(folder).encode(["selling", "pens"] * 300)
    assert valid.all()
    assert np.isfinite(values).all()


def test_it_serves_as_encoder_of_a_stream(folder):
    output = Transcript((Word("sell"), Word("pens")), "en", 2.0, "given", "none")
    stream = words_stream(output, ContextualWords(folder))
    assert stream.values.shape == (2, 16)
    assert stream.provenance.extractor == "contextual-words"


@pytest.mark.parametrize(
    ("counts", "room"), [([], 5), ([1], 5), ([1] * 11, 5), ([3, 9, 3], 5), ([2] * 100, 7), ([0], 3)]
)
def test_windows_cover_all_words_once_and_fit(counts, room):
    runs = windows(counts, room)
    assert [i for begin, end in runs for i in range(begin, end)] == list(range(len(counts)))
    assert all(sum(counts[b:e]) <= room or e - b == 1 for b, e in runs)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(WeightsError, match=r"config\.json, tokenizer\.json, model\.safet"):
        ContextualWords(tmp_path)


def test_other_networks_are_refused(folder):
    save_file({"weight": torch.zeros(2)}, folder / "model.safetensors")
    with pytest.raises(WeightsError, match="not a BERT encoder"):
        ContextualWords(folder).encode(["sell"])
