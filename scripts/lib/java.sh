# shellcheck shell=bash
# Sourced: finds a JDK that is new enough, without starting it.

SLUICE_JAVA_MIN=25

# The major version of the JDK in the folder $1, from its release file; 0 if there is no JDK.
java_major() {
    local version=0
    if [ ! -x "$1/bin/javac" ] || [ ! -r "$1/release" ]; then
        echo 0
        return
    fi
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
    echo "${version:-0}"
}

# Sets and exports JAVA_HOME: SLUICE_JAVA_HOME (taken, or refused with a sentence and status 2),
# else JAVA_HOME, else the newest in /usr/lib/jvm, else the java on the PATH. Status 1: there is none.
find_java() {
    local home major best='' best_major=0 on_path
    if [ -n "${SLUICE_JAVA_HOME:-}" ]; then
        major=$(java_major "$SLUICE_JAVA_HOME")
        if [ "$major" -lt "$SLUICE_JAVA_MIN" ]; then
            if [ "$major" = 0 ]; then
                echo "sluice: SLUICE_JAVA_HOME=$SLUICE_JAVA_HOME holds no JDK" >&2
            else
                echo "sluice: SLUICE_JAVA_HOME=$SLUICE_JAVA_HOME holds JDK $major," \
                    "and Sluice needs JDK $SLUICE_JAVA_MIN or newer" >&2
            fi
            return 2
        fi
        export JAVA_HOME=$SLUICE_JAVA_HOME
        return 0
    fi
    if [ -n "${JAVA_HOME:-}" ] && [ "$(java_major "$JAVA_HOME")" -ge "$SLUICE_JAVA_MIN" ]; then
        export JAVA_HOME
        return 0
    fi
    on_path=$(readlink -f "$(command -v javac || echo /nowhere/bin/javac)")
    for home in /usr/lib/jvm/* "${on_path%/bin/javac}"; do
        major=$(java_major "$home")
        if [ "$major" -gt "$best_major" ]; then
            best=$home best_major=$major
        fi
    done
    [ "$best_major" -ge "$SLUICE_JAVA_MIN" ] || return 1
    export JAVA_HOME=$best
}

# find_java, or a sentence on standard error and exit 1.
require_java() {
    local status=0
    find_java || status=$?
    case $status in
        0) ;;
        1)
            echo "sluice: no JDK $SLUICE_JAVA_MIN or newer in JAVA_HOME, /usr/lib/jvm or the PATH:" \
                "install one, or set SLUICE_JAVA_HOME to its folder" >&2
            exit 1
            ;;
        *) exit 1 ;;
    esac
}
