import { type Cipheriv, createCipheriv, createHash } from "node:crypto";

/** Bytes of one number: 48 bits, as many as `readUIntBE` takes. */
const width = 6;
const blank = Buffer.alloc(8_192 * width);

/**
 * A repeatable source of chance: the same seed gives the same run on every machine.
 *
 * Its numbers are the key stream of a cipher. A congruential generator won't do: runs with neighbouring seeds are alike, and thousands of them are counted
 * here.
 */
export class Chance {
    readonly #stream: Cipheriv;
    #block = blank;
    #next = blank.length;

    constructor(seed: string) {
        this.#stream = createCipheriv("aes-128-ctr", createHash("sha256").update(seed).digest().subarray(0, 16), Buffer.alloc(16));
    }

    /** Above 0 and below 1. */
    uniform(): number {
        if (this.#next >= this.#block.length) {
            this.#block = this.#stream.update(blank);
            this.#next = 0;
        }
        const value = this.#block.readUIntBE(this.#next, width);
        this.#next += width;
        return (value + 0.5) / 2 ** (8 * width);
    }

    /** Standard normal, by Box and Muller. */
    normal(): number {
        return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
    }

    /** Poisson, by inversion; above a mean of 50 the rounded normal, which is off by less than a request. */
    poisson(mean: number): number {
        if (mean > 50) {
            return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
        }
        const limit = Math.exp(-mean);
        let count = 0;
        for (let product = this.uniform(); product > limit; product *= this.uniform()) {
            count += 1;
        }
        return count;
    }

    /** Trials up to and with the first success. */
    geometric(probability: number): number {
        return probability >= 1 ? 1 : Math.floor(Math.log(this.uniform()) / Math.log1p(-probability)) + 1;
    }
}
