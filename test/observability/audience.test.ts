import { describe, expect, it } from "vitest";

import { ruleGroups } from "../../observability/catalogue.ts";
import { documented as example } from "../../config/observability-pages.ts";
import { serviceMetrics } from "../../observability/metrics/service.ts";
import { renderGroup } from "../../observability/render.ts";

const byAudience = serviceMetrics.filter(({ labels }) => labels.includes("audience")).map(({ name }) => name);

describe("what testers ask", () => {
    it("is in no recording rule, no objective and no alert", () => {
        const expressions = ruleGroups(example).flatMap((group) => renderGroup(example, group).rules.map(({ expr }) => expr));
        const selectors = expressions.flatMap((text) =>
            [...text.matchAll(new RegExp(`\\b(?:${byAudience.join("|")})(?:_bucket|_count|_sum)?\\{[^}]*\\}`, "g"))].map(([one]) => one),
        );
        expect(selectors.length).toBeGreaterThan(20);
        expect(selectors.filter((selector) => !selector.includes('audience!="testers"'))).toEqual([]);
    });
});
