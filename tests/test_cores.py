"""Tasks beside each other, and sums of one thread."""

import threading

import numpy as np
import pytest

from fairaudit import cores
from fairaudit.cores import BLAS, libraries, one_thread, side_by_side
from fairaudit.memory import limit, memory_limit


@pytest.fixture
def two(monkeypatch):
    """A machine of two cores, whatever this one is."""
    monkeypatch.setattr(cores, "cores", lambda: 2)


def threads() -> set[int]:
    return {library["num_threads"] for library in libraries().info() if library["user_api"] == BLAS}


def test_answers_come_in_the_order_of_the_items(two):
    later = threading.Event()

    def task(item):
        if item == 0:
            assert later.wait(30)  # the first is done last
        later.set()
        return -item

    assert side_by_side(task, [0, 1, 2, 3]) == [0, -1, -2, -3]


def test_two_tasks_run_at_the_same_time(two):
    met = threading.Barrier(2, timeout=30)
    assert sorted(side_by_side(lambda _: met.wait(), range(2))) == [0, 1]


def test_what_a_task_asks_for_in_turn_is_done_in_its_own_thread(two):
    def outer(item):
        return {threading.get_ident() for _ in side_by_side(lambda _: None, range(3))} | set(
            side_by_side(lambda _: threading.get_ident(), range(3))
        )

    assert all(len(inside) == 1 for inside in side_by_side(outer, range(2)))


def test_the_first_item_without_an_answer_says_why(two):
    def task(item):
        raise ValueError(f"item {item}")

    with pytest.raises(ValueError, match="item 0"):
        side_by_side(task, range(4))


def test_an_interruption_leaves_no_item_to_be_taken(two):
    begun = []

    def task(item):
        begun.append(item)
        if threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt
        assert interrupted.wait(30)

    interrupted = threading.Event()
    with pytest.raises(KeyboardInterrupt):
        side_by_side(task, range(50))
    interrupted.set()
    assert len(begun) <= 2


def test_where_no_thread_can_be_started_one_does_all(two, monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert side_by_side(str, range(3)) == ["0", "1", "2"]


def test_tasks_keep_to_the_limits_of_whoever_asks(two):
    with memory_limit("1 GB"), np.errstate(divide="raise"):
        told = side_by_side(lambda _: (limit(), np.geterr()["divide"]), range(2))
    assert told == [(10**9, "raise")] * 2


def test_sums_are_of_one_thread_inside_a_block_and_as_before_after_the_last():
    before = threads()
    with one_thread():
        with one_thread():
            assert threads() == {1}
        assert threads() == {1}
    assert threads() == before
