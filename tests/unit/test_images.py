"""The files of docker/ and the page on Kubernetes, as far as no container is needed: they name what
there is, and agree with each other. scripts/test_image.sh builds an image and tries it."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from cerebro_db import __version__

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "docker"
DOCKERFILES = sorted(DOCKER.glob("*Dockerfile"))
COMPOSE = sorted(DOCKER.glob("compose*.yaml"))

each_dockerfile = pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.name)
each_compose_file = pytest.mark.parametrize("file", COMPOSE, ids=lambda path: path.name)


def instructions(dockerfile: Path) -> list[str]:
    """Return the instructions of a Dockerfile, continued lines as one."""
    text = re.sub(r"^#.*\n", "", dockerfile.read_text(), flags=re.MULTILINE)
    return [line for line in re.sub(r"\\\n\s*", "", text).splitlines() if line]


def read_of_the_repository(dockerfile: Path) -> set[str]:
    """Return what a build reads: what is copied, what runs, and what install.sh reads."""
    read = set()
    for line in instructions(dockerfile):
        if line.startswith("COPY ") and "--from=" not in line:
            read.update(line.split()[1:-1])
        read.update(re.findall(r"/usr/local/src/cerebro_db/([\w./]+)", line))
    install = (ROOT / "scripts" / "install.sh").read_text()
    (packaged,) = re.findall(r"local sources=\((.*)\)", install)
    return read | set(packaged.split()) | set(re.findall(r'"\$root/([\w./]+)"', install))


def sent(dockerfile: Path) -> set[PurePosixPath]:
    """Return what its list of what is not sent leaves."""
    nothing, *lines = [
        line
        for line in Path(f"{dockerfile}.dockerignore").read_text().splitlines()
        if not line.startswith("#")
    ]
    assert nothing == "*"
    return {PurePosixPath(line[1:]) for line in lines if line.startswith("!")}


@each_dockerfile
def test_what_a_build_reads_is_there_and_is_sent(dockerfile: Path) -> None:
    paths = {PurePosixPath(name) for name in read_of_the_repository(dockerfile)}
    assert len(paths) > 5
    assert {path for path in paths if not (ROOT / path).exists()} == set()
    given = sent(dockerfile)
    assert {path for path in paths if given.isdisjoint({path, *path.parents})} == set()
    assert {path for path in given if not (ROOT / path).exists()} == set()


@each_dockerfile
def test_an_image_says_which_version_it_holds(dockerfile: Path) -> None:
    (version,) = re.findall(r'image\.version="(.*?)"', dockerfile.read_text())
    assert version == __version__


@each_compose_file
def test_data_live_in_a_named_volume(file: Path) -> None:
    document = yaml.safe_load(file.read_text())
    assert document["name"] != "docker"
    for service in document["services"].values():
        build = service["build"]
        assert (file.parent / build["context"] / build["dockerfile"]).is_file()
        volumes = [volume.split(":")[0] for volume in service["volumes"]]
        assert volumes == list(document["volumes"])


def manifests() -> dict[str, dict[str, Any]]:
    """Return the objects of the page on Kubernetes, by their kinds."""
    page = (ROOT / "docs" / "kubernetes.md").read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    objects = [found for block in blocks for found in yaml.safe_load_all(block)]
    return {found["kind"]: found for found in objects}


def test_the_objects_on_kubernetes_find_each_other() -> None:
    objects = manifests()
    assert set(objects) == {"Service", "StatefulSet", "Deployment"}
    server = objects["StatefulSet"]["spec"]
    labels = server["template"]["metadata"]["labels"]
    assert objects["Service"]["spec"]["selector"] == labels
    assert objects["Service"]["metadata"]["name"] == server["serviceName"]
    for kind in ("StatefulSet", "Deployment"):
        spec = objects[kind]["spec"]
        assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
        for container in spec["template"]["spec"]["containers"]:
            assert container["image"].endswith(f"/cerebro_db:{__version__}")

    pod = server["template"]["spec"]
    volumes = {volume["name"] for volume in (*pod["volumes"], *pod_claims(server))}
    (container,) = pod["containers"]
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    assert set(mounts.values()) == volumes
    environment = {variable["name"]: variable.get("value") for variable in container["env"]}
    data = PurePosixPath(environment["PGDATA"])
    assert any(PurePosixPath(mount) in data.parents for mount in mounts)


def pod_claims(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [claim["metadata"] for claim in spec["volumeClaimTemplates"]]


def test_kubernetes_asks_the_server_what_the_image_asks_it() -> None:
    (check,) = [line for line in instructions(DOCKER / "Dockerfile") if "HEALTHCHECK" in line]
    (container,) = manifests()["StatefulSet"]["spec"]["template"]["spec"]["containers"]
    asked = check.partition("CMD ")[2].replace('"${POSTGRES_USER:-postgres}"', "postgres").split()
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["exec"]["command"] == asked
