"""Ports for servers that cannot be told to take any."""

import random
import socket


def free_port() -> int:
    """A port that is free, and that the system gives to nobody else meanwhile: it hands out those from 32768 on."""
    chance = random.SystemRandom()  # tests that run beside this one have the same seed
    while True:
        port = chance.randrange(20_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) and _can_be_bound(probe, port):
                return port


def _can_be_bound(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
