import { posix } from "node:path";

import { objectRule, wrong } from "../../engine/rule.ts";
import { has, text } from "../../engine/value.ts";
import { podSecurity } from "../../shapes/references.ts";

/** Folders of the node that are the system's own. Disks are mounted elsewhere: /mnt, /media, /data. */
const systems = ["/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/opt", "/proc", "/root", "/run", "/sbin", "/sys", "/usr", "/var"];

/** A claim on such a volume mounts the node's path, past the rule on pods, which sees a claim only. */
export const noHostVolume = objectRule({
    name: "no-host-volume",
    title: "No PersistentVolume is a path of the node, or a local one in the node's own folders.",
    severity: "critical",
    level: "mandatory",
    references: [podSecurity("baseline", "HostPath Volumes")],
    kinds: ["core/PersistentVolume"],
    *check(volume) {
        if (has(volume.body, "spec", "hostPath")) {
            yield wrong("spec.hostPath", "the volume is a path of the node", "use a StorageClass, or a local volume on a disk of its own");
        }
        const local = text(volume.body, "spec", "local", "path");
        const path = local === undefined ? undefined : posix.normalize(`/${local}`).replace(/(?<=.)\/$/, "");
        if (path !== undefined && (path === "/" || systems.some((system) => path === system || path.startsWith(`${system}/`)))) {
            yield wrong("spec.local.path", `the volume is ${path} of the node, which is the system's own`, "use a disk that is mounted below /mnt");
        }
    },
});
