"""A bad network between a browser and a site: connections pass, are refused, or are cut at any moment, also after the
site has done what was asked and before anybody hears of it."""

from __future__ import annotations

import random
import socket
import threading
import time
from contextlib import suppress
from enum import Enum
from typing import Self


class Network(Enum):
    """How it is today."""

    UP = "up"
    DOWN = "down"
    FLAPPING = "flapping"


class Flaky:
    """A proxy in front of ``port`` of this machine."""

    def __init__(self, port: int, seed: int) -> None:
        self.state = Network.UP
        self.cut = 0
        self._to = port
        self._dice = random.Random(seed)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._door.close()
        self.set(Network.DOWN)

    def set(self, state: Network) -> None:
        """From now on; what is open when the network goes down is cut."""
        self.state = state
        if state is Network.DOWN:
            with self._lock:
                for one in list(self._open):
                    self._close(one)

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        flapping = self.state is Network.FLAPPING
        fate = self._dice.random() if flapping else 1.0
        if self.state is Network.DOWN or fate < 0.2:
            self.cut += flapping
            client.close()
            return
        with suppress(OSError), socket.create_connection(("127.0.0.1", self._to)) as site:
            with self._lock:
                self._open |= {client, site}
            answers = threading.Thread(target=self._pump, args=(site, client, flapping and fate < 0.4), daemon=True)
            answers.start()
            if flapping and fate >= 0.4:
                life = self._dice.uniform(0.05, 3.0)
                threading.Timer(life, self._cut_both, args=(client, site)).start()
            self._pump(client, site, False)
            answers.join(timeout=60)
        self._close(client)

    def _pump(self, source: socket.socket, sink: socket.socket, swallow: bool) -> None:
        """Carry bytes; ``swallow``: the answer is lost on its way."""
        with suppress(OSError):
            while data := source.recv(65536):
                if swallow:
                    self.cut += 1
                    time.sleep(0.05)
                    break
                sink.sendall(data)
        self._close(sink)
        self._close(source)

    def _cut_both(self, *both: socket.socket) -> None:
        self.cut += 1
        for one in both:
            self._close(one)

    def _close(self, one: socket.socket) -> None:
        self._open.discard(one)
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            one.close()
