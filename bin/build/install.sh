# What bin/setup and test/set-up share; sourced at the root of the project.

say() {
  echo "setup: $1" >&2
}

fail() {
  say "$1"
  exit 1
}

# install WHAT COMMAND...: up to three times, since a registry or a mirror may fail for a moment.
install() {
  what=$1
  shift
  say "installing $what"
  attempt=1
  until "$@" >&2; do
    if [ "$attempt" = 3 ]; then return 1; fi
    say "installing $what failed ($attempt of 3), trying again"
    sleep $((attempt * 5))
    attempt=$((attempt + 1))
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo -n "$@"
  else
    return 1
  fi
}

apt_install() {
  as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@"
}

# get WHAT PACKAGE...: through apt-get or brew, whichever this system has.
get() {
  name=$1
  shift
  if command -v apt-get >/dev/null 2>&1; then
    { as_root true && install "$name" apt_install "$@"; } ||
      fail "cannot install $name: as root, run \`apt-get install $*\`, then \`bin/setup\` again"
  elif command -v brew >/dev/null 2>&1; then
    install "$name" brew install "$@" || fail "cannot install $name: run \`brew install $*\`, then \`bin/setup\` again"
  else
    fail "cannot install $name without apt-get or brew: install it, then run \`bin/setup\` again"
  fi
}
