// The page around the checks: takes a file or a text, and shows what was found.

import * as beacon from "./beacon.js";
import * as rdp1 from "./rdp1.js";
import * as records from "./records.js";
import { markOf, verify } from "./verify.js";

const HEADLINES = {
  verified: "Verified",
  late_commit: "Late commit",
  not_independently_verifiable: "Not independently verifiable",
  drawn_again: "Drawn again",
  key_changed: "Key changed",
  not_drawn_yet: "Not drawn yet",
  void: "Given up",
  given_up_late: "Given up late",
  failed: "Failed",
};
const FIELDS = ["code", "key", "account", "salt"];
const NO_JSON = "This is not JSON. Choose the draw's file, or paste all of it.";
const BEYOND = "This page could not check the file: your browser gave up. Try another one, or `regulars verify`.";
const FILE_BYTES_MAX = 256 * 1024 * 1024;
const by = (id) => document.getElementById(id);

// For whoever wants to look closer in the console.
window.rdp1 = { ...rdp1, ...records, ...beacon, verify };

function element(name, ...parts) {
  const made = document.createElement(name);
  made.append(...parts);
  return made;
}

function shownCheck({ name, fault, sentence }) {
  const mark = markOf({ fault });
  const state = element("strong", mark);
  const item = element("li", state, " ", sentence);
  item.className = mark.toLowerCase();
  item.dataset.check = name;
  if (fault !== null) item.append(" ", element("code", fault));
  return item;
}

function shownWinner({ ticket, shown, passed, wins }) {
  const what = wins ? "wins" : passed === null ? "alternate" : `passed over: ${passed.replaceAll("_", " ")}`;
  const item = element("li", element("strong", shown), `, ticket ${ticket}: ${what}`);
  item.className = wins ? "wins" : "";
  return item;
}

function showTyped(typed) {
  for (const field of FIELDS) {
    const wrong = typed.find((one) => one.name === field);
    by(`${field}-wrong`).textContent = wrong?.sentence ?? "";
    by(`${field}-wrong`).hidden = wrong === undefined;
    by(field).setAttribute("aria-invalid", String(wrong !== undefined));
  }
  const [first] = typed;
  by("typed").hidden = first === undefined;
  if (first === undefined) return;
  by("mend").href = `#${first.name}`;
  by("pin").open ||= typed.some((one) => one.name === "key");
  by("own").open ||= typed.some((one) => one.name !== "code" && one.name !== "key");
}

function show(report) {
  showTyped(report.typed);
  by("verdict").textContent = HEADLINES[report.verdict];
  const told = report.sentence.slice(report.sentence.indexOf(": ") + 2);
  by("sentence").textContent = told[0].toUpperCase() + told.slice(1);
  by("report").dataset.verdict = report.verdict;
  by("found").textContent = report.code;
  by("found").parentElement.hidden = report.code === "";
  by("winners").replaceChildren(...report.winners.map(shownWinner));
  by("drawn").hidden = report.winners.length === 0;
  by("checks").replaceChildren(...report.checks.map(shownCheck));
  by("report").hidden = false;
  by("verdict").focus();
}

function complain(sentence) {
  by("report").hidden = true;
  by("status").textContent = sentence;
}

/** Says at the first field that nothing is there to be checked, and leads to it. */
function askForFile() {
  by("status").textContent = "";
  by("report").hidden = true;
  by("file-wrong").textContent = "Choose a file first, or paste its content below.";
  by("file-wrong").hidden = false;
  by("file").setAttribute("aria-invalid", "true");
  by("file").focus();
}

function forgetFile() {
  by("file-wrong").hidden = true;
  by("file").removeAttribute("aria-invalid");
}

async function check(event) {
  event.preventDefault();
  forgetFile();
  if (by("file").files.length === 0 && by("text").value.trim() === "") {
    askForFile();
    return;
  }
  by("check").disabled = true;
  by("status").textContent = "Checking…";
  try {
    const [file] = by("file").files;
    if (file?.size > FILE_BYTES_MAX) {
      complain("This file is larger than any of a draw.");
      return;
    }
    const text = file ? await file.text() : by("text").value;
    const typed = (id) => by(id).value.trim();
    const viewer = { code: typed("code"), key: typed("key"), subject: typed("account"), salt: typed("salt") };
    await new Promise((resolve) => setTimeout(resolve, 0));
    show(await verify(rdp1.readJson(text), viewer));
    by("status").textContent = "";
  } catch (error) {
    const isNoJson = error instanceof SyntaxError;
    if (!isNoJson) console.warn(error);
    complain(isNoJson ? NO_JSON : BEYOND);
  } finally {
    by("check").disabled = false;
  }
}

by("form").addEventListener("submit", check);
by("text").addEventListener("input", () => {
  by("file").value = "";
});
