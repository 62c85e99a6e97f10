// The page around the checks: takes a file or a text, and shows what was found.

import * as beacon from "./beacon.js";
import * as rdp1 from "./rdp1.js";
import * as records from "./records.js";
import { markOf, verify } from "./verify.js";

const HEADLINES = {
  verified: "Verified",
  late_commit: "Late commit",
  not_independently_verifiable: "Not independently verifiable",
  not_drawn_yet: "Not drawn yet",
  void: "Given up",
  failed: "Failed",
};
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

function show(report) {
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

async function check(event) {
  event.preventDefault();
  by("check").disabled = true;
  by("status").textContent = "Checking…";
  try {
    const [file] = by("file").files;
    const text = file ? await file.text() : by("text").value;
    const viewer = { code: by("code").value.trim(), subject: by("subject").value.trim(), salt: by("salt").value.trim() };
    await new Promise((resolve) => setTimeout(resolve, 0));
    show(await verify(JSON.parse(text), viewer));
    by("status").textContent = "";
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    complain("This is not JSON. Choose the draw's file, or paste all of it.");
  } finally {
    by("check").disabled = false;
  }
}

by("form").addEventListener("submit", check);
by("text").addEventListener("input", () => {
  by("file").value = "";
});
