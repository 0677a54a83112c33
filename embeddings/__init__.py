"""Text in, neighbours out; and networks that read two texts together. Knows nothing of models that write, of terminals or of answers."""
