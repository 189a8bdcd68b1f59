"""The WSGI entry: `gunicorn wsgi:app`."""
