# What the commands of this folder have in common: sourced by them, of no use alone. Builds what is missing, then runs it; works from
# any folder, whose relative paths it takes, and through links.
#
#   use MODULE          builds the module, and what it needs, unless that has been done since the last change
#   quiet               passes over what TensorFlow says of its own optimizer, whatever TF_CPP_MIN_LOG_LEVEL says
#   run HEAP LOG CLASS… becomes the JVM, with a file of Log4j's settings from its class path; further options come from NAME_JAVA_OPTS, such
#                       as FLOWERS_JAVA_OPTS for bin/flowers

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
name="$(basename "$0")"

fail() {
    echo "$name: $*" >&2
    exit 1
}

java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
if ! command -v "$java" > /dev/null || ! command -v "${java}c" > /dev/null \
    || ! "$java" -version 2>&1 | grep -q 'version "17'; then
    fail "needs a JDK 17, by JAVA_HOME or on the PATH; on Debian and Ubuntu: apt install openjdk-17-jdk"
fi

# Whatever is newer than the class path file has to be built again; putting that file there is the last step of a build.
stale() {
    [[ ! -s "$target/classpath.txt" || ! -d "$target/classes" ]] && return 0
    [[ -n "$(find "$root" \( -name target -o -name .git -o -path '*/src/test' \) -prune -o \
        -type f \( -path '*/src/main/*' -o -name pom.xml \) -newer "$target/classpath.txt" -print -quit)" ]]
}

build() {
    command -v mvn > /dev/null || fail "needs Maven 3.8 or newer; on Debian and Ubuntu: apt install maven"
    local log="$target/build.log"
    echo "Building; the first time fetches libraries, which takes some minutes. Log: $log" >&2
    # Only what is to be run is built: tests, layout and shaded jars are made by mvn verify, and would cost a first run minutes. The class
    # path is the one of tests, because only that has Spark, which is "provided", beside what is needed at run time.
    if ! (cd "$root" && mvn -B -Dmaven.test.skip=true -Dspotless.check.skip=true -Dshade.skip=true package dependency:build-classpath \
        -Dmdep.outputFile="$target/classpath.txt.new" -Dmdep.includeScope=test -pl "$1" -am) > "$log" 2>&1; then
        grep -E '^\[ERROR\]' "$log" | head -20 >&2 || tail -20 "$log" >&2
        fail "the build failed; all it said is in $log"
    fi
    # The modules below wrote theirs to the same file before; the one that was asked for comes last.
    mv "$target/classpath.txt.new" "$target/classpath.txt"
}

use() {
    target="$root/$1/target"
    if stale; then
        # Two runs at a time must not build into the same folders; the second one finds nothing left to do.
        mkdir -p "$target"
        exec 9> "$target/.build.lock"
        ! command -v flock > /dev/null || flock 9
        if stale; then
            build "$1"
        fi
        exec 9>&-
    fi
    export SPARK_LOCAL_IP="${SPARK_LOCAL_IP:-127.0.0.1}"
    export TF_CPP_MIN_LOG_LEVEL="${TF_CPP_MIN_LOG_LEVEL:-2}"
    # By itself TensorFlow uses oneDNN only on processors with AVX-512 VNNI or AMX.
    export TF_ENABLE_ONEDNN_OPTS="${TF_ENABLE_ONEDNN_OPTS:-1}"
}

quiet() {
    exec 2> >(grep --line-buffered -vE '^(WARNING: All log messages before absl|[IW][0-9]{4} [0-9:.]+ )' >&2)
}

run() {
    local heap="$1" log="$2" opens further="${name^^}_JAVA_OPTS"
    shift 2
    opens="$(sed -n 's/.*<spark.opens>\(.*\)<\/spark.opens>.*/\1/p' "$root/pom.xml")"
    # shellcheck disable=SC2086 # the options are meant to be split
    exec ${within[@]+"${within[@]}"} "$java" "-Xmx$heap" $opens -Djava.awt.headless=true -Dfile.encoding=UTF-8 \
        "-Dlog4j2.configurationFile=$log-log4j2.properties" ${!further:-} \
        -cp "$target/classes:$(< "$target/classpath.txt")" "$@"
}
