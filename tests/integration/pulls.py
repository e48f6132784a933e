"""Pull requests of the forge."""

from __future__ import annotations

from collections.abc import Callable

import requests

from tests.waiting import eventually

CHECKING = 405  # also after its base moved, while the request itself still says that it can be merged


def merge_pull(api: Callable[..., requests.Response], number: int) -> requests.Response:
    """Have a pull request merged, as soon as the forge knows whether that is possible; its answer, whatever it is.

    Args:
        api: calls the forge's API about the repository.
    """
    path = f"/pulls/{number}"

    def ask() -> list[requests.Response]:
        assert api("GET", path).json()["mergeable"]
        answer = api("POST", f"{path}/merge", Do="merge", delete_branch_after_merge=False)
        return [] if answer.status_code == CHECKING else [answer]  # a list: an answer that says no is false

    answers: list[requests.Response] = eventually(ask)
    return answers[0]
