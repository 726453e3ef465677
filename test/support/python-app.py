# A small web application with prometheus_client, in the framework named first, on the port named second. Its own
# metrics (app_…) hold still, so that two servers that scrape it must store the same values.
import sys

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, Info, Summary, generate_latest

requests = Counter("app_requests", "Requests, with a \\ and\na second line.", ["method", "path"])
requests.labels("GET", "/").inc(3)
requests.labels("POST", 'quote " backslash \\ line\nend').inc(0.1)
requests.labels("PUT", "größe/東京").inc(1e21)
temperature = Gauge("app_temperature_celsius", "", ["room"])
for room, degrees in [("a", -0.0), ("b", 1e-9), ("c", float("inf")), ("d", float("nan")), ("e", 21.123456789012345)]:
    temperature.labels(room).set(degrees)
latency = Histogram("app_latency_seconds", "Latency.", ["path"], buckets=[0.001, 0.1, 1, 10, 1000000])
for seconds in [0.0005, 0.05, 0.5, 5, 50, 5000000]:
    latency.labels("/").observe(seconds, {"trace_id": "abc123"})
Summary("app_size_bytes", "Sizes.").observe(42)
Info("app_version", "Version.").info({"version": "1.2.3", "branch": "main"})


def flask(port):
    from flask import Flask

    app = Flask("app")

    @app.route("/metrics")
    def metrics():
        return generate_latest(), 200, {"Content-Type": CONTENT_TYPE_LATEST}

    # Without a content type Flask says text/html.
    @app.route("/plain")
    def plain():
        return generate_latest()

    app.run("127.0.0.1", port)


def aiohttp(port):
    from aiohttp import web

    async def metrics(request):
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.router.add_get("/metrics", metrics)
    web.run_app(app, host="127.0.0.1", port=port, print=None)


def fastapi(port):
    import uvicorn
    from fastapi import FastAPI
    from prometheus_client import make_asgi_app

    app = FastAPI()
    app.mount("/metrics", make_asgi_app())
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


def django(port):
    from wsgiref.simple_server import make_server

    from django.conf import settings
    from django.core.wsgi import get_wsgi_application
    from django.http import HttpResponse
    from django.urls import path

    settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="none", USE_TZ=True)
    urlpatterns.append(path("metrics", lambda _: HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)))
    make_server("127.0.0.1", port, get_wsgi_application()).serve_forever()


urlpatterns = []
{"flask": flask, "aiohttp": aiohttp, "fastapi": fastapi, "django": django}[sys.argv[1]](int(sys.argv[2]))
