"""What radios bring, awaited to the last frame: for tests that say how many packets there are, and no more."""

import base64

from gateway import GatewayTestCase, eventually


class ArrivalTestCase(GatewayTestCase):
    """A gateway `server` and a `client` of it."""

    def send_stranger(self, server):
        """Sends a frame that no key opens, after all that was sent before. Returns its bytes."""
        raise NotImplementedError

    def settle(self, server=None, client=None):
        """Returns once everything that was sent so far is written, or was found to be no packet.

        Frames are taken in order, and those that nobody can open are written with the packets before them.
        """
        client = client or self.client
        last = base64.b64encode(self.send_stranger(server or self.server)).decode()
        eventually(
            lambda: last in [packet["payload"] for packet in client.packets(include="undecrypted")],
            20,
            step=0.05,
            message="the last frame is written",
        )

    def packets(self, count, **query):
        """Waits for so many packets, and until no more can come."""
        eventually(
            lambda: len(self.client.packets(**query)) >= count, 20, message=f"{count} packets are to be seen"
        )
        self.settle()
        found = self.client.packets(**query)
        self.assertEqual(len(found), count)
        return found

    def payloads(self, count, **query):
        return [base64.b64decode(packet["payload"]) for packet in self.packets(count, **query)]
