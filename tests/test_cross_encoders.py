"""Cross-encoders that are really loaded: tiny ones with random weights, made here."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from embeddings.cross_encoders import load_entailment_model, load_reranker
from embeddings.errors import EncoderUnavailable

WORDS = "de brug is dicht open sinds dinsdag hoeveel kost het herstel miljoen euro".split()


def made_model(folder: Path, labels: dict[int, str]) -> Path:
    """A cross-encoder of one layer whose weights are the same on every machine."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS]
    vocabulary = {word: place for place, word in enumerate(names)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    fast.save_pretrained(folder)
    torch.manual_seed(1)
    settings = BertConfig(
        vocab_size=len(names),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        initializer_range=1.0,
        id2label=labels,
        label2id={label: place for place, label in labels.items()},
    )
    BertForSequenceClassification(settings).save_pretrained(folder)
    return folder


def test_relevance_is_the_models_own_verdict_whatever_else_is_asked_with_it(tmp_path: Path) -> None:
    reranker = load_reranker(str(made_model(tmp_path / "reranker", {0: "LABEL_0"})))
    texts = ["de brug is dicht", "het herstel kost miljoen euro", "open sinds dinsdag"]
    together = reranker.relevance("hoeveel kost het herstel", texts)
    assert all(0 < value < 1 for value in together) and len(set(together)) == 3
    for text, value in zip(texts, together, strict=True):
        assert reranker.relevance("hoeveel kost het herstel", [text]) == [pytest.approx(value, abs=1e-4)]
    assert reranker.relevance("hoeveel", []) == []


def test_entailment_reads_the_labels_wherever_they_stand(tmp_path: Path) -> None:
    pairs = [("de brug is dicht", "de brug is open"), ("het herstel kost euro", "het herstel kost euro")]
    one = load_entailment_model(str(made_model(tmp_path / "a", {0: "contradiction", 1: "entailment", 2: "neutral"})))
    other = load_entailment_model(str(made_model(tmp_path / "b", {0: "ENTAILMENT", 1: "NEUTRAL", 2: "CONTRADICTION"})))
    for first, second in zip(one.judge(pairs), other.judge(pairs), strict=True):
        assert first.contradicted == pytest.approx(second.entailed, abs=1e-4)
        assert 0 <= first.entailed + first.contradicted <= 1 + 1e-9
        assert math.isfinite(first.entailed)
    assert one.judge([]) == []


def test_a_model_of_another_kind_is_refused_with_the_reason(tmp_path: Path) -> None:
    folder = made_model(tmp_path / "three", {0: "a", 1: "b", 2: "c"})
    with pytest.raises(EncoderUnavailable, match="3 outputs and is no reranker"):
        load_reranker(str(folder)).relevance("hoeveel", ["de brug"])
    with pytest.raises(EncoderUnavailable, match="does not judge entailment"):
        load_entailment_model(str(folder)).judge([("de brug", "de brug")])
    with pytest.raises(EncoderUnavailable):
        load_reranker("nobody/has-this-model")
    (tmp_path / "empty").mkdir()
    with pytest.raises(EncoderUnavailable):
        load_reranker(str(tmp_path / "empty")).relevance("hoeveel", ["de brug"])
