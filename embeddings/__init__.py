"""Text in, neighbours out. Knows nothing of language models, terminals or questions."""
