import type { Direction } from "./network.ts";
import { addressesIn, type AddressSet, type PortSet } from "./addresses.ts";
import { isOwnOrMetadataHost } from "./special-host.ts";
import { list, number, numberOrText, type Plain } from "../engine/value.ts";

/** What one rule of a network policy lets through, whichever API declares it. */
export interface Opening {
    /** Where the rule, or the peer, stands in its policy. */
    readonly path: string;
    readonly direction: Direction;
    /** Addresses outside the cluster, or `everybody` where the peer stands for all pods or all addresses. */
    readonly peers: AddressSet | "everybody";
    readonly ports: PortSet;
}

/** Port numbers, of which half are as good as all. */
const allPorts = 65_536;

/** The ports of a list, each with `from` and `to`; `all` where the list is empty, an entry names no port, or they are most of all. Named ports are those of pods: they have no numbers here. */
export function portsIn(entries: readonly { readonly from: number | string | undefined; readonly to: number | undefined }[]): PortSet {
    const ranges: (readonly [number, number])[] = [];
    for (const { from, to } of entries) {
        if (from === undefined || from === 0 || from === "0" || from === "") {
            return "all";
        }
        const first = typeof from === "number" ? from : /^\d+$/.test(from) ? Number(from) : undefined;
        if (first !== undefined) {
            ranges.push([first, to === undefined || to < first ? first : to]);
        }
    }
    const covered = ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
    return entries.length === 0 || covered >= allPorts / 2 ? "all" : ranges;
}

/** Ports as Kubernetes' own NetworkPolicy writes them: `port` and `endPort`. @throws Unjudgeable */
export function portAndEnd(holder: Plain | undefined, ...keys: readonly string[]): PortSet {
    return portsIn(list(holder, ...keys).map((entry) => ({ from: numberOrText(entry, "port"), to: number(entry, "endPort") })));
}

/** What domain names let through: everybody where a pattern matches all, the metadata address where one is its name. Other names are narrow. */
export function peersNamed(names: readonly string[]): Opening["peers"] {
    return names.some(isEveryName) ? "everybody" : names.some(isOwnOrMetadataHost) ? addressesIn(["169.254.169.254"]) : [];
}

/** Whether a pattern matches everything, or everything below a top-level domain: `*`, `**`, `*.*`, `*.com`. */
function isEveryName(pattern: string): boolean {
    const named = pattern
        .replace(/\.+$/, "")
        .split(".")
        .filter((part) => !/^\**$/.test(part));
    return named.length === 0 || (named.length === 1 && pattern.includes("*"));
}
