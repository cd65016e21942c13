#!/usr/bin/env bash
# Installs what the black-box suites and benchmarks talk to, on a bare Debian machine: Mosquitto's broker and clients as
# devices and as a peer, Chromium as the browser, taskset to pin a process to a core. Does nothing when all is there.
set -euo pipefail

missing=()
command -v mosquitto_pub >/dev/null || missing+=(mosquitto-clients)
{ command -v mosquitto || [ -x /usr/sbin/mosquitto ]; } >/dev/null || missing+=(mosquitto)
command -v chromium >/dev/null || missing+=(chromium)
command -v taskset >/dev/null || missing+=(util-linux)
command -v curl >/dev/null || missing+=(curl)
[ "${#missing[@]}" -eq 0 ] && exit 0

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
# A broker started by the package itself would hold port 1883: the suites start their own, on their own ports.
"${as_root[@]}" env RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}"
