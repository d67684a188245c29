#!/bin/sh
# Prints what topz reads of its pod, as the trees beside this file have it. It is for a container of
# the pod, with a Debian userland, as root or as the user of the others:
#
#   kubectl exec -i POD -c CONTAINER -- sh -s <record.sh >tree.txt
#
# Look through it before you give it away: arguments of programs are in it as they are.
set -u

# Bytes of 0 become \0; what the kernel hides is left out.
file() { # path, name
  [ -f "$1" ] || return 0
  text=$(sed 's/\x00/\\0/g' "$1" 2>/dev/null && echo .) || return 0
  printf '==> %s <==\n%s\n' "$2" "${text%.}"
}

names='cpu.max cpu.stat cpu.cfs_quota_us cpu.cfs_period_us cpuacct.usage memory.current memory.max
memory.peak memory.stat memory.events memory.usage_in_bytes memory.limit_in_bytes
memory.max_usage_in_bytes memory.failcnt memory.kmem.usage_in_bytes memory.oom_control pids.current
pids.max io.stat blkio.throttle.io_service_bytes_recursive blkio.throttle.io_service_bytes
cpu.pressure memory.pressure io.pressure'

printf 'Recorded on %s %s, %s.\n\n' "$(uname -s)" "$(uname -r | cut -d- -f1)" "$(uname -m)"
printf '==> self <==\n%s\n\n' "$$"
printf '==> %s/ns/cgroup <==\n%s\n\n' "$$" "$(readlink "/proc/$$/ns/cgroup")"
file /proc/uptime uptime
seen=
for pid in $(ls /proc | grep '^[0-9]' | sort -n); do
  folder=/proc/$pid
  [ "$(cut -d' ' -f4 "$folder/stat" 2>/dev/null)" != $$ ] || continue # our own children
  for name in stat cmdline cgroup mountinfo; do file "$folder/$name" "$pid/$name"; done
  group=$(cat "$folder/cgroup" 2>/dev/null) || continue
  case $seen in *"<$group>"*) [ "$pid" = $$ ] || continue ;; esac
  seen="$seen<$group>"
  file "$folder/root/etc/passwd" "$pid/root/etc/passwd"
  sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - cgroup2\{0,1\} .*/\1/p' "$folder/mountinfo" |
    while read -r point; do
      for at in "$point" "$point$(sed -n 's/^0:://p' "$folder/cgroup")"; do # the mount may be whole
        for name in $names; do file "$folder/root$at/$name" "$pid/root$at/$name"; done
      done
    done
done
