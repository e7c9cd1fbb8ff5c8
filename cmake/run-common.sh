# shellcheck shell=bash
# What apps/run, test/run and .ci/run share; they source it. Everything it prints goes to stderr,
# so that stdout belongs to the program that is run in the end.

# Physical, because CMake refuses a build folder that it knows under another name of the same path.
plait_root=$(CDPATH='' cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)

# Lets ccache share what it has between build folders and clones (relative paths, no working folder in
# the key; messages keep absolute paths), and lets it cache what uses the precompiled headers.
export CCACHE_BASEDIR=${CCACHE_BASEDIR-$plait_root}
export CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR-true}
export CCACHE_ABSSTDERR=${CCACHE_ABSSTDERR-true}
export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS-pch_defines,time_macros,include_file_mtime,include_file_ctime}

plait_say() {
  printf '%s\n' "$*" >&2
}

plait_jobs() {
  nproc 2>/dev/null || getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
}

# The names in packages.txt, one a line.
plait_packages() {
  sed 's/#.*//' "$plait_root/cmake/packages.txt" | tr -s '[:space:]' '\n' | sed '/^$/d' | sort -u
}

# Those of the names given that dpkg does not know as installed, one a line.
plait_missing_packages() {
  local installed
  # dpkg-query fails when it has never heard of one of them, and still answers for the others.
  installed=$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^installed //p' | sort -u) || true
  comm -23 <(printf '%s\n' "$@") <(printf '%s\n' "$installed")
}

# Says what to install by hand, and gives up if there is no building without it.
plait_without_packages() {
  plait_say "plait: $1 What it is built and tested with are these Debian packages (or what your" \
    "system calls them): $2."
  if ! command -v cmake >/dev/null ||
    ! { command -v "${CXX:-c++}" || command -v g++ || command -v clang++; } >/dev/null; then
    plait_say "plait: there is no CMake or no C++ compiler, so nothing can be built."
    return 1
  fi
  plait_say "plait: going on with what is here."
}

# Installs what is missing; a look at dpkg's database when nothing is.
plait_install_packages() {
  local packages missing as_root=()
  mapfile -t packages < <(plait_packages)
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    # Once is enough: a tree that has been configured has found what it needs.
    if [[ ! -d $plait_root/build ]]; then
      plait_without_packages "there is no apt-get here to install packages with." "${packages[*]}"
    fi
    return
  fi
  mapfile -t missing < <(plait_missing_packages "${packages[@]}")
  ((${#missing[@]})) || return 0
  if ((EUID != 0)); then
    as_root=(sudo)
  fi
  plait_say "plait: installing ${missing[*]}"
  if ! {
    "${as_root[@]}" apt-get update -qq &&
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq -y --no-install-recommends "${missing[@]}"
  } >&2; then
    plait_without_packages "could not install ${missing[*]}." "${missing[*]}"
  fi
}

# plait_configure PRESET: only what ninja does not see to itself, which is the first time, a change
# of the presets, and a clone that was moved.
plait_configure() {
  local tree=$plait_root/build/$1 fresh=()
  if [[ -f $tree/CMakeCache.txt ]] &&
    ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$plait_root" "$tree/CMakeCache.txt"; then
    fresh=(--fresh)
  elif [[ -f $tree/build.ninja && $tree/configured -nt $plait_root/CMakePresets.json ]]; then
    return 0
  fi
  plait_say "plait: configuring build/$1"
  (cd "$plait_root" && cmake --preset "$1" "${fresh[@]}") >&2
  touch "$tree/configured"
}

# plait_build PRESET [TARGET...]: silent when there is nothing to do, so that a program started
# through apps/run has stderr to itself too.
plait_build() {
  local tree=$plait_root/build/$1
  shift
  if [[ $(ninja -C "$tree" -n "$@" 2>/dev/null) == *"no work to do"* ]]; then
    return 0
  fi
  cmake --build "$tree" ${1+--target "$@"} >&2
}

# plait_prepare PRESET [TARGET...]: everything, without touching the caller's stdin.
plait_prepare() {
  plait_install_packages
  plait_configure "$1"
  plait_build "$@"
} </dev/null
