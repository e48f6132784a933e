"""Telling people of alerts: a webhook that chat services understand, and mail.

No address of a webhook and no password is in Git: saigen.toml names the environment variable that holds the webhook's
URL, and mail is sent by what SMTP_HOST, SMTP_PORT, SMTP_USERNAME, SMTP_PASSWORD, SMTP_FROM and SMTP_TLS say
(`starttls`, the default; `tls` from the first byte on; `off`).
"""

from __future__ import annotations

import json
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

from saigen.errors import NotPermittedError, UnreachableError, UsageError
from saigen.monitor.alerts import Alert
from saigen.project import MonitorRules

CHANNELS = ("webhook", "email")
_SECONDS = 15
_TLS = ("starttls", "tls", "off")


@dataclass(frozen=True)
class Notice:
    """What is told: of which environment, model and record, and where to read on."""

    environment: str
    model: str
    record: str
    alerts: Sequence[Alert]
    where: str = ""

    @property
    def title(self) -> str:
        """One line."""
        count = len(self.alerts)
        return f"{self.model} in {self.environment}: {count} alert{'s' if count != 1 else ''} on {self.record}"

    @property
    def lines(self) -> list[str]:
        """A line an alert, then where to read on."""
        return [*(str(alert) for alert in self.alerts), *([self.where] if self.where else [])]


def channels(rules: MonitorRules) -> list[str]:
    """The channels that saigen.toml names."""
    return [name for name in CHANNELS if getattr(rules, name)]


def tell(channel: str, notice: Notice, rules: MonitorRules, environment: Mapping[str, str]) -> None:
    """Tell one channel.

    Raises:
        UsageError: what it needs is not in the environment. UnreachableError, NotPermittedError: the other side does
            not answer, or refuses.
    """
    if channel == "webhook":
        post(_webhook(rules.webhook or "", environment), notice)
    else:
        mail(rules.email, notice, environment)


def post(url: str, notice: Notice) -> None:
    """Post to a webhook, in the form that Slack and those compatible with it take. Raises as `tell` does."""
    text = "\n".join([f"*{notice.title}*", *(f"• {line}" for line in notice.lines)])
    body = json.dumps({"text": _plain(text)}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - scheme was checked
    host = urlsplit(url).hostname
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            answer.read(1000)
    except urllib.error.HTTPError as error:
        raise NotPermittedError("the webhook refuses", f"{host} answered {error.code}", "check its URL") from error
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise UnreachableError("the webhook does not answer", f"{host}: {reason}", "try again later") from error


def mail(to: Sequence[str], notice: Notice, environment: Mapping[str, str]) -> None:
    """Send a mail. Raises as `tell` does."""
    host, tls = environment.get("SMTP_HOST", ""), environment.get("SMTP_TLS", "starttls")
    if not host or tls not in _TLS:
        found = f"SMTP_TLS={tls}" if host else "none"
        raise UsageError(
            "no mail server was named", f"expected SMTP_HOST, and SMTP_TLS {_TLS}, found {found}", "set them"
        )
    message = EmailMessage()
    message["Subject"] = f"[saigen] {notice.title}"
    message["From"] = environment.get("SMTP_FROM") or f"saigen@{host}"
    message["To"] = ", ".join(to)
    message.set_content("\n".join([notice.title, "", *notice.lines, ""]))
    try:
        with _server(host, environment, tls) as server:
            if environment.get("SMTP_USERNAME"):
                server.login(environment["SMTP_USERNAME"], environment.get("SMTP_PASSWORD", ""))
            server.send_message(message)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused) as error:
        raise NotPermittedError("the mail server refuses", f"{host}: {type(error).__name__}", "check SMTP_*") from error
    except (OSError, smtplib.SMTPException) as error:
        raise UnreachableError("the mail server does not answer", f"{host}: {error}", "try again later") from error


def _server(host: str, environment: Mapping[str, str], tls: str) -> smtplib.SMTP:
    port = environment.get("SMTP_PORT", "465" if tls == "tls" else "587")
    if not port.isdigit():
        raise UsageError("SMTP_PORT is no port", f"expected a number, found {port!r}", "set it")
    if tls == "tls":
        return smtplib.SMTP_SSL(host, int(port), timeout=_SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(host, int(port), timeout=_SECONDS)
    if tls == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _webhook(variable: str, environment: Mapping[str, str]) -> str:
    url = environment.get(variable, "")
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        found = "something else" if url else "nothing"
        raise UsageError("the webhook has no URL", f"expected one in {variable}, found {found}", f"set {variable}")
    return url


def _plain(text: str) -> str:
    """Slack's own characters as themselves."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
