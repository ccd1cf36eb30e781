"""Start everything on one machine: database, records, demo people, web server, worker."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from forestall.errors import ForestallError

Say = Callable[[str], None]
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def run(*, host: str, port: int, data: Path | None, mapping: Path | None, say: Say) -> None:
    """Serve until stopped. The first start builds what is missing; later ones take a second or two."""
    check_port(host, port)
    if host not in LOOPBACK:
        # Others may reach this server: passwords of made-up people are then this machine's own.
        os.environ["FORESTALL_DEMO"] = "0"
    prepare(data=data, mapping=mapping, say=say)
    serve(host, port, say)


def check_port(host: str, port: int) -> None:
    """Say that the port is taken before any work is done."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            raise ForestallError(
                f"Port {port} on {host} cannot be used: {problem.strerror or problem}.",
                f"Stop what is using it, or choose another: forestall serve --port {port + 1}",
            )


def prepare(*, data: Path | None, mapping: Path | None, say: Say) -> None:
    """Database up to date; records there; people to sign in as."""
    set_up()
    from django.conf import settings
    from django.db import connection

    from forestall.records.datasets import actions, selectors

    Path(settings.FORESTALL_DATA).mkdir(parents=True, exist_ok=True)
    migrate(say)
    if data is not None or not selectors.has_live() or _demo_is_elsewhere():
        # In a process of its own: the engines' threads would not live through the server's fork.
        arguments = [str(data or ""), str(mapping or "")]
        done = subprocess.run([sys.executable, "-m", "forestall.config.fill", *arguments], check=False)  # noqa: S603
        if done.returncode:
            raise SystemExit(done.returncode)
    elif not settings.PRODUCTION:
        from forestall.records.demo import actions as demo

        demo.set_demo_passwords()
    actions.resume_interrupted()
    connection.close()


def _demo_is_elsewhere() -> bool:
    """Whether the made-up people belong to a force that the live records do not hold (any longer)."""
    from django.conf import settings

    from forestall.records.demo import actions as demo

    return not settings.PRODUCTION and not demo.is_at_home()


def migrate(say: Say) -> None:
    """Bring the database to this version, if it is not."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("Preparing the database ...")
        call_command("migrate", verbosity=0, interactive=False)


def serve(host: str, port: int, say: Say) -> None:
    """Run the web server in this process and the worker beside it, until stopped."""
    shown = f"[{host}]" if ":" in host else host
    worker: list[subprocess.Popen[bytes]] = []

    def ready(_server: object) -> None:
        worker.append(subprocess.Popen([sys.executable, "-m", "forestall.config.worker"]))
        announce(shown, port, say)

    def stop(_server: object) -> None:
        for process in worker:
            process.terminate()

    try:
        from gunicorn.app.base import BaseApplication
    except ImportError:
        _serve_simply(host, port, ready, stop)
        return

    class Server(BaseApplication):
        def load_config(self) -> None:
            options = {
                "bind": f"{shown}:{port}",
                "workers": int(os.environ.get("FORESTALL_WORKERS", "2")),
                "worker_class": "gthread",
                "threads": 4,
                "preload_app": True,
                "timeout": 120,
                "graceful_timeout": 5,
                "loglevel": "warning",
                "proc_name": "forestall",
                "when_ready": ready,
                "post_worker_init": _warm_up,
                "on_exit": stop,
            }
            if os.path.isdir("/dev/shm"):  # noqa: S108 - heartbeat files, as gunicorn advises
                options["worker_tmp_dir"] = "/dev/shm"  # noqa: S108
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> object:
            from forestall.config.wsgi import application

            return application

    Server().run()


def _warm_up(_worker: object) -> None:
    """Load what the first page would wait for (1.5 s), beside the first requests."""
    from threading import Thread

    from django.db import connection

    from forestall.records.datasets import selectors
    from forestall.web import charts

    def load() -> None:
        charts.warm()
        if selectors.has_live():
            places = selectors.place_list()
            if places:
                selectors.place_picture(places[0]["code"])
        connection.close()

    Thread(target=load, daemon=True).start()


def _serve_simply(host: str, port: int, ready: Callable, stop: Callable) -> None:
    """Where gunicorn does not run (Windows): Python's own server, for one person on one machine."""
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIServer, make_server

    from forestall.config.wsgi import application

    class Threaded(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    with make_server(host, port, application, server_class=Threaded) as server:
        ready(server)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            stop(server)


def announce(host: str, port: int, say: Say) -> None:
    """Where to look, and who to sign in as."""
    from django.conf import settings
    from django.db import connection

    from forestall.records.datasets import selectors
    from forestall.records.demo import actions as demo

    say("")
    if selectors.live_is_make_believe():
        say("Make-believe region: nothing in it is real. Your own records: make run DATA=PATH")
    say(f"Forestall is at http://{host}:{port}   (Ctrl-C stops it)")
    people = [] if settings.PRODUCTION else demo.sign_ins()
    if people:
        say("Sign in as one of these made-up people:")
        width = max(len(p.email) for p in people)
        for person in people:
            say(f"  {person.email:<{width}}  {person.password}   {person.role}, {person.organisation}")
    say("")
    connection.close()


def set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "forestall.config.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    try:
        django.setup()
    except ImproperlyConfigured as problem:
        raise ForestallError(str(problem), "Set it in the environment and start again.")
