"""Letters: they are handed to the mail server once, protected, and survive whatever the server does."""

import tempfile
import time
import unittest
import urllib.parse

from gateway import UNLIMITED, GatewayTestCase, eventually, run
from mail_server import MailServer
from people import PASSWORD

INVITATIONS = "/api/org/{org}/invitations"
ACCEPT = "/api/invitations/accept"


class MailTestCase(GatewayTestCase):
    def server(self, **options):
        return self.enterContext(MailServer(**options))

    def start(self, server, **settings):
        self.sender = self.gateway(env={**UNLIMITED, **server.settings(**settings)})
        self.client = self.sender.client()
        return self.sender

    def authority(self, server):
        """The name of a file with the certificate of the server, which vouches for itself."""
        file = self.enterContext(tempfile.NamedTemporaryFile(suffix=".pem"))
        file.write(server.certificate)
        file.flush()
        return file.name

    def invite(self, email="new@example.com", **members):
        answer = self.client.post(INVITATIONS, {"email": email, "role": "member", **members})
        self.assertEqual(answer.status, 201, answer)
        return answer.json["invitation"]

    def status(self, email="new@example.com"):
        found = self.client.get(INVITATIONS).json["invitations"]
        return next(one["mail_status"] for one in found if one["email"] == email)

    def await_status(self, start, email="new@example.com", seconds=20):
        eventually(lambda: self.status(email).startswith(start), seconds, message=f"no status {start}")
        return self.status(email)

    def stays_empty(self, server, seconds=1.5):
        self.stays_empty_but(server, 0, seconds)

    def stays_empty_but(self, server, count, seconds=1.5):
        time.sleep(seconds)
        self.assertEqual(len(server.letters), count)


class Letters(MailTestCase):
    def test_an_invitation_comes_by_mail_once_and_its_link_is_good(self):
        server = self.server()
        self.start(server)
        self.client.patch("/api/org/{org}", {"name": "Kühlhaus „Süd“"})
        made = self.invite(message="Willkommen! 你好")
        self.assertIn(made["mail_status"], ("queued", "sent"))
        self.assertEqual(self.await_status("sent"), "sent")
        (letter,) = server.letters
        self.assertEqual(letter.sender, "MAIL FROM:<gateway@example.org>")
        self.assertEqual(letter.recipients, ["RCPT TO:<new@example.com>"])
        message = letter.message
        self.assertEqual(message["Subject"], "Invitation to Kühlhaus „Süd“")
        self.assertEqual((message["From"], message["To"]), ("gateway@example.org", "new@example.com"))
        self.assertLess(abs(message["Date"].datetime.timestamp() - time.time()), 60)
        self.assertRegex(message["Message-ID"], r"^<[^@<>]+@example\.org>$")
        self.assertEqual(message.get_content_type(), "text/plain")
        self.assertTrue(all(byte < 0x80 for byte in letter.data))
        self.assertLessEqual(max(map(len, letter.data.split(b"\r\n"))), 78)
        text = letter.text
        self.assertIn("Willkommen! 你好", text)
        self.assertIn("Kühlhaus „Süd“", text)
        (link,) = [word for word in text.split() if "token=" in word]
        self.assertEqual(link, made["accept_url"])
        token = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["token"][0]
        self.assertEqual(server.verbs(), ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"])
        # Nor does a restart, or a kill, send it again.
        self.sender.restart()
        self.sender.kill()
        self.sender.start()
        self.assertEqual(self.status(), "sent")
        answer = self.client.post(ACCEPT, {"token": token, "name": "New", "password": PASSWORD}, token=None)
        self.assertEqual(answer.status, 201, answer)
        time.sleep(1)
        self.assertEqual(len(server.letters), 1)

    def test_nothing_in_a_letter_becomes_a_header_or_ends_it(self):
        server = self.server()
        self.start(server)
        name = "=?utf-8?Q?x=0D=0ABcc:_a@b.c?= " + "Bcc: a@b.c " * 20
        self.assertEqual(self.client.patch("/api/org/{org}", {"name": name.strip()}).status, 200)
        for email in ("a@b.c\r\nBcc: d@e.f", "a@b.c>", "<a@b.c", "a@b.c\r\nDATA", "a@b.c\n", 'a"@b.c'):
            answer = self.client.post(INVITATIONS, {"email": email, "role": "member"})
            self.assertEqual(answer.status, 400, answer)
        self.invite(message=". Bcc: d@e.f QUIT")
        self.await_status("sent")
        (letter,) = server.letters
        self.assertEqual(
            letter.message.keys(),
            ["Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version"]
            + ["Content-Type", "Content-Transfer-Encoding"],
        )
        # Encoded words that stand in the name stay what they are: text.
        self.assertEqual(str(letter.message["Subject"]), "Invitation to " + name.strip())
        self.assertIn(". Bcc: d@e.f QUIT", letter.text)
        self.assertEqual(server.verbs(), ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"])

    def test_addresses_beyond_ascii_need_a_server_that_takes_them(self):
        server = self.server()
        self.start(server)
        self.invite("jürgen@example.com")
        self.assertIn("beyond ASCII", self.await_status("failed", "jürgen@example.com"))
        server.extensions.append("SMTPUTF8")
        self.invite("björn@example.com")
        self.await_status("sent", "björn@example.com")
        self.assertEqual(server.letters[0].sender, "MAIL FROM:<gateway@example.org> SMTPUTF8")

    def test_links_lead_where_the_operator_says(self):
        server = self.server()
        settings = {**server.settings(), "HOLDFAST_HTTP_PUBLIC_URL": "https://gateway.example.org:8443/"}
        self.client = self.gateway(env={**UNLIMITED, **settings}).client()
        made = self.invite()
        start = "https://gateway.example.org:8443/invitations/accept?token="
        self.assertTrue(made["accept_url"].startswith(start), made)
        self.await_status("sent")
        self.assertIn(start, server.letters[0].text)

    def test_what_was_revoked_is_not_sent(self):
        server = self.server(CONNECT=["451 later"])
        self.start(server)
        made = self.invite()
        self.await_status("queued, attempt 1 failed")
        self.assertEqual(self.client.delete(f"{INVITATIONS}/{made['invitation_id']}").status, 200)
        self.stays_empty(server, 8)

    def test_letters_that_were_written_before_there_was_a_server_are_sent_then(self):
        sender = self.gateway(env=UNLIMITED)
        self.client = sender.client()
        self.invite()
        self.assertEqual(self.status(), "queued, no SMTP server is configured")
        server = self.server()
        sender.stop()
        sender.env = {**UNLIMITED, **server.settings()}
        sender.start()
        self.await_status("sent")
        self.assertEqual(len(server.letters), 1)


class Failures(MailTestCase):
    def test_a_letter_that_is_put_off_is_tried_again_and_delays_no_other(self):
        server = self.server(RCPT=["450 4.2.1 greylisted"], extensions=["PIPELINING", "SIZE 1000"])
        self.start(server)
        self.invite("slow@example.com")
        self.assertIn("450 4.2.1 greylisted", self.await_status("queued, attempt 1", "slow@example.com"))
        began = time.monotonic()
        self.invite("fast@example.com")
        self.await_status("sent", "fast@example.com", 4)
        self.await_status("sent", "slow@example.com")
        self.assertGreater(time.monotonic() - began, 2)
        self.assertEqual(len(server.letters), 2)

    def test_a_letter_that_is_refused_is_a_dead_letter_counted_and_shown(self):
        server = self.server(RCPT=["550 5.1.1 no\x07 such\x1b[31m user"])
        self.start(server)
        self.invite()
        self.assertEqual(self.await_status("failed"), "failed: 550 5.1.1 no  such [31m user")
        series = self.sender.metrics()
        self.assertEqual(series["edge_mail_dead_letters"], 1)
        self.assertEqual(series["edge_mail_waiting"], 0)
        self.assertEqual(series["edge_mail_given_up_total"], 1)
        self.assertEqual(series['edge_mail_attempted_total{result="refused"}'], 1)
        self.sender.restart()
        self.stays_empty(server)
        self.assertEqual(self.status(), "failed: 550 5.1.1 no  such [31m user")
        self.assertEqual(server.connections, 1)

    def test_refusals_at_each_step_are_told_apart(self):
        for step, reply, status in (
            ("MAIL", "451 4.3.0 busy", "queued, attempt 1 failed: 451 4.3.0 busy"),
            ("MAIL", "550 5.7.1 not you", "failed: 550 5.7.1 not you"),
            ("DATA", "554 5.6.0 no", "failed: 554 5.6.0 no"),
            ("END", "452 4.3.1 full", "queued, attempt 1 failed: 452 4.3.1 full"),
            ("END", "552 5.2.2 over quota", "failed: 552 5.2.2 over quota"),
            ("RCPT", "421 4.3.2 going down", "queued, attempt 1 failed: 421 4.3.2 going down"),
            ("MAIL", "530 5.7.0 log in", "queued, attempt 1 failed: the server wants a login: 530 5.7.0"),
            ("CONNECT", "554 not you", "queued, attempt 1 failed: the server does not greet: 554 not you"),
            ("CONNECT", "HTTP/1.1 400 Bad", "queued, attempt 1 failed: what the server says is not SMTP"),
            ("DATA", "250 odd", "queued, attempt 1 failed: the server's answer is not understood: 250 odd"),
            ("RCPT", "reset", "queued, attempt 1 failed: "),
            ("END", "reset", "queued, attempt 1 failed: "),
        ):
            with self.subTest(step=step, reply=reply):
                server = MailServer(**{step: [reply]})
                with server:
                    sender = self.start(server)
                    self.invite()
                    self.await_status(status)
                    self.assertEqual(server.letters, [])
                    sender.stop()

    def test_an_old_server_without_ehlo_will_do(self):
        server = self.server(EHLO=["502 5.5.1 what?"])
        self.start(server)
        self.invite()
        self.await_status("sent")
        self.assertEqual(server.verbs()[:3], ["EHLO", "HELO", "MAIL"])

    def test_unsent_letters_survive_a_kill_and_a_server_that_is_not_there(self):
        with MailServer() as server:
            port = server.port
        self.start(server)  # nobody listens there any more
        for number in range(3):
            self.invite(f"n{number}@example.com")
        self.await_status("queued, attempt 1 failed: ", "n0@example.com")
        self.assertEqual(len(self.sender.log_lines("takes no letters")), 1)
        self.sender.kill()
        back = self.enterContext(MailServer(port=port))
        self.sender.start()
        for number in range(3):
            self.await_status("sent", f"n{number}@example.com")
        self.assertEqual(
            sorted(letter.recipients[0] for letter in back.letters),
            [f"RCPT TO:<n{number}@example.com>" for number in range(3)],
        )

    def test_a_server_that_hangs_at_the_end_has_the_letter_all_the_same(self):
        server = self.server(QUIT=["hang"])
        self.start(server)
        self.invite()
        self.await_status("sent")
        self.sender.kill()
        self.sender.start()
        self.assertEqual(self.status(), "sent")
        self.stays_empty_but(server, 1)

    def test_a_server_that_hangs_does_not_hold_up_the_end(self):
        server = self.server(END=["hang"])
        self.start(server)
        self.invite()
        eventually(lambda: "DATA" in server.verbs())
        began = time.monotonic()
        self.assertEqual(self.sender.stop(), 0)
        self.assertLess(time.monotonic() - began, 10)
        # Nobody has said that it was taken: it goes out again.
        self.sender.start()
        self.await_status("sent")
        self.assertEqual(len(server.letters), 1)


class Protection(MailTestCase):
    LOGIN = ("gateway", "s3cret päss")

    def test_a_login_goes_over_tls_by_either_method(self):
        for tls in ("starttls", "implicit"):
            for methods in ("PLAIN LOGIN", "CRAM-MD5 LOGIN"):
                with self.subTest(tls=tls, methods=methods):
                    server = self.server(tls=tls, login=self.LOGIN, methods=methods)
                    sender = self.start(server, ca_file=self.authority(server))
                    self.invite()
                    self.await_status("sent")
                    self.assertEqual(len(server.letters), 1)
                    in_clear = [line.split()[0] for is_secure, line in server.commands if not is_secure]
                    self.assertEqual(in_clear, ["EHLO", "STARTTLS"] if tls == "starttls" else [])
                    sender.stop()
                    self.assertNotIn("s3cret", sender.log())

    def test_a_wrong_password_is_trouble_with_the_server_not_with_the_letter(self):
        server = self.server(tls="starttls", login=self.LOGIN)
        self.start(server, ca_file=self.authority(server), password="wrong")
        self.invite()
        self.assertIn("535 5.7.8", self.await_status("queued, attempt 1 failed: the server refused the login"))
        self.assertEqual(server.letters, [])

    def test_a_password_can_stand_in_a_file(self):
        server = self.server(tls="implicit", login=self.LOGIN)
        file = self.enterContext(tempfile.NamedTemporaryFile())
        file.write(self.LOGIN[1].encode() + b"\n")
        file.flush()
        self.start(server, ca_file=self.authority(server), password="", password_file=file.name)
        self.invite()
        self.await_status("sent")

    def test_a_server_that_nobody_vouches_for_gets_nothing(self):
        for tls in ("starttls", "implicit"):
            with self.subTest(tls=tls):
                server = self.server(tls=tls, login=self.LOGIN)
                sender = self.start(server)
                self.invite()
                self.assertIn("TLS failed", self.await_status("queued, attempt 1 failed"))
                self.assertNotIn("AUTH", server.verbs())
                self.assertEqual(server.letters, [])
                sender.stop()

    def test_a_certificate_of_another_name_is_none(self):
        server = self.server(tls="implicit")
        self.start(server, ca_file=self.authority(server), host="127.0.0.1")
        self.invite()
        self.assertIn("TLS failed", self.await_status("queued, attempt 1 failed"))
        self.assertEqual(server.letters, [])

    def test_a_server_without_starttls_gets_nothing(self):
        server = self.server()
        self.start(server, tls="starttls")
        self.invite()
        self.assertIn("does not offer STARTTLS", self.await_status("queued, attempt 1 failed"))
        self.assertEqual(server.verbs(), ["EHLO", "QUIT"])

    def test_what_is_slipped_in_before_tls_begins_is_not_taken_for_protected(self):
        slipped = "220 go ahead\r\n250-mail.example.org\r\n250 AUTH PLAIN"
        server = self.server(tls="starttls", login=self.LOGIN, STARTTLS=[slipped])
        self.start(server, ca_file=self.authority(server))
        self.invite()
        self.assertIn("not SMTP", self.await_status("queued, attempt 1 failed"))
        self.assertEqual(server.letters, [])


class Settings(unittest.TestCase):
    GOOD = {"HOST": "mail.example.org", "FROM": "gateway@example.org"}

    def test_a_public_url_is_scheme_host_and_port(self):
        for url in ("gateway.example.org", "ftp://e.org", "https://e.org/path", "https://e.org/?q", "https://a@e.org"):
            with tempfile.TemporaryDirectory() as directory:
                done = run(
                    *("serve", "--data", directory), env={"HOLDFAST_HTTP_PUBLIC_URL": url, "PATH": "/usr/bin"}
                )
            self.assertEqual((done.returncode, "http.public_url" in done.stderr), (78, True), done.stderr)

    def show(self, **settings):
        names = {f"HOLDFAST_MAIL_{name}": value for name, value in {**self.GOOD, **settings}.items()}
        with tempfile.TemporaryDirectory() as directory:
            return run(
                *("serve", "--data", directory, "--http", "256.0.0.1:0"), env={**names, "PATH": "/usr/bin"}
            )

    def test_settings_that_cannot_be_are_refused_in_one_line(self):
        for settings in (
            {"FROM": ""},
            {"FROM": "nobody"},
            {"FROM": "a@b.c\r\nBcc: d@e.f"},
            {"HOST": "mail.example.org:25"},
            {"HOST": "mail example"},
            {"HOST": "user@mail.example.org"},
            {"PORT": "65536"},
            {"TLS": "ssl"},
            {"USER": "gateway"},
            {"PASSWORD": "s3cret"},
            {"USER": "gateway", "PASSWORD": "s3cret", "TLS": "off"},
            {"USER": "gateway", "PASSWORD": "s3cret", "PASSWORD_FILE": "/dev/null"},
            {"USER": "gateway", "PASSWORD_FILE": "/nowhere"},
            {"CA_FILE": "/dev/null"},
        ):
            with self.subTest(settings=settings):
                done = self.show(**settings)
                self.assertEqual(done.returncode, 78, done.stderr)
                self.assertIn("mail.", done.stderr)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
                self.assertNotIn("s3cret", done.stderr)

    def test_the_password_is_not_shown(self):
        names = {"HOLDFAST_MAIL_USER": "gateway", "HOLDFAST_MAIL_PASSWORD": "s3cret", "PATH": "/usr/bin"}
        done = run("config", env=names)
        self.assertIn("mail.password", done.stdout)
        self.assertNotIn("s3cret", done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
