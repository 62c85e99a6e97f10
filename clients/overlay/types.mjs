// Writes source/link/documents.ts: every document as the id under which the server knows it, with the types of its
// variables and answer by the committed schema. The text of a document never travels.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { codegen } from "@graphql-codegen/core";
import * as operations from "@graphql-codegen/typescript-operations";
import { buildASTSchema, Kind, parse } from "graphql";

const SCHEMA = new URL(process.argv[2] ?? "../../server/schema/schema.graphql", import.meta.url);
const FOLDER = new URL("documents/", import.meta.url);
const TARGET = new URL("source/link/documents.ts", import.meta.url);

const schema = parse(readFileSync(SCHEMA, "utf8"));
const texts = readdirSync(FOLDER).sort().map((name) => readFileSync(new URL(name, FOLDER), "utf8"));
const types = await codegen({
  schema,
  schemaAst: buildASTSchema(schema),
  documents: texts.map((text) => ({ document: parse(text) })),
  filename: "documents.ts",
  config: {
    scalars: { BigInt: "string", DateTime: "string", Duration: "number" },
    enumsAsTypes: true,
    namingConvention: { typeNames: "change-case-all#pascalCase", transformUnderscore: true },
  },
  plugins: [{ operations: {} }],
  pluginMap: { operations },
});

const pascal = (name) => name.replace(/(?:^|_)(\w)/g, (_, letter) => letter.toUpperCase());
const constants = texts.map((text) => {
  const { name: { value: name }, operation } = parse(text).definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION);
  const type = pascal(name) + pascal(operation);
  const id = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  const short = pascal(name.replace(/^overlay_/, "")).replace(/^./, (letter) => letter.toLowerCase());
  return `export const ${short}: Document<${type}, ${type}Variables> = { id: "${id}", name: "${name}" };`;
});
const head = "// Made by types.mjs of documents/ and the schema; never edited.\nimport type { Document } from \"./link\";\n";
writeFileSync(TARGET, [head, types.trim(), ...constants, ""].join("\n"));
