# Two stages: everything is fetched, built and compiled in the first; the second holds Python and the finished environment.
# It runs as an ordinary user and never writes outside /data and /tmp, so the root file system may be read-only.
FROM node:24-bookworm-slim AS node

FROM python:3.11-slim-bookworm AS build
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /usr/local/lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ENV UV_PROJECT_ENVIRONMENT=/opt/regulars UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /build
COPY pyproject.toml uv.lock ./
RUN pip install --no-cache-dir "uv==$(awk '/^name = "uv"$/ {getline; gsub(/[^0-9.]/, ""); print; exit}' uv.lock)" \
 && uv sync --frozen --no-dev --no-install-project
COPY . .
RUN python server/web/playground/build.py \
 && python server/web/verify/build.py \
 && python server/web/overlay/build.py \
 && uv sync --frozen --no-dev --no-editable

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin regulars \
 && install --directory --owner regulars --group regulars /data
COPY --from=build /opt/regulars /opt/regulars
ENV PATH=/opt/regulars/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 REGULARS_HOST=0.0.0.0
# From here the default database, data/regulars.sqlite3, lies in the volume.
WORKDIR /
USER 10001:10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", \
 "import os, urllib.request; e = os.environ; port = e.get('REGULARS_PORT') or e.get('PORT') or '8080'; urllib.request.urlopen(f'http://127.0.0.1:{port}/readyz', timeout=4)"]
ENTRYPOINT ["regulars"]
CMD ["serve"]
