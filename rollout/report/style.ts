import { createHash } from "node:crypto";

import { raw } from "hono/html";

/**
 * The style of the report and of the live page. Text keeps a contrast of at least 4.5:1 on both grounds (WCAG 2.2, 1.4.3); a test works that out from
 * these very colours.
 */
export const palette = {
    light: {
        ground: "#ffffff",
        raised: "#f3f5f7",
        text: "#1a1f26",
        muted: "#4c5663",
        line: "#c3cad3",
        good: "#11632f",
        wait: "#7a4a00",
        bad: "#a3151f",
        link: "#0b57b0",
    },
    dark: {
        ground: "#12161c",
        raised: "#1c222b",
        text: "#e6eaf0",
        muted: "#aeb8c4",
        line: "#3d4753",
        good: "#6fd793",
        wait: "#f0bf63",
        bad: "#ff938f",
        link: "#86b9ff",
    },
} as const;

/** One of the grounds. */
export type Theme = keyof typeof palette;

function variables(theme: Theme): string {
    return Object.entries(palette[theme])
        .map(([name, colour]) => `--${name}:${colour}`)
        .join(";");
}

const style = `
:root{color-scheme:light dark;${variables("light")}}
@media (prefers-color-scheme:dark){:root{${variables("dark")}}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1rem;background:var(--ground);color:var(--text);font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.25rem;margin:2rem 0 .5rem;border-bottom:1px solid var(--line)}
h3{font-size:1rem;margin:0 0 .25rem}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{position:static}
.said{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem;overflow-wrap:normal}
td time,th time{white-space:nowrap}
caption{text-align:left;color:var(--muted);padding:.25rem 0}
th,td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid var(--line)}
thead th{background:var(--raised)}
tbody th{font-weight:600}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,14rem),1fr));gap:.75rem;margin:0 0 .75rem}
dl>div{background:var(--raised);border-radius:.4rem;padding:.6rem .8rem}
dt{color:var(--muted);font-size:.85rem}
dd{margin:0;font-size:1.1rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:1rem}
figure{margin:0;background:var(--raised);border-radius:.4rem;padding:.6rem;min-width:0}
figure svg{max-width:100%;height:auto;display:block}
.live figure svg{width:100%}
figcaption,.remark{color:var(--muted);font-size:.85rem}
.remark{margin:.25rem 0}
.badge{font-weight:700}
td .badge{white-space:nowrap}
.good{color:var(--good)}.wait{color:var(--wait)}.bad{color:var(--bad)}.plain{color:var(--text)}
.headline{background:var(--raised);border-radius:.4rem;border-left:.5rem solid var(--line);padding:.8rem 1rem;margin:1rem 0}
.headline.good{border-color:var(--good)}.headline.wait{border-color:var(--wait)}.headline.bad{border-color:var(--bad)}
.headline p{margin:.2rem 0;color:var(--text)}
.course{display:grid;grid-template-columns:repeat(6,1fr);gap:.3rem;list-style:none;margin:.7rem 0 .1rem;padding:0;font-size:.8rem}
.course li{border-top:.3rem solid var(--line);padding-top:.15rem;color:var(--muted);white-space:nowrap}
.course .done{border-color:var(--muted)}
.course .current{border-color:currentColor;font-weight:700}
.course .good{color:var(--good)}.course .wait{color:var(--wait)}.course .bad{color:var(--bad)}
progress{display:block;width:100%;height:.6rem;margin-top:.3rem;accent-color:var(--link)}
.short{grid-template-columns:repeat(auto-fit,minmax(min(100%,10rem),1fr))}
.reason+.reason{margin-top:.2rem}
dd.reason{font-size:1rem}
#stale{position:sticky;top:0;z-index:1;margin:0 0 .5rem;padding:.5rem .8rem;background:var(--raised);border:2px solid currentColor;border-radius:.4rem}
#stale[hidden]{display:none}
[data-old] main{filter:grayscale(1)}
[data-old] main .badge,[data-old] .course .current{color:var(--muted)}
[data-old] .headline{border-color:var(--line)}
[data-old] #step::before{content:"Last known: ";display:block;font-size:1rem}
.live header{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;align-items:baseline}
.live h1{font-size:1.1rem;margin:0}
.live{padding:.6rem 1rem}
.live h2{margin:.7rem 0 .2rem;font-size:1.1rem}
.live .headline{margin:.5rem 0;padding:.5rem .9rem}
.live dl{gap:.5rem;margin:0 0 .5rem}
.live dl>div{padding:.35rem .7rem}
.live dd{font-size:1rem;line-height:1.35}
.live .remark{margin:.15rem 0}
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,10rem),1fr));gap:.3rem;list-style:none;margin:.2rem 0;padding:0;font-size:.75rem;line-height:1.2}
.grid li{background:var(--raised);border-left:.3rem solid var(--line);border-radius:.3rem;padding:.15rem .4rem;color:var(--text)}
.grid li.good{border-color:var(--good)}.grid li.wait{border-color:var(--wait)}.grid li.bad{border-color:var(--bad)}
.grid span.title,.grid span.found,.grid span.lacking{display:block}
.grid .found{font-weight:600}
@media (min-width:60rem){.lead{display:grid;grid-template-columns:1fr 3fr;gap:.5rem}.lead dl>div{height:100%}}
.headline .large{font-size:1.7rem;line-height:1.25;font-weight:700}
.live .headline .large{font-size:1.45rem}
code{font-size:.85em}
details{margin:.5rem 0}
summary{cursor:pointer}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
@media print{:root{color-scheme:light;${variables("light")}}body{max-width:none;padding:0;font-size:10pt}.skip,nav{display:none}section,figure,tr{break-inside:avoid}.scroll{overflow:visible}details::details-content{content-visibility:visible}}
`;

/** Source for a Content-Security-Policy that lets this style sheet in, and no other. */
export const styleSource = `'sha256-${createHash("sha256").update(style).digest("base64")}'`;

/** The style sheet as it stands in the page. Its hash is over every character, so no template may put a blank into it. */
export const styleElement = raw(`<style>${style}</style>`);
