#!/bin/bash
# Real pods on Debian without a cluster: `podman kube play` with what a kubelet would do added.
#
#   engine.sh           sets the engine and the base images up (again: nothing is done twice)
#                       and prints the path of the podman to use as its last line
#   engine.sh clean     ends every pod of this engine and removes all that it made
#
# Needs root and Debian's packages. A podman of version 5 or newer on the machine is used as it
# is, with storage and settings apart from its own; otherwise Debian 13's is unpacked in a folder,
# because Debian 12's 4.3 starts init containers again and again.
set -euo pipefail
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${SIDECARS_PODS:-/var/lib/sidecars-pods}
run=/run/sidecars-pods
podman=$home/podman
log=$home/setup.log
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf 'pods %4ds  %s\n' "$SECONDS" "$*" >&2; }
die() { printf 'Cannot set up pods: %s\n' "$*" >&2; exit 1; }

packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
  done
  [ ${#missing[@]} = 0 ] && return
  say "packages: ${missing[*]}"
  local get=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120
    -o Dpkg::Options::=--force-confold)
  { "${get[@]}" install -y --no-install-recommends "${missing[@]}" ||
    { "${get[@]}" update && "${get[@]}" install -y --no-install-recommends "${missing[@]}"; }
  } </dev/null >>"$log" 2>&1 || die "apt-get does not install ${missing[*]}; see $log"
}

# The root file system of a Debian release, from the mirror this machine uses.
bootstrap() { # release, target, options…
  local release=$1 target=$2 mirror
  shift 2
  mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | sort | uniq -c |
    sort -rn | awk 'NR==1{print $2}')
  mmdebstrap --mode=root --skip=output/dev "$@" "$release" "$target" \
    "deb [signed-by=$keyring] $mirror $release main" >>"$log" 2>&1 ||
    die "mmdebstrap does not unpack $release; see $log"
}

unpack_engine() {
  local tree=$home/engine lib binary
  [ -e "$tree/.complete" ] && return
  say 'podman 5 from the packages of Debian 13'
  rm -rf "$tree"
  bootstrap trixie "$tree" --variant=extract \
    --include=podman,crun,conmon,netavark,aardvark-dns,catatonit,nftables
  # They run against the C library they were built with; the machine's own is older.
  lib=$tree/usr/lib/$(uname -m)-linux-gnu
  for binary in bin/podman bin/conmon bin/crun lib/podman/netavark lib/podman/aardvark-dns \
    sbin/nft; do
    patchelf --set-interpreter "$(echo "$lib"/ld-linux-*.so.*)" \
      --force-rpath --set-rpath "$lib:$lib/systemd" "$tree/usr/$binary"
  done
  touch "$tree/.complete"
}

unpack_base() {
  [ -s "$home/debian.tar" ] && return
  bootstrap bookworm "$home/debian.part.tar" --variant=minbase --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --aptopt='Acquire::Languages "none"'
  mv "$home/debian.part.tar" "$home/debian.tar"
}

# Without CAP_SYS_RESOURCE no limit rises above our own, and podman asks for 1048576 files.
ulimits() {
  local files processes
  files=$(ulimit -Hn)
  processes=$(ulimit -Hu)
  [ "$files" = unlimited ] || [ "$files" -ge 1048576 ] && return
  [ "$processes" = unlimited ] || [ "$processes" -gt 16384 ] && processes=16384
  echo "default_ulimits = [\"nofile=$files:$files\", \"nproc=$processes:$processes\"]"
}

# Settings of this engine alone: nothing in /etc or in a home directory is read or written.
configure() {
  local tree=$home/engine program=$1 crun=$2 path= seccomp= helpers= firewall=
  if [ "$program" = "$tree/usr/bin/podman" ]; then
    path=$tree/usr/sbin:
    seccomp="seccomp_profile = \"$tree/usr/share/containers/seccomp.json\""
    helpers="helper_binaries_dir = [\"$tree/usr/lib/podman\", \"$tree/usr/bin\"]
conmon_path = [\"$tree/usr/bin/conmon\"]"
    firewall='firewall_driver = "nftables"'
  fi
  cat >"$home/containers.conf" <<END
[containers]
# containerd's set; podman's own is smaller
default_capabilities = ["CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID",
  "SETUID", "SETFCAP", "SETPCAP", "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE"]
$(ulimits)
$seccomp
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "$run/libpod"
runtime = "kube-like"
$helpers
[engine.runtimes]
kube-like = ["$home/runtime"]
[network]
network_backend = "netavark"
network_config_dir = "$home/networks"
$firewall
END
  printf '[storage]\ndriver = "overlay"\ngraphroot = "%s"\nrunroot = "%s"\n' \
    "$home/storage" "$run/storage" >"$home/storage.conf"
  printf 'unqualified-search-registries = ["docker.io"]\nshort-name-mode = "permissive"\n' \
    >"$home/registries.conf"
  mkdir -p "$home/.config/containers"
  echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$home/.config/containers/policy.json"

  # crun refuses "hybrid" cgroups, where the unified tree owns a controller beside those of
  # version 1: it gets a mount namespace without that tree.
  cat >"$home/runtime" <<END
#!/bin/sh
previous=
for word in "\$@"; do
  case \$previous in
    --bundle|-b) "$bun" "$here/kubelet.ts" container "\$word/config.json" "$home" || exit 1 ;;
    --process|-p) "$bun" "$here/kubelet.ts" process "\$word" || exit 1 ;;
  esac
  previous=\$word
done
if grep -qs . /sys/fs/cgroup/unified/cgroup.controllers; then
  exec unshare --mount --propagation slave /bin/sh -c \\
    'umount /sys/fs/cgroup/unified; exec "\$0" "\$@"' "$crun" "\$@"
fi
exec "$crun" "\$@"
END
  cat >"$podman" <<END
#!/bin/sh
export CONTAINERS_CONF=$home/containers.conf CONTAINERS_STORAGE_CONF=$home/storage.conf
export CONTAINERS_REGISTRIES_CONF=$home/registries.conf PODMAN_IGNORE_CGROUPSV1_WARNING=1
export PATH=$path\$PATH HOME=$home
exec $program "\$@"
END
  chmod 755 "$home/runtime" "$podman"
}

image() { # name, command that makes it…
  local name=$1
  shift
  "$podman" image exists "$name" && return
  say "image $name"
  "$@" >>"$log" 2>&1 9>&- || die "the image $name does not build; see $log"
}

up() {
  local bun program crun
  [ "$(id -u)" = 0 ] || die 'this needs root; run it as root'
  command -v apt-get >/dev/null || die 'this machine has no apt-get; use Debian or Ubuntu'
  bun=$(realpath "$here/../../node_modules/.bin/bun" 2>/dev/null) ||
    die 'node_modules is missing; run npm ci'
  mkdir -p "$home" "$run"
  exec 9>"$home/lock"
  flock 9

  program=$(command -v podman || true)
  case $([ -n "$program" ] && "$program" --version) in
    'podman version '[1-4].* | '')
      packages mmdebstrap patchelf debian-archive-keyring
      unpack_base &
      unpack_engine
      program=$home/engine/usr/bin/podman crun=$home/engine/usr/bin/crun
      wait $! || exit 1
      ;;
    *)
      packages mmdebstrap debian-archive-keyring crun
      unpack_base
      crun=$(command -v crun)
      ;;
  esac
  configure "$program" "$crun"
  image docker.io/library/debian:bookworm-slim \
    "$podman" import -q "$home/debian.tar" docker.io/library/debian:bookworm-slim
  image docker.io/library/nginx:latest \
    "$podman" build -q --pull=never -t docker.io/library/nginx:latest -f "$here/nginx.Containerfile" \
    "$here"
  say "$("$podman" --version) is ready"
  echo "$podman"
}

clean() {
  if [ -x "$podman" ]; then
    timeout 60 "$podman" pod rm -fa -t 0 >/dev/null 2>&1 || true
    timeout 60 "$podman" rm -fa -t 0 >/dev/null 2>&1 || true
    timeout 60 "$podman" network rm podman-default-kube-network >/dev/null 2>&1 || true
  fi
  awk -v a="$home/" -v b="$run/" 'index($5, a) == 1 || index($5, b) == 1 {print $5}' \
    /proc/self/mountinfo | sort -r | while read -r mount; do umount "$mount" || true; done
  rm -rf --one-file-system "$home" "$run"
  # rmdir takes only those that are empty
  find /sys/fs/cgroup -depth -type d -path '*/libpod_parent*' -exec rmdir {} + 2>/dev/null || true
}

case ${1:-up} in
  up) up ;;
  clean) clean ;;
  *) die "there is no command $1; use up or clean" ;;
esac
