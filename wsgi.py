"""The WSGI entry: `gunicorn wsgi:app`."""

from api.app import create_app
from sync.settings import Settings

app = create_app(Settings.from_env())
