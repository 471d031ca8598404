import { isIP } from "node:net";

import { containsCidr, excludeCidr, mergeCidr, overlapCidr, parseCidr } from "cidr-tools";

import { Unjudgeable } from "../engine/value.ts";

/** A set of addresses, IPv4 and IPv6, as ranges in CIDR form that don't overlap. */
export type AddressSet = readonly string[];

/** The addresses in `ranges` without those in `except`. @throws Unjudgeable when a text is no range. */
export function addressesIn(ranges: readonly string[], except: readonly string[] = []): AddressSet {
    return excludeCidr(ranges.map(rangeOf), except.map(rangeOf));
}

/** All addresses of `sets`. */
export function unionOf(sets: Iterable<AddressSet>): AddressSet {
    return mergeCidr([...sets].flat());
}

/**
 * Whether a set is so large that it stands for the Internet: an eighth of all IPv4 addresses, or of the IPv6 addresses that are in use (2000::/3). Multicast and reserved IPv4
 * addresses (224.0.0.0/3) are no hosts, and don't count.
 *
 * All private IPv4 ranges together are a hundredth of that, those of a large cloud less than a third; all private IPv6 ranges are half of it.
 */
export function isNearlyEverything(set: AddressSet): boolean {
    const hosts = set.length === 0 ? set : excludeCidr([...set], ["224.0.0.0/3"]);
    const size = (isMeant: (range: string) => boolean, bits: number) =>
        hosts.filter(isMeant).reduce((sum, range) => sum + 2 ** (bits - Number(range.split("/")[1] ?? bits)), 0);
    return size((range) => !isV6(range), 32) >= 2 ** 29 || size(isV6, 128) >= 2 ** 122;
}

/** Where clouds tell a node who it is, and hand out its credentials. The link-local ones are always that; the others are public addresses, and serve it at some ports. */
const metadataServices: readonly { readonly address: string; readonly of: string; readonly linkLocal: boolean }[] = [
    { address: "169.254.169.254/32", of: "AWS, Azure, Google Cloud and others", linkLocal: true },
    { address: "169.254.170.2/32", of: "tasks of Amazon ECS", linkLocal: true },
    { address: "169.254.170.23/32", of: "pod identities of Amazon EKS", linkLocal: true },
    { address: "169.254.169.252/32", of: "workload identities of GKE", linkLocal: true },
    { address: "169.254.42.42/32", of: "Scaleway", linkLocal: true },
    { address: "169.254.0.23/32", of: "Tencent Cloud", linkLocal: true },
    { address: "100.100.100.200/32", of: "Alibaba Cloud", linkLocal: false },
    { address: "168.63.129.16/32", of: "Azure's agent", linkLocal: false },
    { address: "192.0.0.192/32", of: "Oracle Cloud", linkLocal: false },
    { address: "fd00:ec2::254/128", of: "AWS", linkLocal: true },
    { address: "fd00:ec2::23/128", of: "pod identities of Amazon EKS", linkLocal: true },
    { address: "fd20:ce::254/128", of: "Google Cloud", linkLocal: true },
    { address: "fd00:c1::a9fe:a9fe/128", of: "Oracle Cloud", linkLocal: true },
    { address: "fd00:42::42/128", of: "Scaleway", linkLocal: true },
    { address: "fe80::a9fe:a9fe/128", of: "OpenStack", linkLocal: true },
];

const metadataAddresses = metadataServices.map(({ address }) => address);

/** Ports at which clouds answer at addresses that serve other things too. */
const metadataPorts = [80, 8080, 32_526] as const;

/** Ports as ranges from and to; `all` for every port. */
export type PortSet = "all" | readonly (readonly [from: number, to: number])[];

/**
 * The metadata service in a set of addresses that is reached at `ports`, as the end of a sentence; undefined when there is none.
 *
 * A range of at most 256 addresses means it at any port; in a larger one, a service at a public address counts only at its own ports. Port 53 is that of name servers, which share the address.
 */
export function metadataIn(set: AddressSet, ports: PortSet): string | undefined {
    if (set.length === 0 || (ports !== "all" && ports.length > 0 && ports.every(([from, to]) => from === 53 && to === 53))) {
        return undefined;
    }
    const served = ports === "all" || metadataPorts.some((port) => ports.some(([from, to]) => from <= port && port <= to));
    const small = set.filter((range) => Number(range.split("/")[1]) >= (isV6(range) ? 120 : 24));
    if (!overlapCidr([...set], metadataAddresses)) {
        return undefined;
    }
    const found = metadataServices.find(({ address, linkLocal }) => overlapCidr([...(linkLocal || served ? set : small)], [address]));
    return found === undefined ? undefined : `${found.address.split("/", 1)[0] ?? ""}, the metadata service of ${found.of}`;
}

/** Addresses that no Service may stand for: this host, its link, the metadata services. */
const ownAddresses = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "::/127", "fe80::/10", ...metadataAddresses];

/** Whether an address is this host's, its link's or a metadata service's, in any of the ways to write one. */
export function isOwnOrMetadata(address: string): boolean {
    return isIP(address) !== 0 && overlapCidr(ownAddresses, [rangeOf(address)]);
}

/** A range in the one form in which sets are kept: without leading zeros, and as IPv4 where IPv6 only wraps it. @throws Unjudgeable */
function rangeOf(text: string): string {
    const [address = "", prefix, ...rest] = text.replace(/(?<=^|[./])0+(?=\d)/g, "").split("/");
    const version = address.includes("%") ? 0 : isIP(address);
    const bits = version === 4 ? 32 : 128;
    if (version === 0 || rest.length > 0 || (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits))) {
        throw new Unjudgeable("", "malformed", `'${text}' is no range of addresses`);
    }
    const range = `${address}/${prefix ?? String(bits)}`;
    return version === 4 ? range : unwrapped(range, Number(prefix ?? bits));
}

/** The IPv4 range behind an IPv6 one: mapped (`::ffff:0:0/96`), or behind the well-known prefix of a NAT64. */
function unwrapped(range: string, prefix: number): string {
    if (prefix >= 96 && ["::ffff:0:0/96", "64:ff9b::/96"].some((wrapping) => containsCidr(wrapping, range))) {
        const low = parseCidr(range).start & 0xffff_ffffn;
        const octets = [24n, 16n, 8n, 0n].map((shift) => String((low >> shift) & 0xffn));
        return `${octets.join(".")}/${String(prefix - 96)}`;
    }
    return prefix >= 32 && prefix < 96 && containsCidr(range, "64:ff9b::/96") ? "0.0.0.0/0" : range;
}

function isV6(range: string): boolean {
    return range.includes(":");
}
