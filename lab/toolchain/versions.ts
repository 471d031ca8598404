import pinned from "./versions.json" with { type: "json" };

/** Every version the lab builds or fetches, as pinned in versions.json: that file is the one place to change one. No value starts with "v". */
export const versions: Readonly<typeof pinned> = pinned;
