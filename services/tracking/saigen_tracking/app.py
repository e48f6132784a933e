"""The entry point that `mlflow server --app-name saigen` loads: MLflow's own app inside our layer."""

from __future__ import annotations

from saigen_tracking.access import InvalidPeopleError
from saigen_tracking.downloads import Downloads
from saigen_tracking.errors import TrackingError
from saigen_tracking.layer import Layer
from saigen_tracking.people import PeopleFile
from saigen_tracking.postgres import Postgres
from saigen_tracking.readiness import Readiness
from saigen_tracking.records import Records
from saigen_tracking.responses import App
from saigen_tracking.routes import RouteTable, load_routes
from saigen_tracking.settings import Settings, read_settings
from saigen_tracking.storage import Storage


def create_app() -> Layer:
    """The app of one worker (called by uvicorn in each)."""
    from mlflow.server.fastapi_app import app

    return wrap(app, read_settings())  # the one that MLflow made when it was imported; a second costs memory and time


def wrap(app: App, settings: Settings) -> Layer:
    """Our layer around an ASGI app.

    Raises:
        TrackingError: nobody could sign in, because the people file is missing or invalid.
    """
    people = PeopleFile(settings.people_file)
    try:
        people.load()
    except (OSError, InvalidPeopleError) as error:
        raise TrackingError(
            f"expected the people file {settings.people_file}, found none that is valid",
            str(error),
            "docker compose up init, then look at `docker compose logs init`",
        ) from error
    storage = Storage(settings)
    records = Records(Postgres(settings.database_url))
    readiness = Readiness(Postgres(settings.database_url), storage)
    return Layer(app, RouteTable(load_routes()), people, records, readiness, Downloads(storage, records))
