"""LlamaIndex with its own store of vectors."""


def embedding(encoder: str):
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    return HuggingFaceEmbedding(
        model_name=encoder, query_instruction="query: ", text_instruction="passage: ", device="cpu"
    )


def index(encoder: str, passages: list[str], folder: str) -> None:
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import TextNode

    nodes = [TextNode(text=text) for text in passages]
    VectorStoreIndex(nodes, embed_model=embedding(encoder)).storage_context.persist(folder)


def open_index(encoder: str, folder: str):
    from llama_index.core import StorageContext, load_index_from_storage

    stored = load_index_from_storage(StorageContext.from_defaults(persist_dir=folder), embed_model=embedding(encoder))

    def query(question: str, k: int) -> list[str]:
        return [found.node.get_content() for found in stored.as_retriever(similarity_top_k=k).retrieve(question)]

    return query
