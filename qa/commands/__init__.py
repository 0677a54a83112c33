"""The commands, one module for each group of them; `qa.cli` puts them together.

Nothing here imports anything heavy before a command runs.
"""
