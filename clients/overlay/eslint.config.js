// Refuses what the browser inside OBS does not know yet, and what would put a text into the page as markup.
import compat from "eslint-plugin-compat";
import typescript from "typescript-eslint";

export default typescript.config(
  { ignores: ["source/link/documents.ts"] },
  ...typescript.configs.strictTypeChecked,
  compat.configs["flat/recommended"],
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["*.js", "*.mjs"] } } },
    settings: { browserslistOpts: {}, browsers: ["chrome 103"], targets: ["chrome 103"] },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Names are text, never markup." },
        { property: "outerHTML", message: "Names are text, never markup." },
        { property: "dangerouslySetInnerHTML", message: "Names are text, never markup." },
        { object: "console", message: "OBS writes the console to its log; use faults.ts." },
      ],
    },
  },
  { files: ["*.js", "*.mjs"], ...typescript.configs.disableTypeChecked },
);
