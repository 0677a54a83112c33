"""sentence-transformers and FAISS by hand: the least that anybody would write."""

import json
from pathlib import Path


def model(folder: str):
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(folder, device="cpu", local_files_only=True)


def index(encoder: str, passages: list[str], folder: str) -> None:
    import faiss

    vectors = model(encoder).encode(["passage: " + text for text in passages], normalize_embeddings=True)
    found = faiss.IndexFlatIP(vectors.shape[1])
    found.add(vectors)
    faiss.write_index(found, folder + "/passages.faiss")
    Path(folder, "passages.json").write_text(json.dumps(passages), encoding="utf-8")


def open_index(encoder: str, folder: str):
    import faiss

    loaded = model(encoder)
    found = faiss.read_index(folder + "/passages.faiss")
    passages = json.loads(Path(folder, "passages.json").read_text(encoding="utf-8"))

    def query(question: str, k: int) -> list[str]:
        vector = loaded.encode(["query: " + question], normalize_embeddings=True)
        return [passages[place] for place in found.search(vector, k)[1][0]]

    return query
