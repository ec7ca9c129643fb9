# Stands in for the official image of PostgreSQL where no registry can be reached: Debian's own packages
# of the server, laid out as there. The context holds the system that debootstrap made.
FROM scratch
ADD system.tar /

# The official image's user has this number too, and volumes belong to it.
RUN groupadd --system --gid=999 postgres \
    && useradd --system --uid=999 --gid=postgres --home-dir=/var/lib/postgresql --shell=/bin/bash postgres

ARG PG_MAJOR
ENV PG_MAJOR=${PG_MAJOR} \
    LANG=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/${PG_MAJOR}/bin \
    PGDATA=/var/lib/postgresql/data
RUN mkdir -p /etc/postgresql-common/createcluster.d /docker-entrypoint-initdb.d \
    && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/none.conf \
    && apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "postgresql-$PG_MAJOR" \
    && apt-get clean \
    && rm -rf /var/lib/apt/lists/* \
    && echo "listen_addresses = '*'" >>"/usr/share/postgresql/$PG_MAJOR/postgresql.conf.sample" \
    && install --directory --owner=postgres --group=postgres --mode=3777 /var/run/postgresql \
    && install --directory --owner=postgres --group=postgres --mode=1777 "$PGDATA"
COPY entrypoint.sh /usr/local/bin/docker-entrypoint.sh

VOLUME /var/lib/postgresql/data
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
