# One image per deployable: --build-arg SERVICE=services/order (or gateway, simulators/payment, tools/setup ...).
# Written for docker, podman and buildah. SOURCE_DATE_EPOCH dates every file, so that the same sources give the same layer.
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim

FROM ${NODE_IMAGE} AS manifests
WORKDIR /souk
COPY . .
# A layer that changes only when a dependency does: installing waits for manifests, not for sources.
RUN find . -type f ! -name package.json ! -name package-lock.json ! -name .npmrc -delete \
    && find . -type d -empty -delete && find . -exec touch -h -d @0 {} +

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /souk
COPY --from=manifests /souk ./
# Behind a proxy with a certificate authority of its own, or a registry mirror: --secret id=ca,src=... --secret id=npmrc,src=...
RUN --mount=type=secret,id=ca --mount=type=secret,id=npmrc,target=/root/.npmrc \
    if [ -f /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi; \
    npm ci --ignore-scripts --no-audit --no-fund
# The bill of materials of everything that is installed; each image takes its part of it.
RUN npm sbom --sbom-format=cyclonedx > /sbom.json

FROM dependencies AS build
COPY . .
RUN node_modules/.bin/tsc -b

FROM build AS pack
ARG SERVICE
ARG SOURCE_DATE_EPOCH=0
RUN node tools/setup/src/pack.ts "${SERVICE:?say which: --build-arg SERVICE=services/order}" /packed/souk "$SOURCE_DATE_EPOCH" \
    && node tools/setup/src/sbom.ts "$SERVICE" /sbom.json /packed/souk/sbom.cdx.json \
    && touch -d "@$SOURCE_DATE_EPOCH" /packed/souk/sbom.cdx.json /packed/souk /packed

# The bill of materials alone, as a file: --target sbom --output .
FROM scratch AS sbom
COPY --from=pack /packed/souk/sbom.cdx.json /

FROM ${NODE_IMAGE} AS image
ARG NODE_IMAGE
ARG SERVICE
ARG VERSION=0.1.0
ARG REVISION=unknown
# Where the sources are, for whoever finds the image: https://…
ARG SOURCE=
LABEL org.opencontainers.image.title="souk/${SERVICE}" \
      org.opencontainers.image.description="Souk, a small shop run like a large one: ${SERVICE}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="Souk" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="${NODE_IMAGE}" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=pack /packed /
WORKDIR /souk/${SERVICE}
ENV HTTP_HOST=0.0.0.0
USER 10001:10001
ENTRYPOINT ["node", "--enable-source-maps", "--max-semi-space-size=2"]
CMD ["dist/main.js"]
