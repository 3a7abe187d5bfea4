# container.sh CONTAINER UID:GID COMMAND...: runs a command in a container of buildah's, as Kubernetes runs it for the service: a read-only root
# with an empty /tmp, no root, no capability, no way to new ones. The network is this machine's. Started in mount and process namespaces of its own.
set -eu
root=$(buildah mount "$1") user=$2
shift 2
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/tmp"
mount --rbind /dev "$root/dev"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
# The user's change takes the capabilities away.
exec setpriv --no-new-privs chroot --userspec="$user" --groups= "$root" "$@"
