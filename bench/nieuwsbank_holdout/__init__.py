"""A hold-out in the form of the benchmark beside it: other affairs, other people, looked at for its figures only."""
