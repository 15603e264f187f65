"""Products of matrices in one thread."""

import numpy as np
from threadpoolctl import ThreadpoolController

from hrtem_core.numerics import one_blas_thread


def n_threads_of_blas() -> set[int]:
    return {one["num_threads"] for one in ThreadpoolController().select(user_api="blas").info()}


def test_one_thread_within_and_as_many_as_before_afterwards() -> None:
    assert (np.ones((2, 2)) @ np.ones((2, 2))).sum() == 8
    before = n_threads_of_blas()
    for _ in range(2):
        with one_blas_thread():
            assert n_threads_of_blas() == {1}
        assert n_threads_of_blas() == before
