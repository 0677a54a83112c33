"""A benchmark of invented news: articles, questions with gold sentences, and the program that checks them."""
