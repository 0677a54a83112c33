"""LangChain with its FAISS store."""


def embeddings(encoder: str):
    from langchain_huggingface import HuggingFaceEmbeddings

    normalised = {"normalize_embeddings": True}
    return HuggingFaceEmbeddings(
        model_name=encoder,
        model_kwargs={"device": "cpu"},
        encode_kwargs={**normalised, "prompt": "passage: "},
        query_encode_kwargs={**normalised, "prompt": "query: "},
    )


def index(encoder: str, passages: list[str], folder: str) -> None:
    from langchain_community.vectorstores import FAISS

    FAISS.from_texts(passages, embeddings(encoder)).save_local(folder)


def open_index(encoder: str, folder: str):
    from langchain_community.vectorstores import FAISS

    store = FAISS.load_local(folder, embeddings(encoder), allow_dangerous_deserialization=True)
    return lambda question, k: [found.page_content for found in store.similarity_search(question, k=k)]
