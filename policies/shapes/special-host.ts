import { isIP } from "node:net";

import { isOwnOrMetadata } from "./addresses.ts";

/** Names of this host, and of the metadata services of clouds. */
const names =
    /^((.+\.)?localhost|localhost\.localdomain|localhost[46](\.localdomain[46])?|ip6-(localhost|loopback)|metadata|metadata\.google\.internal|metadata\.goog|instance-data(\..*)?|metadata\.tencentyun\.com|metadata\.azure\.(internal|com)|metadata\.platformequinix\.com|metadata\.oraclecloud\.com)$/;

/** Domains whose every name stands for this host. */
const loopbackDomains = /(^|\.)(localtest\.me|lvh\.me|vcap\.me|lacolhost\.com|localho\.st|fbi\.com\.localhost|yoogle\.com)$/;

/** Domains that answer with the address that stands in the name: `10.0.0.1.nip.io`, `app-10-0-0-1.sslip.io`, `0a000001.nip.io`. */
const echoDomains = /^(.*)\.(nip\.io|sslip\.io|xip\.io|traefik\.me|local-ip\.(co|sh|medicmobile\.org)|backname\.io)$/;

/**
 * Whether a host name or an address is this host's, its link's or a metadata service's, in any spelling that resolvers know: with a dot at the end, in capitals, an address in
 * decimal, octal or hexadecimal, or inside a name that a public domain resolves to it.
 */
export function isOwnOrMetadataHost(host: string): boolean {
    const name = host.trim().toLowerCase().replace(/\.+$/, "");
    return names.test(name) || loopbackDomains.test(name) || isOwnOrMetadata(addressIn(name)) || addressesNamedIn(name).some(isOwnOrMetadata);
}

/** The address that a text is read as: URLs read IPv4 as resolvers do (`0x7f.1`, `2130706433`, `0177.0.0.1`). Empty when it is none. */
function addressIn(name: string): string {
    const bare = name.replace(/^\[(.*)\]$/, "$1").replace(/%.*$/, "");
    if (isIP(bare) !== 0) {
        return bare;
    }
    const url = URL.parse(`http://${name}/`);
    return url !== null && isIP(url.hostname) === 4 ? url.hostname : "";
}

/** The addresses that stand inside a name. Four numbers count in any domain; other forms in those that are known to answer with them. */
function addressesNamedIn(name: string): readonly string[] {
    const quads = [...name.matchAll(/(?<!\d)(?=(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})(?!\d))/g)].map(([, ...octets]) =>
        octets.slice(0, 4).map(Number).join("."),
    );
    const label = echoDomains.exec(name)?.[1]?.split(".").at(-1);
    if (label === undefined) {
        return quads;
    }
    const hexadecimal = /(?:^|-)([0-9a-f]{8})$/.exec(label)?.[1];
    const octets = hexadecimal?.match(/../g)?.map((pair) => String(parseInt(pair, 16)));
    return [...quads, ...(octets === undefined ? [] : [octets.join(".")]), label.replaceAll("-", ":")];
}
