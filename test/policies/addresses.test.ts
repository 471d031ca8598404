import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type AddressSet, addressesIn, isNearlyEverything, isOwnOrMetadata, metadataIn, unionOf } from "../../policies/shapes/addresses.ts";

/** A range as its first bits: `prefix` of the 32 of `address`. The reference below knows nothing else of addresses. */
interface Range {
    readonly address: number;
    readonly prefix: number;
}

const range = (longest = 32) => fc.record({ address: fc.nat(2 ** 32 - 1), prefix: fc.integer({ min: 0, max: longest }) });
const contains = ({ address, prefix }: Range, other: number) => Math.floor(address / 2 ** (32 - prefix)) === Math.floor(other / 2 ** (32 - prefix));
const dotted = (address: number) => [24, 16, 8, 0].map((shift) => String(Math.floor(address / 2 ** shift) % 256)).join(".");

/** Ways to write one range. Host bits are set in all of them. */
const spellings: readonly ((range: Range) => string)[] = [
    ({ address, prefix }) => `${dotted(address)}/${String(prefix)}`,
    ({ address, prefix }) => `${dotted(address).replaceAll(/\d+/g, (octet) => octet.padStart(3, "0"))}/0${String(prefix)}`,
    ({ address, prefix }) => `::ffff:${dotted(address)}/${String(96 + prefix)}`,
    ({ address, prefix }) => `::FFFF:${Math.floor(address / 65_536).toString(16)}:${(address % 65_536).toString(16)}/${String(96 + prefix)}`,
    ({ address, prefix }) => `64:ff9b::${dotted(address)}/${String(96 + prefix)}`,
];
const spelled = (ranges: readonly Range[], spelling: number) =>
    ranges.map((one, index) => (spellings[(spelling + index) % spellings.length] ?? spellings[0])?.(one) ?? "");

/** Membership by the ranges that a set is made of, read back by hand. */
function has(set: AddressSet, address: number): boolean {
    return set.some((text) => {
        const [octets = "", prefix = ""] = text.split("/");
        const first = octets.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
        return contains({ address: first, prefix: Number(prefix) }, address);
    });
}

/** Where sets change: the ends of each range, and their neighbours. */
function edgesOf(ranges: readonly Range[]): readonly number[] {
    return ranges.flatMap(({ address, prefix }) => {
        const size = 2 ** (32 - prefix);
        const first = Math.floor(address / size) * size;
        return [first - 1, first, first + size - 1, first + size].filter((edge) => edge >= 0 && edge < 2 ** 32);
    });
}

describe("a set of addresses", () => {
    it("has what its ranges have and its exceptions have not, in every spelling", () => {
        fc.assert(
            fc.property(fc.array(range(), { maxLength: 6 }), fc.array(range(), { maxLength: 6 }), fc.nat(4), (ranges, except, spelling) => {
                const set = addressesIn(spelled(ranges, spelling), spelled(except, spelling + 1));
                for (const address of edgesOf([...ranges, ...except])) {
                    const wanted = ranges.some((one) => contains(one, address)) && !except.some((one) => contains(one, address));
                    expect(has(set, address)).toBe(wanted);
                }
            }),
        );
    });

    it("is the same whichever way it is cut into parts", () => {
        fc.assert(
            fc.property(fc.array(range(), { minLength: 1, maxLength: 6 }), fc.nat(4), (ranges, spelling) => {
                const parts = spelled(ranges, spelling).map((text) => addressesIn([text]));
                expect(unionOf(parts)).toEqual(addressesIn(spelled(ranges, 0)));
                expect(unionOf(parts.toReversed())).toEqual(addressesIn(spelled(ranges, 0)));
            }),
        );
    });

    it("is nearly everything from an eighth of all addresses on, counted one by one", () => {
        fc.assert(
            fc.property(fc.array(range(8), { maxLength: 40 }), fc.array(range(8), { maxLength: 4 }), (ranges, except) => {
                // Above are multicast and reserved addresses.
                const blocks = Array.from({ length: 224 }, (_, index) => index * 2 ** 24);
                const counted = blocks.filter((block) => ranges.some((one) => contains(one, block)) && !except.some((one) => contains(one, block)));
                expect(isNearlyEverything(addressesIn(spelled(ranges, 0), spelled(except, 0)))).toBe(counted.length >= 32);
            }),
        );
    });

    it("stays nearly everything without a few addresses", () => {
        fc.assert(
            fc.property(fc.array(fc.nat(2 ** 32 - 1), { maxLength: 20 }), (addresses) => {
                const except = addresses.map((address) => `${dotted(address)}/32`);
                expect(isNearlyEverything(addressesIn(["0.0.0.0/0"], except))).toBe(true);
            }),
        );
    });

    it("reaches a metadata service exactly where a range has its address and no exception takes it out", () => {
        const metadata = 0xa9fe_a9fe;
        const around = fc.record({ address: fc.nat(255).map((low) => metadata - 200 + low), prefix: fc.integer({ min: 20, max: 32 }) });
        const others = ["169.254.170.2/32", "169.254.170.23/32", "169.254.169.252/32"];
        fc.assert(
            fc.property(around, fc.array(around, { maxLength: 3 }), (one, except) => {
                const set = addressesIn(spelled([one], 0), [...spelled(except, 0), ...others]);
                const wanted = contains(one, metadata) && !except.some((other) => contains(other, metadata));
                expect(metadataIn(set, "all") !== undefined).toBe(wanted);
            }),
        );
    });

    it.each(["10.0.0.0/33", "10.0.0/8", "300.0.0.0/8", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/", "::/129", "fe80::1%eth0/64", "", "all", " 10.0.0.0/8"])(
        "is not made of '%s', which is no range",
        (text) => {
            expect(() => addressesIn([text])).toThrow("is no range of addresses");
        },
    );
});

describe("an address", () => {
    it("of a host's own, or of a metadata service, is known in IPv6 too", () => {
        const own = ["127.0.0.1", "0.0.0.0", "169.254.169.254", "::1", "::", "fe80::1", "::ffff:127.0.0.1", "fd00:ec2::254", "64:ff9b::169.254.169.254"];
        expect(own.filter((address) => !isOwnOrMetadata(address))).toEqual([]);
        expect(["10.0.0.1", "192.0.2.1", "2001:db8::1", "fd00::1", "web"].filter(isOwnOrMetadata)).toEqual([]);
    });
});
