"""Golden files: a request as the reference prints it, our whole answer, and the reference's answer.

    # What it is.
    GET /api/org/…
    Authorization: Bearer eyJhbGc...

    ----------
    200
    Content-Type: application/json; charset=utf-8

    {our answer}
    ----------
    {the answer that the reference shows; the part is absent where it shows none}

Our answer is compared whole, order of members included. Where it varies it has a placeholder: "<time>",
"<uuid>", "<token>", "<integer>", "<number>", "<url>", and "<pdf>" where
the answer is a document; ["<each>", x] is a list of one or more that are all like x, after
others that stand before "<each>"; {"<each>": x} is an object of any names. The reference's answer is compared for its members, their order and
their kinds of value: other members of ours may stand between, and null stands for what is not known.
"""

import json
import pathlib
import re

DASHES = "----------"
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "Golden" / "hubble"

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
URL = re.compile(r"http://127\.0\.0\.1:\d+/\S+")
PDF = re.compile(rb"%PDF-1\.\d\s.*\s%%EOF\s*", re.DOTALL)
TOKEN = re.compile(r"[A-Za-z0-9_=.-]{20,}")

# Objects whose names are data.
FREE_NAMES = ("tags", "endpoints", "platforms")


class Pairs(list):
    """An object as its members in their order."""

    def names(self):
        return [name for name, _ in self]


def parse(text):
    return json.loads(text, object_pairs_hook=Pairs)


class Golden:
    def __init__(self, path):
        self.name = path.stem
        parts = path.read_text().split(f"\n{DASHES}\n")
        request, answer = parts[0], parts[1]
        self.documented = parse(parts[2]) if len(parts) > 2 else None
        head, _, self.body = request.partition("\n\n")
        lines = [line for line in head.splitlines() if not line.startswith("#")]
        self.method, self.target = lines[0].split(" ", 1)
        self.headers = dict(line.split(": ", 1) for line in lines[1:])
        head, _, body = answer.partition("\n\n")
        lines = head.splitlines()
        self.status = int(lines[0])
        self.answer_headers = dict(line.split(": ", 1) for line in lines[1:])
        self.answer = parse(body)


def all_goldens():
    return [Golden(path) for path in sorted(FOLDER.glob("*.txt"))]


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


PLACEHOLDERS = {
    "<time>": lambda value: isinstance(value, str) and TIME.fullmatch(value),
    "<uuid>": lambda value: isinstance(value, str) and UUID.fullmatch(value),
    "<token>": lambda value: isinstance(value, str) and TOKEN.fullmatch(value),
    "<url>": lambda value: isinstance(value, str) and URL.fullmatch(value),
    "<integer>": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "<number>": is_number,
    "<pdf>": lambda value: isinstance(value, bytes) and PDF.fullmatch(value),
}


def differences(expected, actual, place="$"):
    """Where `actual` is not what the golden file says, one line for each place."""
    if isinstance(expected, str) and expected in PLACEHOLDERS:
        return [] if PLACEHOLDERS[expected](actual) else [f"{place}: {expected} is expected, not {actual!r}"]
    if isinstance(expected, Pairs):
        if not isinstance(actual, Pairs):
            return [f"{place}: an object is expected, not {actual!r}"]
        if expected.names() == ["<each>"]:
            return [
                line
                for name, value in actual
                for line in differences(expected[0][1], value, f"{place}.{name}")
            ]
        if expected.names() != actual.names():
            return [f"{place}: the members are {actual.names()}, not {expected.names()}"]
        return [
            line
            for (name, wanted), (_, value) in zip(expected, actual)
            for line in differences(wanted, value, f"{place}.{name}")
        ]
    if isinstance(expected, list):
        if not isinstance(actual, list) or isinstance(actual, Pairs):
            return [f"{place}: a list is expected, not {actual!r}"]
        if expected[-2:-1] == ["<each>"]:
            first = expected[:-2]
            if len(actual) <= len(first):
                return [f"{place}: {len(actual)} items, more are expected"]
            expected = first + [expected[-1]] * (len(actual) - len(first))
        if len(expected) != len(actual):
            return [f"{place}: {len(actual)} items, not {len(expected)}"]
        return [
            line
            for number, (wanted, value) in enumerate(zip(expected, actual))
            for line in differences(wanted, value, f"{place}[{number}]")
        ]
    if type(expected) is not type(actual) or expected != actual:
        return [f"{place}: {actual!r} is not {expected!r}"]
    return []


def departures(documented, actual, place="$"):
    """Where `actual` departs from an answer that the reference shows."""
    if actual is None:
        return []
    if isinstance(documented, Pairs):
        if not isinstance(actual, Pairs):
            return [f"{place}: the reference has an object, not {actual!r}"]
        names = actual.names()
        if place.rpartition(".")[2] in FREE_NAMES:
            kinds = [value for _, value in documented]
            return [line for name, value in actual for line in departures(kinds[0], value, f"{place}.{name}")]
        missing = [name for name in documented.names() if name not in names]
        if missing:
            return [f"{place}: {missing} of the reference are missing in {names}"]
        ours = [name for name in names if name in documented.names()]
        if ours != documented.names():
            return [f"{place}: the order is {ours}, in the reference {documented.names()}"]
        values = dict(actual)
        return [
            line
            for name, value in documented
            for line in departures(value, values[name], f"{place}.{name}")
        ]
    if isinstance(documented, list):
        if not isinstance(actual, list) or isinstance(actual, Pairs):
            return [f"{place}: the reference has a list, not {actual!r}"]
        if not actual:
            return [f"{place}: the reference has items, this has none"]
        # Items that differ in their members, as results of a batch do, stand in the same order.
        samples = documented if len(documented) == len(actual) else [documented[0]] * len(actual)
        return [
            line
            for number, (sample, value) in enumerate(zip(samples, actual))
            for line in departures(sample, value, f"{place}[{number}]")
        ]
    alike = (is_number(documented) and is_number(actual)) or type(documented) is type(actual)
    return [] if alike else [f"{place}: {actual!r} is not of the kind of {documented!r}"]
