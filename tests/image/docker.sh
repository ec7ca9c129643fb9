# shellcheck shell=bash disable=SC2154
# Containers of docker or podman, which $engine names. Sourced by test_image.sh.

image_is_there() {
    "$engine" image inspect "$1" >/dev/null 2>&1
}

pull() {
    "$engine" pull --quiet "$1"
}

# build TAG FILE FOLDER [NAME=VALUE]...
build() {
    local options=() one
    for one in "${@:4}"; do options+=(--build-arg "$one"); done
    # Docker finds the file by itself, and has one format, in which health checks are known.
    if [[ $engine == podman ]]; then
        options+=(--format docker)
        [[ ! -f $2.dockerignore ]] || options+=(--ignorefile "$2.dockerignore")
    fi
    DOCKER_BUILDKIT=1 "$engine" build "${options[@]}" --file "$2" --tag "$1" "$3"
}

# Prints how large an image is, with its base.
size() {
    "$engine" images --format '{{.Size}}' "$1"
}

# Prints the command of an image's health check, for a shell.
health_check() {
    local part=.Config.Healthcheck
    [[ $engine == docker ]] || part=.HealthCheck
    "$engine" image inspect --format "{{index $part.Test 1}}" "$1"
}

# A new volume belongs to whom the folder belongs in the image.
make_volume() {
    "$engine" volume create "$1" >/dev/null
}

remove_volume() {
    "$engine" volume rm "$1" >/dev/null
}

# start NAME IMAGE USER VOLUME FOLDER [NAME=VALUE]...: the image's own entry point and command
start() {
    local options=() one
    for one in "${@:6}"; do options+=(--env "$one"); done
    [[ -z $3 ]] || options+=(--user "$3")
    "$engine" run --detach --name "$1" --shm-size 256m --volume "$4:$5" "${options[@]}" "$2" >/dev/null
}

# execute NAME USER COMMAND...
execute() {
    "$engine" exec --interactive --user "$2" "$1" "${@:3}"
}

logs() {
    "$engine" logs "$1" 2>&1
}

# Stops the server, and fails where it does not end well.
stop() {
    "$engine" stop --time 60 "$1" >/dev/null
    [[ $("$engine" inspect --format '{{.State.ExitCode}}' "$1") == 0 ]]
}

remove_container() {
    "$engine" rm --force "$1" >/dev/null
}

remove_image() {
    "$engine" rmi --force "$1" >/dev/null
}
