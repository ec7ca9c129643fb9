# Greenplum 7 with cerebro_db, installed by the script that make uses. Not run in CI, and never run at
# all so far. Build it from the repository:
#   docker build --file docker/greenplum.Dockerfile --tag cerebro_db-greenplum .
ARG VERSION=7.1.0

# The image's PL/Python embeds Python 3.10, and cerebro_db needs 3.11: the same PL/Python, built for it.
FROM woblerr/greenplum:${VERSION}-ubuntu22.04 AS plpython
ARG VERSION
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN apt-get update \
    && apt-get install --yes --no-install-recommends gcc libc6-dev python3.11-dev
# The source that the image was made of.
ADD https://github.com/woblerr/gpdb/archive/refs/tags/${VERSION}.tar.gz /tmp/gpdb.tar.gz
WORKDIR /tmp/gpdb
RUN tar --extract --gzip --strip-components=1 --file=/tmp/gpdb.tar.gz
WORKDIR /tmp/gpdb/src/pl/plpython
RUN perl generate-spiexceptions.pl ../../backend/utils/errcodes.txt >spiexceptions.h \
    && read -ra flags <<<"-I. -I$(/usr/local/greenplum-db/bin/pg_config --includedir-server) \
        $(python3.11-config --includes)" \
    && gcc -O2 -fPIC -shared "${flags[@]}" ./*.c -o /plpython3.so -lpython3.11

FROM woblerr/greenplum:${VERSION}-ubuntu22.04
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libpython3.11 python3.11-venv \
    && rm -rf /var/lib/apt/lists/*
COPY --from=plpython /plpython3.so /usr/local/greenplum-db/lib/postgresql/
RUN --mount=type=bind,target=/usr/local/src/cerebro_db \
    PG_CONFIG=/usr/local/greenplum-db/bin/pg_config PIP_NO_CACHE_DIR=1 \
    /usr/local/src/cerebro_db/scripts/install.sh
COPY docker/create_extension.sql /docker-entrypoint-initdb.d/
