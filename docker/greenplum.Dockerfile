# Greenplum 7 with cerebro_db, installed by the script that make uses, and made slim. Not run in CI, and
# never run at all so far. Build it from the repository:
#   docker build --file docker/greenplum.Dockerfile --tag cerebro_db-greenplum .
ARG BASE=woblerr/greenplum:7.1.0-ubuntu22.04
# The source that the base was made of.
ARG SOURCE=https://github.com/woblerr/gpdb/archive/refs/tags/7.1.0.tar.gz

# The base's PL/Python embeds Python 3.10, and cerebro_db needs 3.11: the same PL/Python, built for it.
FROM ${BASE} AS plpython
ARG SOURCE
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev python3.11-dev
ADD ${SOURCE} /tmp/gpdb.tar.gz
WORKDIR /tmp/gpdb
RUN tar --extract --gzip --strip-components=1 --file=/tmp/gpdb.tar.gz
WORKDIR /tmp/gpdb/src/pl/plpython
RUN perl generate-spiexceptions.pl ../../backend/utils/errcodes.txt >spiexceptions.h \
    && read -ra flags <<<"-I. -I$(/usr/local/greenplum-db/bin/pg_config --includedir-server) \
        $(python3.11-config --includes)" \
    && gcc -O2 -fPIC -shared "${flags[@]}" ./*.c -o /plpython3.so -lpython3.11

FROM ${BASE} AS server
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpython3.11 python3.11 \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/*
COPY --from=plpython /plpython3.so /usr/local/greenplum-db/lib/postgresql/

FROM server AS build
RUN apt-get update && apt-get install --yes --no-install-recommends binutils python3.11-venv
RUN --mount=type=bind,target=/usr/local/src/cerebro_db \
    PG_CONFIG=/usr/local/greenplum-db/bin/pg_config PIP_NO_CACHE_DIR=1 \
    /usr/local/src/cerebro_db/scripts/install.sh
RUN --mount=type=bind,target=/usr/local/src/cerebro_db \
    /usr/local/src/cerebro_db/docker/slim.sh

FROM server
ARG BASE
LABEL org.opencontainers.image.title="cerebro_db" \
    org.opencontainers.image.description="Greenplum that searches for neural networks by model hopper parallelism" \
    org.opencontainers.image.version="0.3.0" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.base.name="${BASE}"
COPY --from=build /opt/cerebro_db /opt/cerebro_db
COPY --from=build /usr/local/greenplum-db/share/postgresql/extension/cerebro_db* \
    /usr/local/greenplum-db/share/postgresql/extension/
RUN ln -s /opt/cerebro_db/venv/bin/cerebro-db /usr/local/bin
COPY docker/create_extension.sql /docker-entrypoint-initdb.d/
HEALTHCHECK --interval=10s --timeout=5s --start-period=300s \
    CMD /usr/local/greenplum-db/bin/pg_isready --quiet --host=localhost
