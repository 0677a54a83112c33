"""Chroma with its sentence-transformers encoder."""


def collection(encoder: str, folder: str):
    import chromadb
    from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction

    client = chromadb.PersistentClient(folder, settings=chromadb.Settings(anonymized_telemetry=False))
    function = SentenceTransformerEmbeddingFunction(model_name=encoder, device="cpu", normalize_embeddings=True)
    return client.get_or_create_collection("articles", embedding_function=function)


def index(encoder: str, passages: list[str], folder: str) -> None:
    ids = [str(number) for number in range(len(passages))]
    # it has one prompt for both, so the prefixes are written out
    collection(encoder, folder).add(ids=ids, documents=["passage: " + text for text in passages])


def open_index(encoder: str, folder: str):
    stored = collection(encoder, folder)
    return lambda question, k: stored.query(query_texts=["query: " + question], n_results=k)["documents"][0]
