"""The forge's pages, as a browser uses them."""

from __future__ import annotations

from dataclasses import dataclass

import requests

from tests.integration.git.forge import Account, Forge


@dataclass(frozen=True)
class Browser:
    """A browser, signed in or not."""

    url: str
    session: requests.Session

    @classmethod
    def anonymous(cls, forge: Forge) -> Browser:
        """A browser that nobody has signed in with."""
        return cls(forge.url, requests.Session())

    @classmethod
    def signed_in(cls, forge: Forge, account: Account) -> Browser:
        """A browser that this account has signed in with."""
        return cls.anonymous(forge).sign_in(account.name, account.secret)

    def sign_in(self, name: str, secret: str) -> Browser:
        """Fill in the login form."""
        answer = self.post("/user/login", {"user_name": name, "password": secret})
        assert answer.status_code == 303, answer.text
        return self

    def get(self, path: str) -> requests.Response:
        """Open a page, without following redirects."""
        return self.session.get(self.url + path, allow_redirects=False, timeout=30)

    def post(self, path: str, form: dict[str, str]) -> requests.Response:
        """Send a form, without following redirects."""
        headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        return self.session.post(self.url + path, data=form, headers=headers, allow_redirects=False, timeout=30)
