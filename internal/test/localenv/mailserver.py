# A mail server of the local environment: Debian's aiosmtpd with a sign-in and a
# folder of what it receives. Its arguments are the port, the certificate, its key,
# the folder, "implicit" for TLS from the beginning of the connection, or "starttls",
# and the mechanisms of sign-in that it does not offer. It reads user and password
# from its standard input.
import asyncio
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, folder):
        self.folder, self.received = folder, 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused@"):
            return "550 5.1.1 no mailbox " + address
        if address.startswith("later@"):
            return "451 4.7.1 greylisted " + address
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.received += 1
        name = os.path.join(self.folder, "%06d" % self.received)
        with open(name + ".new", "wb") as mail:
            for address in envelope.rcpt_tos:
                mail.write(b"X-Recipient: " + address.encode() + b"\r\n")
            mail.write(envelope.content)
        os.rename(name + ".new", name + ".eml")
        return "250 OK"


async def main():
    port, certificate, key, folder, mode, *excluded = sys.argv[1:]
    user, password = sys.stdin.readline().strip().encode(), sys.stdin.readline().strip().encode()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def authenticate(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (user, password), handled=False)

    handler, implicit = Handler(folder), mode == "implicit"

    def session():
        return SMTP(
            handler, hostname="localhost", enable_SMTPUTF8=True, auth_required=True, authenticator=authenticate,
            tls_context=None if implicit else context, require_starttls=not implicit, auth_require_tls=not implicit,
            auth_exclude_mechanism=excluded)

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", int(port), ssl=context if implicit else None)
    await server.serve_forever()


asyncio.run(main())
