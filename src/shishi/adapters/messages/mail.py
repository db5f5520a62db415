"""Mail: through a server, or, where none is configured, as ``.eml`` files in a folder (and named so)."""

from __future__ import annotations

import hashlib
import os
import smtplib
import ssl
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from urllib.parse import unquote, urlsplit

from shishi.adapters.messages.base import DeliveryFailed, Message, MessageChannel, Receipt
from shishi.core.errors import Misuse

SENDER_NAME = "实事督办"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Submission over SMTP. ``implicit``: TLS from the first byte; else STARTTLS wherever the server offers it, and
    always before a password is sent. ``timeout`` in seconds."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    implicit: bool = False
    timeout: float = 20
    name: str = "mail"

    def send(self, message: Message) -> Receipt:
        """Hand the mail to the server."""
        mail = mail_of(message, self.sender)
        try:
            with self._connected() as server:
                server.send_message(mail)
        except (OSError, smtplib.SMTPException) as fault:
            refused = isinstance(fault, (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused))
            code = "channel_refused" if refused else "channel_unreachable"
            told = f"邮件服务器 {self.host}:{self.port} 未收下邮件（{type(fault).__name__}）。将再次尝试；请检查服务器设置与收件地址。"
            raise DeliveryFailed(code, told) from fault
        return Receipt(self.name, str(mail["Message-ID"]))

    def _connected(self) -> smtplib.SMTP:
        secure = ssl.create_default_context()
        if self.implicit:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=secure)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            server.ehlo()
            if not self.implicit and (self.user or server.has_extn("starttls")):
                server.starttls(context=secure)
                server.ehlo()
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server


@dataclass(frozen=True, slots=True)
class MailFolder:
    """No server: each mail is a file that any mail program opens. The same key writes the same file."""

    folder: Path
    sender: str
    name: str = "mail"

    def send(self, message: Message) -> Receipt:
        """Write the file whole or not at all."""
        file = self.folder / f"{_safe(message.key)}.eml"
        draft = file.with_suffix(f".{os.getpid()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(mail_of(message, self.sender).as_bytes(policy=SMTP))
            draft.replace(file)
        except OSError as fault:
            told = f"无法写入邮件文件夹 {self.folder}（{fault.strerror}）。请检查磁盘与权限。"
            raise DeliveryFailed("channel_unreachable", told) from fault
        return Receipt(self.name, file.name)


def mail_of(message: Message, sender: str) -> EmailMessage:
    """The mail, in UTF-8, with a ``Message-ID`` made from the key so that a second copy is recognised as such."""
    mail = EmailMessage()
    try:
        mail["Subject"] = message.subject
        mail["From"] = Address(SENDER_NAME, addr_spec=sender)
        mail["To"] = Address(addr_spec=message.to)
    except (ValueError, IndexError, MessageError) as fault:
        raise Misuse(
            "mail_address_malformed", f"邮箱地址“{message.to}”或发件地址“{sender}”写法不对。请更正。"
        ) from fault
    mail["Message-ID"] = f"<{_safe(message.key)}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail


def mail_channel(url: str, folder: Path, sender: str) -> MessageChannel:
    """The channel of ``smtp://user:password@host:587`` or ``smtps://…:465``; of an empty URL the folder."""
    if not url:
        return MailFolder(folder, sender)
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise Misuse("mail_url_malformed", "邮件服务器地址应写作 smtp://用户:密码@主机:端口 或 smtps://…。")
    implicit = parts.scheme == "smtps"
    return MailServer(
        host=parts.hostname,
        port=parts.port or (465 if implicit else 587),
        sender=sender,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        implicit=implicit,
    )


def _safe(key: str) -> str:
    """A name for a file or header that no key can abuse: what is plain of it, and a digest of it all."""
    plain = "".join(
        character for character in key if character.isascii() and (character.isalnum() or character in "-_")
    )
    return f"{plain[:60]}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
