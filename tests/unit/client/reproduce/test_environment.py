"""How a machine differs from the one that a run ran on."""

from __future__ import annotations

import pytest

from saigen.recording import Environment
from saigen.reproduce.environment import differences


def machine(threads: int | None = None, gpu: str | None = None) -> Environment:
    return Environment(None, None, "3.11.9", "Linux", "x86_64", threads, gpu)


@pytest.mark.parametrize(
    ("ran", "here", "said"),
    [
        (machine(2), machine(2), []),
        (machine(None), machine(2), []),
        (machine(16), machine(2), ["it ran with 16 threads, here are 2"]),
        (machine(gpu="NVIDIA A100"), machine(), ["it ran on NVIDIA A100, here is none"]),
        (machine(), machine(gpu="NVIDIA A100"), ["it ran on no graphics card, here is NVIDIA A100"]),
        (machine(gpu="x\x1b[2J"), machine(), ["it ran on x?[2J, here is none"]),
    ],
)
def test_what_may_change_the_last_digits_is_said(ran: Environment, here: Environment, said: list[str]) -> None:
    assert differences(ran, here) == said
