"""Forwards connections, each byte after a while: slow_link.py <port> <port of the server> <seconds each way>"""

import asyncio
import selectors
import sys


class End(asyncio.Protocol):
    """One end of a connection; what arrives is written to the other end after a while."""

    def __init__(self, delay):
        self.delay, self.transport, self.other = delay, None, None
        self.early = []  # What arrived before there was another end.

    def connection_made(self, transport):
        self.transport = transport

    def join(self, other):
        self.other = other
        for data in self.early:
            other.transport.write(data)

    def data_received(self, data):
        asyncio.get_running_loop().call_later(self.delay, self.forward, data)

    def forward(self, data):
        if self.other:
            self.other.transport.write(data)
        else:
            self.early.append(data)

    def connection_lost(self, _):
        if self.other:
            self.other.transport.close()


class Front(End):
    """The client's end, which gets itself a connection to the server."""

    def __init__(self, delay, server_port):
        super().__init__(delay)
        self.server_port = server_port

    def connection_made(self, transport):
        super().connection_made(transport)
        self.connecting = asyncio.get_running_loop().create_task(self.connect())

    async def connect(self):
        loop = asyncio.get_running_loop()
        try:
            _, back = await loop.create_connection(lambda: End(self.delay), "127.0.0.1", self.server_port)
        except OSError:
            self.transport.close()
            return
        back.join(self)
        self.join(back)


async def main(port, server_port, delay):
    server = await asyncio.get_running_loop().create_server(lambda: Front(delay, server_port), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    # select() waits for microseconds, epoll for whole milliseconds.
    loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
    loop.run_until_complete(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
