// Names to try widgets with.

export const NAMES = {
  usual: ["lighthouse_kim", "otter", "Mara", "tidepool99", "no_map_nils"],
  /** As people really choose them: long, from right to left, markup, marks that turn what stands around them. */
  hard: [
    "W".repeat(200),
    "\u0645\u0646\u0627\u0631\u0629 \u0627\u0644\u0628\u062d\u0631",
    "<img src=x onerror=alert(1)>",
    "a\u202Egnp.exe\u200B\u0301\u0301\u0301\u0301\u0301",
    "\u{1F468}\u200D\u{1F469}\u200D\u{1F467}\u200D\u{1F466}".repeat(70),
  ],
} as const;
