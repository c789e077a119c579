# syntax=docker/dockerfile:1
#
#   docker build -t ml-exporter --build-arg REVISION="$(git rev-parse HEAD)" .
#   docker run -p 9877:9877 -v ./monitoring.yml:/etc/ml-exporter/monitoring.yml:ro -v ./feed:/etc/ml-exporter/feed:ro \
#       -v ml-exporter:/var/lib/ml-exporter ml-exporter            with store: {path: /var/lib/ml-exporter}

FROM python:3.13-slim-bookworm AS build

WORKDIR /source
COPY pyproject.toml README.md ./
COPY exporter exporter
COPY examples/demo.yml examples/demo.yml
# Extras to bring along, in brackets: --build-arg EXTRAS=[demo]
ARG EXTRAS=""
RUN python -m venv /opt/ml-exporter \
    && /opt/ml-exporter/bin/pip install --no-cache-dir --no-compile ".${EXTRAS}"

FROM python:3.13-slim-bookworm

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ml_exporter" \
      org.opencontainers.image.description="node_exporter for models: is the model in production still right?" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/ml-exporter/ml-exporter" \
      org.opencontainers.image.documentation="https://github.com/ml-exporter/ml-exporter/tree/main/docs" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13-slim-bookworm"

# A number, so that Kubernetes can see that it is not root (runAsNonRoot).
RUN groupadd --system --gid 9877 ml-exporter \
    && useradd --system --uid 9877 --gid ml-exporter --no-create-home --home-dir /var/lib/ml-exporter \
        --shell /usr/sbin/nologin ml-exporter \
    && install --directory --owner=ml-exporter --group=ml-exporter --mode=0755 /bundle /feed \
    && install --directory --owner=ml-exporter --group=ml-exporter --mode=0700 /var/lib/ml-exporter

COPY --from=build /opt/ml-exporter /opt/ml-exporter
ENV PATH="/opt/ml-exporter/bin:${PATH}" \
    PYTHONDONTWRITEBYTECODE=1

USER 9877:9877
WORKDIR /var/lib/ml-exporter
VOLUME ["/var/lib/ml-exporter"]
EXPOSE 9877
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=15s --start-period=60s --retries=3 \
    CMD ["ml-exporter", "health", "/etc/ml-exporter/monitoring.yml"]

ENTRYPOINT ["ml-exporter"]
CMD ["run", "/etc/ml-exporter/monitoring.yml"]
