// What a log says beside a draw's own promise: who signed it, which round was named before, what else was drawn.

import { timeOf } from "./beacon.js";
import { breath, hash, hex, numbersIn, text } from "./rdp1.js";
import { NUMBERED, isOf, isSigned } from "./records.js";
import { lineOf, supplementsIn } from "./supplements.js";

const NAMED_MAX = 10;
const AT_ONCE = 50;

function listed(found) {
  const more = found.length - NAMED_MAX;
  return found.slice(0, NAMED_MAX).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** Every record of the log against the key that it counts under, and that key against the one a viewer knows. */
export async function checkSignatures({ log, drawId, commit, signatures }, known, tell) {
  if (commit.operator_key === undefined) {
    tell("signature", null, "The commit names no key of the operator; the code alone fixes it.");
    if (known) tell("key", "key_differs", "The commit names no key, and so not the one that you know.");
    return;
  }
  if (signatures === null) {
    tell("signature", "operator_signature_missing", "The file has no signatures of its records.");
    return;
  }
  const used = new Map();
  const about = new Set();
  for (const [at, keys] of keysOf(log).entries()) {
    const record = log[at];
    if (keys.length === 0) {
      const said = `Record ${record.seq} is signed by nobody: its draw's commit names no key.`;
      tell("signature", "operator_signature_missing", said);
      return;
    }
    const key = keys.find((one) => isSigned(one, record, signatures[at]));
    if (key === undefined) {
      tell("signature", "operator_signature_wrong", `The operator's signature of record ${record.seq} does not hold.`);
      return;
    }
    used.set(key, (used.get(key) ?? 0) + 1);
    if (isOf(record.draw_id, drawId)) about.add(key);
    if (at % AT_ONCE === AT_ONCE - 1) await breath();
  }
  const [which, by] = used.size > 1
    ? ["keys", listed([...used].map(([key, count]) => `${key} (${count})`))]
    : ["key", commit.operator_key];
  tell("signature", null, `All ${log.length} records of the log are signed, with the ${which} ${by}.`);
  checkKey(log, commit.operator_key, about, known, tell);
}

/** The keys that each record of a log counts under: the one that its own draw's commit names, and no other. */
function keysOf(log) {
  const commits = log.filter((one) => one.kind === "commit");
  const own = new Map([...commits].reverse().map((one) => [one.draw_id, one.operator_key]));
  let before = commits[0]?.operator_key;
  return log.map((record) => {
    let named = own.get(record.draw_id);
    if (record.kind === "commit") before = named = record.operator_key;
    // A draw that is put off before its commit may be so under the key of the commit before.
    const fit = record.kind === "postponed" ? [named, before] : [named];
    return [...new Set(fit)].filter((key) => key !== undefined);
  });
}

/** Whether a draw's key is the one that a viewer knows, or the operator had one key all along. */
function checkKey(log, key, about, known, tell) {
  const named = log.filter((one) => one.kind === "commit");
  const changed = named.filter((one, at) => at > 0 && one.operator_key !== named[at - 1].operator_key);
  if (known && known !== key) {
    tell("key", "key_differs", `The draw is signed with the key ${key}, and not with the one that you know.`);
  } else if (known && about.size === 1 && about.has(known)) {
    tell("key", null, "All records about this are signed with the key that you know.");
  } else if (changed.length > 0) {
    const since = listed(changed.map((one) => one.seq));
    const said =
      `The key is another since record ${since}, and no record can show that the operator changed it. ` +
      "Ask him which one is his, and check with that one.";
    tell("key", "key_changed", said);
  } else {
    tell("key", null, "The operator has had one key since the log began. Compare it with the one that you know.");
  }
}

/** The text of the rules against the commit, and the commit's round against the one that was named before. */
export function checkRules({ log, drawId, commit, rules }, tell) {
  const told = numbersIn(rules);
  if (rules !== null) {
    const same = hex(hash(text(rules))) === commit.rules_sha256;
    const winners = told.get("winners") ?? commit.winners;
    // A supplement draws for those prizes alone that nobody is left to have.
    const fits = commit.supplement_of === undefined ? commit.winners === winners : commit.winners <= winners;
    const kept = fits && (told.get("alternates") ?? commit.alternates) === commit.alternates;
    if (!same) tell("rules", "rules_differ", "The rules in the file are not the ones that were promised.");
    else if (!kept) tell("rules", "rules_broken", "The rules in the file speak of other numbers of winners.");
    else tell("rules", null, "The rules in the file are the ones that were promised.");
  }
  const moved = log.filter((one) => one.kind === "postponed" && one.draw_id === drawId);
  const named = moved.length > 0 ? moved[moved.length - 1].beacon_round : told.get("beacon_round");
  if (named === undefined) return;
  const wanted = commit.beacon_round;
  if (named === wanted) tell("named", null, `Round ${wanted} was named in public before, and no other after it.`);
  else {
    const said = `Round ${named} was named last in public, and round ${wanted} was promised without saying why.`;
    tell("named", "round_unannounced", said);
  }
}

function othersOf(log, id) {
  const found = new Map();
  for (const one of log) {
    if (one.draw_id === id || !isOf(one.draw_id, id)) continue;
    const other = found.get(one.draw_id);
    if (one.kind === "commit") {
      if (other === undefined) found.set(one.draw_id, { commit: one, isDrawn: false, givenUp: null });
    } else if (other !== undefined && one.kind === "result") other.isDrawn = true;
    else if (other !== undefined && one.kind === "void") other.givenUp = one.created_at;
  }
  return [...found.values()];
}

function described({ commit, isDrawn, givenUp }) {
  const name = `${commit.draw_id} (round ${commit.beacon_round}, `;
  if (givenUp === null) return `${name}${isDrawn ? "drawn" : "neither drawn nor given up"})`;
  const after = givenUp - timeOf(commit.beacon_round);
  return `${name}given up ${Math.abs(after)} seconds ${after >= 0 ? "after" : "before"} it)`;
}

/** Whether the same was drawn before or after, when somebody could choose what he likes; tests may be repeated. */
export function checkOthers({ log, commit }, tell) {
  if (commit.env === "test") return;
  const found = othersOf(log, commit.draw_id);
  const supplements = supplementsIn(log, commit.draw_id);
  const line = lineOf(log, commit);
  const isHarmless = ({ commit: other, givenUp }) => {
    const adds = givenUp === null && (line.has(other.draw_id) || supplements.get(other.draw_id)?.fault === null);
    return adds || (givenUp !== null && givenUp < timeOf(other.beacon_round));
  };
  const harmful = found.filter((one) => !isHarmless(one));
  if (harmful.length > 0) {
    tell("again", "drawn_again", `The same was promised another time: ${listed(harmful.map(described))}.`);
  } else if (found.length > 0) {
    tell("again", null, `Other draws of the same leave this one as it is: ${listed(found.map(described))}.`);
  } else if (NUMBERED.test(commit.draw_id)) tell("again", null, "The log has no other draw of the same.");
}
