"""The application: both doors, with one model between them."""

from importlib.resources import files

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

import pipeline
from pipeline.web import api, corrections, page, problems
from pipeline.web.analysis import Analyst
from pipeline.web.guard import Guard
from pipeline.web.settings import Settings


def create(settings: Settings | None = None, analyst: Analyst | None = None) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    settings : Settings, optional
    analyst : Analyst, optional
        One with a model that is loaded already.

    Raises
    ------
    InputError
        If the model or the folder for corrections is none.
    """
    settings = settings or Settings()
    if settings.corrections is not None:
        corrections.prepare(settings.corrections)
    app = FastAPI(
        title="stancewire",
        summary="Who supports and who opposes sanctions or military intervention, from news text, with reasons.",
        version=pipeline.__version__,
        license_info={"name": "MIT", "identifier": "MIT"},
        docs_url=None,  # these two would load scripts from another host
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.analyst = analyst or Analyst(pipeline.load(settings.model, settings.actors), settings.limits)
    problems.install(app)
    app.add_middleware(Guard, hosts=settings.hosts, limits=settings.limits)
    app.include_router(api.router)
    app.include_router(page.router)
    app.mount("/static", StaticFiles(directory=str(files("pipeline.web") / "static")))
    return app
