"""txtai with its texts kept beside the vectors."""


def index(encoder: str, passages: list[str], folder: str) -> None:
    from txtai import Embeddings

    instructions = {"query": "query: ", "data": "passage: "}
    store = Embeddings(path=encoder, content=True, instructions=instructions, gpu=False)
    store.index(passages)
    store.save(folder)


def open_index(encoder: str, folder: str):
    from txtai import Embeddings

    store = Embeddings()
    store.load(folder)
    return lambda question, k: [found["text"] for found in store.search(question, k)]
