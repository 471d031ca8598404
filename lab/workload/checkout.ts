import { randomUUID } from "node:crypto";
import { z } from "zod";

import type { CheckoutRoute } from "./route.ts";

/** What a checkout service answers. */
export interface CheckoutAnswer {
    readonly status: 200 | 201 | 400;
    readonly body: object;
}

/** Price of each article, in cents. */
const prices: Readonly<Record<string, number>> = { bread: 350, coffee: 890, honey: 640 };

const orderSchema = z.object({ items: z.array(z.object({ sku: z.enum(Object.keys(prices)), quantity: z.int().positive() })).min(1) });

/** The only cart that there is. */
const cart = [
    { sku: "bread", quantity: 2 },
    { sku: "coffee", quantity: 1 },
];

/**
 * The answer to a call of a checkout: the cart, or an order of what the body names. Nothing is delivered, and nothing is kept.
 *
 * @param body JSON of the request; undefined where it has none, or none that can be read.
 */
export function checkoutAnswer(route: CheckoutRoute, body: unknown): CheckoutAnswer {
    if (route === "/api/v1/cart") {
        return { status: 200, body: { currency: "EUR", items: cart, totalCents: totalCents(cart) } };
    }
    const order = orderSchema.safeParse(body);
    return order.success
        ? { status: 201, body: { id: randomUUID(), currency: "EUR", totalCents: totalCents(order.data.items) } }
        : { status: 400, body: { error: `an order is {"items": [{"sku", "quantity"}]}, with the articles ${Object.keys(prices).join(", ")}` } };
}

function totalCents(items: readonly { readonly sku: string; readonly quantity: number }[]): number {
    return items.reduce((sum, { sku, quantity }) => sum + (prices[sku] ?? 0) * quantity, 0);
}
