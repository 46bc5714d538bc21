"""Run the application: in one process, or in several that share nothing but the socket."""

import errno
import json
import os
import socket
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from pipeline.errors import InputError
from pipeline.web.app import create
from pipeline.web.settings import Limits, Settings

_VARIABLE = "STANCE_SERVE"
"""Environment variable that tells worker processes their settings."""


def run(settings: Settings, host: str, port: int, workers: int, on_ready: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Parameters
    ----------
    settings : Settings
    host : str
        Address to listen on.
    port : int
        0 for any that is free.
    workers : int
        Processes.
    on_ready : callable
        Called with the page's address once the settings are known to be sound.

    Raises
    ------
    InputError
        If the port is taken, the host is not this machine's, or the model or the folder for corrections is none.
    """
    port = _free(host, port)
    settings = replace(settings, hosts=(*settings.hosts, host))
    app = create(settings)
    on_ready(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
    options: dict[str, Any] = {"log_level": "warning", "ws": "none", "server_header": False, "timeout_keep_alive": 10}
    if workers == 1:
        uvicorn.run(app, host=host, port=port, **options)
        return
    del app  # it was made to see that the settings are sound: workers make their own
    os.environ[_VARIABLE] = json.dumps(asdict(settings), default=str)
    uvicorn.run("pipeline.web.server:worker", factory=True, host=host, port=port, workers=workers, **options)


def worker() -> FastAPI:
    """Make the application of a worker process."""
    told = json.loads(os.environ[_VARIABLE])
    for name in ("model", "actors", "corrections"):
        told[name] = told[name] and Path(told[name])
    return create(Settings(**told | {"hosts": tuple(told["hosts"]), "limits": Limits(**told["limits"])}))


def _free(host: str, port: int) -> int:
    """Give the port, or a free one where it is 0, having seen that it can be listened on."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
            return int(listener.getsockname()[1])
    except OSError as error:
        hint = "name another with --port" if error.errno == errno.EADDRINUSE else "name another with --host or --port"
        raise InputError(f"serve: cannot listen on {host} port {port} ({error.strerror}); {hint}") from error
