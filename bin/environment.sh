# Sourced by the commands beside it. Leaves `python` naming the interpreter of an environment that matches
# requirements-dev.txt, and makes or refreshes that environment only when it doesn't.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv="$root/.venv"
python="$venv/bin/python"

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# A name on PATH proves nothing (version managers leave names behind that refuse to run): only running it does.
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; }

find_python() {
    local candidate
    for candidate in ${PENSTOCK_PYTHON:-} python3.13 python3.12 python3.14 python3 \
        "$HOME"/.pyenv/versions/3.1[234]*/bin/python3; do
        if new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    local found
    found=$(python3 --version 2>/dev/null || echo "no Python at all")
    fail "Penstock needs Python 3.12 or newer and this machine offers $found:" \
        "install 3.13 (apt-get install python3.13 python3.13-venv, or: pyenv install 3.13), or name one in PENSTOCK_PYTHON."
}

wanted_stamp() { cat "$root/requirements-dev.txt" | cksum; }
is_current() { [ "$(cat "$venv/.stamp" 2>/dev/null)" = "$(wanted_stamp)" ] && [ -x "$python" ]; }

# Shows that something happens: one line that counts, or on a plain log one line per 20 packages.
count_packages() {
    awk -v total="$1" -v terminal="$2" '
        /^Collecting / { n++; if (terminal) printf "\r  %d of %d packages", n, total; else if (n % 20 == 0) printf "  %d of %d packages\n", n, total; fflush() }
        /^Installing collected/ { if (terminal) printf "\r"; printf "  unpacking and compiling them\n"; fflush() }' >&2
}

install_environment() {
    local chosen packages terminal=0 log="$venv/install.log"
    [ -t 2 ] && terminal=1
    if ! new_enough "$python"; then
        chosen=$(find_python) || exit 1
        say "Making an environment in .venv with $("$chosen" --version)"
        "$chosen" -m venv --clear "$venv" >/dev/null 2>&1 ||
            fail "$chosen can't make a virtual environment: install its venv module (on Debian: apt-get install python3-venv)."
    fi
    packages=$(grep -c '==' "$root/requirements-dev.txt")
    say "Installing $packages packages (once, about a minute)"
    if ! "$python" -m pip install --disable-pip-version-check --no-input --require-hashes \
        -r "$root/requirements-dev.txt" 2>&1 | tee "$log" | count_packages "$packages" "$terminal" ||
        [ "${PIPESTATUS[0]}" -ne 0 ]; then
        grep -E '^ERROR' "$log" >&2
        fail "The packages could not be installed; the whole account is in $log. Mend what it names and run this again."
    fi
    "$python" -m compileall -q "$root/crm" "$root/contacts" "$root/pipeline" "$root/forecasting" "$root/quotes" >/dev/null || true
    wanted_stamp >"$venv/.stamp"
}

ensure_environment() {
    is_current && return
    if [ ! -w "$root" ] && [ ! -w "$venv" ]; then
        fail "$root can't be written to, so no environment can be made there: check who owns it."
    fi
    # Two commands on a fresh clone: the second waits for the first, then finds its work done.
    if command -v flock >/dev/null; then
        exec 9>"$root/.venv.lock"
        flock 9
    fi
    is_current || install_environment
    exec 9>&-
}

ensure_environment
export PENSTOCK_CALLED_FROM=$PWD
cd "$root"
