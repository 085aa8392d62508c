"""The bare script that acquisition is measured against: the same addresses to files, and nothing else."""

import asyncio
import sys
from pathlib import Path

import aiohttp


async def main(directory: Path, addresses: list[str]) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=50)) as session:

        async def fetch(number: int, address: str) -> None:
            async with session.get(address) as response:
                (directory / str(number)).write_bytes(await response.read())

        await asyncio.gather(*(fetch(number, each) for number, each in enumerate(addresses)))


asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]).read_text().split()))
