"""From a question to an answer whose every sentence cites the sentence that supports it."""
