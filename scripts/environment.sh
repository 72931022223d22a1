# For run, test and bench: whether the environment is ready, and making it so. $root is the checkout.
# What is asked here on every start takes some milliseconds; the work is in environment.py.

# Python keeps what it compiled; without that every start takes seconds longer.
unset PYTHONDONTWRITEBYTECODE

venv=$root/.venv
python=$venv/bin/python
static=$root/src/keyuan/api/static

# ready runtime|development [noweb]: whether everything is there and made from what lies here now. The stamps are
# written last (environment.py), so whatever was interrupted is not ready.
ready() {
  [[ -x $python ]] && stamped "$1" && { [[ ${2:-} == noweb || ! -e $root/ui/package.json ]] || web_built; }
}

stamped() {
  case $1 in runtime) local lock=requirements.lock ;; *) local lock=requirements-dev.lock ;; esac
  { printf '%s\n' "$root"; cat "$root/$lock"; } | cmp -s - "$venv/.keyuan-$1"
}

# Whether nothing in ui/ changed since the build began; a change of a folder tells of files removed.
web_built() {
  [[ -e $static/.built ]] && [[ -z $(find "$root/ui" \( -name node_modules -o -name dist -o -name coverage \) -prune \
    -o -cnewer "$static/.built" -print 2>/dev/null | head -n 1) ]]
}

# make_ready runtime|development [noweb]
make_ready() {
  local candidate found='' seen=''
  if [[ -x $python ]] && new_enough "$python"; then
    found=$python
  else
    for candidate in ${KEYUAN_PYTHON:+"$KEYUAN_PYTHON"} python3 python3.14 python3.13 python3.12 python3.11 python; do
      if new_enough "$candidate"; then found=$candidate; break; fi
      seen=${seen:-$("$candidate" --version 2>/dev/null || true)}
    done
  fi
  if [[ -z $found ]]; then
    echo "keyuan: Python 3.11 or later is needed, ${seen:-no Python} was found: install it, or name it in KEYUAN_PYTHON." >&2
    exit 1
  fi
  "$found" "$root/scripts/environment.py" "$@" || exit $?
}

new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}
