"""Pieces on all cores: in order, errors in their turn, nothing begun after the caller stops, settings as before."""

from __future__ import annotations

import threading
import time

import pytest
import torch

from embeddings.on_cores import on_cores


@pytest.fixture(params=[1, 3])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_pieces_come_in_order_each_done_once(threads):
    done, used = [], set()

    def work(piece):
        time.sleep(0.02 if piece % 3 == 0 else 0)
        done.append(piece)
        used.add((threading.get_ident(), torch.get_num_threads()))

    assert list(on_cores(work, range(20))) == list(range(20))
    assert sorted(done) == list(range(20))
    assert {each for _, each in used} == {1}
    assert len(used) <= threads
    assert torch.get_num_threads() == threads


def test_an_error_comes_in_its_turn_and_the_rest_is_left(threads):
    begun = []

    def work(piece):
        begun.append(piece)
        time.sleep(0.01)
        if piece == 4:
            raise ValueError("four")

    seen = []
    with pytest.raises(ValueError, match="four"):
        seen.extend(on_cores(work, range(200)))
        pytest.fail("the error was lost")
    assert len(begun) < 100
    assert torch.get_num_threads() == threads


def test_who_stops_waits_for_what_has_begun_only(threads):
    begun = []

    def work(piece):
        begun.append(piece)
        time.sleep(0.01)

    for piece in (pieces := on_cores(work, range(200))):
        if piece == 3:
            break
    pieces.close()
    assert len(begun) < 100
    assert torch.get_num_threads() == threads


def test_few_pieces_leave_sharing_out_to_pytorch():
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    try:
        seen = []
        assert list(on_cores(lambda piece: seen.append(torch.get_num_threads()), range(3))) == [0, 1, 2]
        assert seen == [4, 4, 4]
    finally:
        torch.set_num_threads(before)
