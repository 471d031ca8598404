import { colours } from "../../report/chart.ts";
import { palette } from "../../report/style.ts";
import type { PreviewCurve } from "./curves.ts";
import type { Meaning } from "./dashboard.ts";

/** How a line looks. Colour tells nothing that the dashes do not. */
export interface Stroke {
    readonly color: string;
    readonly dash: readonly number[];
    readonly width: number;
}

const roles = {
    stable: { color: colours.stable, dash: [7, 3], width: 1.8 },
    candidate: { color: colours.candidate, dash: [1, 0], width: 1.8 },
    gate: { color: "currentColor", dash: [2, 3], width: 1.4 },
} as const satisfies Readonly<Record<Exclude<PreviewCurve["role"], "other">, Stroke>>;

/** Series of which nothing else is known, in order. Like the colours of the report, they keep 3:1 on both grounds. */
const others: readonly Stroke[] = [
    { color: colours.candidate, dash: [1, 0], width: 1.6 },
    { color: colours.stable, dash: [7, 3], width: 1.6 },
    { color: "#2b8a57", dash: [3, 2], width: 1.6 },
    { color: "#9a62d8", dash: [9, 2, 2, 2], width: 1.6 },
    { color: "#a36f00", dash: [1, 2], width: 1.6 },
    { color: "#1583a0", dash: [5, 5], width: 1.6 },
];

/** Colour for how well a value is, on both grounds. */
export const meaningColour = { well: "#2b8a57", caution: "#a36f00", limit: colours.bound } as const satisfies Readonly<Record<Meaning, string>>;

/** How each curve of a panel looks. */
export function strokesOf(curves: readonly PreviewCurve[]): readonly Stroke[] {
    let other = -1;
    return curves.map(({ role }) => (role === "other" ? (others[(other += 1) % others.length] ?? roles.gate) : roles[role]));
}

/** How the line of a threshold looks. */
export function thresholdStroke(meaning: Meaning): Stroke {
    return { color: meaningColour[meaning], dash: [6, 4], width: 1.4 };
}

/** Size of letters, in pixels. */
export const fontSize = { heading: 16, title: 13, text: 11, value: 26 } as const;

/** Width that a text needs at most in usual sans-serif fonts, in pixels: fonts can't be measured here. */
export function widthOf(text: string, size: number): number {
    return text.length * size * 0.58;
}

/** The style sheet of a picture. It keeps its own ground, so that it can be read wherever it is shown; where the reader's colours are dark, it is too. */
export const style = [
    "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}",
    sheet("light"),
    `@media (prefers-color-scheme:dark){${sheet("dark")}}`,
].join("");

function sheet(theme: keyof typeof palette): string {
    const { ground, raised, text, muted, line } = palette[theme];
    return `svg{color:${muted}}.ground{fill:${ground}}.card{fill:${raised};stroke:${line}}.text{fill:${text}}.muted{fill:${muted}}`;
}
