#!/usr/bin/env bash
# Process 1 of a node: private mounts, then containerd, the images, kubelet and kube-proxy. What ends is started again; when this process is killed, all of the node ends with it.
# Its settings are in the environment: see service.ts.
set -euo pipefail

say() { printf 'node: %s\n' "$*"; }

# Mounts of the node are its own; those that it makes for pods must be seen in pods.
mount --make-rshared /
for folder in /run /var/log /var/lib/kubelet; do
    mkdir -p "$folder"
    mount -t tmpfs -o mode=0755 tmpfs "$folder"
done
# The kubelet sets these for the whole machine, unless it finds them as it wants them.
for file in "$NODE_FOLDER"/sysctl/*; do
    name="${file##*/}"
    mount --bind "$file" "/proc/sys/${name//.//}"
done

keep() {
    while :; do
        say "starting ${1##*/}"
        "$@" || say "${1##*/} ended with $?"
        sleep 1
    done
}

trap 'exit 0' TERM
keep containerd --config "$NODE_FOLDER/containerd.toml" &
until ctr version >/dev/null 2>&1; do sleep 0.05; done
say "containerd answers"
bash "$NODE_FOLDER/images.sh"
say "images are there"
keep kubelet --config "$NODE_FOLDER/kubelet.yaml" --kubeconfig "$NODE_FOLDER/kubelet.kubeconfig" --hostname-override "$NODE_NAME" --node-ip "$NODE_ADDRESS" \
    --root-dir "$NODE_FOLDER/kubelet" --cert-dir "$NODE_FOLDER/kubelet-certificates" --v 1 &
keep kube-proxy --kubeconfig "$NODE_FOLDER/kube-proxy.kubeconfig" --hostname-override "$NODE_NAME" --proxy-mode nftables --cluster-cidr "$POD_ADDRESSES" \
    --conntrack-max-per-core 0 --conntrack-min 0 --conntrack-tcp-timeout-established 0s --conntrack-tcp-timeout-close-wait 0s --conntrack-udp-timeout 0s --conntrack-udp-timeout-stream 0s \
    --healthz-bind-address "$NODE_ADDRESS:10256" --metrics-bind-address 127.0.0.1:10249 &
if [ -n "${KUBE_ROUTER:-}" ]; then
    keep "$KUBE_ROUTER" --run-firewall=true --run-router=false --run-service-proxy=false --kubeconfig "$NODE_FOLDER/kube-router.kubeconfig" --hostname-override "$NODE_NAME" \
        --service-cluster-ip-range "$SERVICE_ADDRESSES" --iptables-sync-period 30s --health-port 0 &
fi
# Shells collect the children of others that ended: what a container leaves behind is adopted here.
while :; do wait -n || true; done
