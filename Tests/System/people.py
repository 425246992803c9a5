"""People who log in: made at the machine, and their sessions."""

import pathlib
import tempfile

from gateway import run

PASSWORD = "correct horse battery"
LOGIN = "/api/v1/auth/login"


def add_user(gateway, email, role="admin", name="Some One", password=PASSWORD):
    """`holdfast user add` on the data directory of a gateway that does not run."""
    with tempfile.NamedTemporaryFile("w", prefix="holdfast-password-") as file:
        file.write(password + "\n")
        file.flush()
        return run(
            *("user", "add", "--data", gateway.data, "--email", email, "--name", name),
            *("--role", role, "--password-file", pathlib.Path(file.name)),
        )


def stop_and_add(gateway, *people):
    """Stops a gateway, adds (e-mail, role) pairs, and starts it again."""
    gateway.stop()
    for email, role in people:
        done = add_user(gateway, email, role)
        assert done.returncode == 0, done.stderr
    gateway.start()


def log_in(client, email, password=PASSWORD, **members):
    return client.post(LOGIN, {"email": email, "password": password, **members}, token=None)


def session(gateway, email, password=PASSWORD):
    """A client that is logged in."""
    client = gateway.client()
    answer = log_in(client, email, password)
    assert answer.status == 200, answer
    client.token = answer.json["access_token"]
    return client
