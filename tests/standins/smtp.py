"""Stand-in for a mail server: SMTP without TLS on loopback, no login asked."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage

from standins.acts import Accept, Broken, DropAfterAccept, HangAfterAccept, Refuse, Reset, Throttle
from standins.loop import Loop, Received, reset


class Mail(Loop):
    """Refuse(550) refuses the recipient, Throttle() asks to come again (451), Broken answers the letter in its own
    bytes, the rest as for HTTP."""

    def mail_url(self, to: str) -> str:
        """A channel's address that leads here."""
        return f"mailto://office:secret@127.0.0.1:{self.port}?to={to}&from=office@census.example&mode=insecure"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        act = self._act(None) or Accept()
        if isinstance(act, Reset):
            return reset(writer)
        recipient = ""
        await _say(writer, "220 stand-in")
        while line := (await reader.readline()).decode().strip():
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO" | "HELO":
                    await _say(writer, "250-stand-in", "250-AUTH PLAIN LOGIN", "250 8BITMIME")
                case "AUTH":
                    await _say(writer, "235 welcome")
                case "RCPT":
                    recipient = rest.partition("<")[2].partition(">")[0]
                    await _say(writer, _recipient(act))
                case "DATA":
                    await _say(writer, "354 go on")
                    data = await reader.readuntil(b"\r\n.\r\n")
                    self.keep(_message(recipient, data[:-5]))
                    if isinstance(act, DropAfterAccept):
                        return reset(writer)
                    if isinstance(act, HangAfterAccept):
                        await asyncio.sleep(act.seconds)
                    if isinstance(act, Broken):
                        writer.write(act.wire)
                        await writer.drain()
                        continue
                    await _say(writer, "250 kept")
                case "QUIT":
                    await _say(writer, "221 bye")
                    return None
                case _:
                    await _say(writer, "250 fine")
        return None


def _recipient(act: object) -> str:
    if isinstance(act, Refuse):
        return f"{act.code} {act.note}"
    return "451 try again later" if isinstance(act, Throttle) else "250 fine"


def _message(to: str, data: bytes) -> Received:
    mail = message_from_bytes(data.replace(b"\r\n..", b"\r\n."), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("plain", "html"))
    text = body.get_content() if body else ""
    return Received(to, text, str(mail["subject"]), headers={k.lower(): str(v) for k, v in mail.items()})


async def _say(writer: asyncio.StreamWriter, *lines: str) -> None:
    writer.write("".join(f"{line}\r\n" for line in lines).encode())
    await writer.drain()
