import { containerRule, wrong } from "../../engine/rule.ts";
import { text } from "../../engine/value.ts";
import { parseImage } from "../../shapes/image.ts";
import { cis, nsa } from "../../shapes/references.ts";

/** Where an image comes from is decided in one place. With no list configured, the registry has at least to be written out. */
export const imageRegistry = containerRule({
    name: "image-registry",
    title: "Images come from registries on the list; without a list, each names its registry.",
    severity: "high",
    level: "mandatory",
    references: [cis("5.5.1"), nsa("Kubernetes Pod security: container images")],
    settings: {
        allowed: {
            type: "array",
            items: { type: "string" },
            default: [],
            description: "Prefixes of allowed images, such as `registry.example.com/video/`; empty: any registry that is written out",
        },
    },
    *check(container, { settings }) {
        const image = text(container.body, "image") ?? "";
        const registry = parseImage(image)?.registry;
        if (image !== "" && registry === undefined) {
            yield wrong("image", `the image of container "${container.name}" does not name its registry`, "write the registry's host in front");
        } else if (image !== "" && settings.allowed.length > 0 && !settings.allowed.some((prefix) => image.startsWith(prefix))) {
            yield wrong(
                "image",
                `the image of container "${container.name}" comes from ${registry ?? "?"}`,
                `use an image below ${settings.allowed.join(" or ")}`,
            );
        }
    },
});
