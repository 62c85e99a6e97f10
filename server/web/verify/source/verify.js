// The checks of a draw, the same and in the same words as those of the command line.

import { CHAIN, randomnessOf, signatureFault, timeOf } from "./beacon.js";
import { Refused, checkEntries, draw, entryId, growTree, hash, hex, seedOf, text, unhex } from "./rdp1.js";
import { checkLog, isSigned, readBundle, recordHash, sameCode, shortCode } from "./records.js";

const MARGIN_S_MIN = 60;
export const VERDICTS = {
  verified:
    "Verified: the winners follow from the list and from a beacon that nobody knew yet when the code was posted " +
    "where the result says.",
  late_commit:
    "Late commit: everything adds up, but the code was posted less than 60 seconds before the beacon's round. " +
    "Do not take this for proof.",
  not_independently_verifiable:
    "Not independently verifiable: everything adds up, but nothing shows that the code was posted anywhere else " +
    "before the beacon's round.",
  not_drawn_yet:
    "Not drawn yet: what is promised is in order. The winners follow once the beacon's round is here.",
  void: "Given up: this draw has no winners.",
  failed: "Failed: this draw is not what it says. Look at the checks that failed.",
};

/** `viewer` may hold code, subject and salt, a text of hex letters. */
export async function verify(value, viewer = {}) {
  const checks = [];
  const tell = (name, fault, sentence) => checks.push({ name, fault, sentence });
  const attempt = (name, sentence, call) => {
    try {
      const found = call();
      if (sentence) tell(name, null, sentence(found));
      return found;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      tell(name, error.code, error.message);
      return null;
    }
  };
  const bundle = attempt("file", null, () => {
    const found = readBundle(value);
    if (found.commit === null) throw new Refused("commit_missing", "The log has no commit of this draw.");
    return found;
  });
  if (bundle === null) return report(checks, "failed", "", [], false);
  const { commit } = bundle;
  const code = shortCode(recordHash(commit));
  tell("file", null, `The file is a draw of ${commit.channel}: ${commit.title}`);
  attempt("log", () => `The log is whole: records 1 to ${bundle.log.length}, one commit for this draw.`, () =>
    checkLog(bundle.log),
  );
  checkPromise(bundle, code, viewer, tell, attempt);
  await checkList(bundle, tell, attempt);
  let winners = [];
  const beacon = beaconOf(bundle);
  if (beacon !== null && !bundle.isVoid) {
    checkBeacon(beacon, bundle, tell);
    if (checks.every((check) => check.fault === null)) {
      const drawn = drawAgain(beacon, bundle);
      if (bundle.result === null) {
        tell("winners", null, "The winners below follow from the list and the beacon.");
      } else checkOutcome(drawn, bundle, tell);
      winners = winnersOf(drawn.places, bundle);
    }
  }
  return report(checks, margin(bundle, tell), code, winners, commit.env === "test");
}

/** A fault that bears the name of a verdict breaks nothing, and leaves the draw without proof. */
export const markOf = ({ fault }) => (fault === null ? "pass" : fault in VERDICTS ? "WEAK" : "FAIL");

function report(checks, verdict, code, winners, isTest) {
  const found = checks.some((check) => markOf(check) === "FAIL") ? "failed" : verdict;
  const sentence = `${VERDICTS[found]}${isTest ? " This was a test, and nothing was promised." : ""}`;
  return { verdict: found, sentence, checks, code, winners };
}

function checkPromise({ commit, entries, signature }, code, viewer, tell, attempt) {
  if (!viewer.code) tell("code", null, `The code is ${code}. Compare it with the one that was posted before the draw.`);
  else if (sameCode(viewer.code, code)) {
    tell("code", null, `The code that you saw, ${code}, belongs to this list and these rules.`);
  } else tell("code", "code_differs", `The code of this draw is ${code}, and not the one that you saw.`);
  if (commit.operator_key === undefined) {
    tell("signature", null, "The commit names no key of the operator; the code alone fixes it.");
  } else if (isSigned(commit.operator_key, commit, signature ?? "")) {
    tell("signature", null, "The operator signed the commit with the key that it names.");
  } else tell("signature", "operator_signature_wrong", "The operator's signature of the commit does not hold.");
  if (viewer.subject) attempt("own", (found) => found, () => own(entries, viewer));
}

function own(entries, { subject, salt }) {
  const isSalt = /^[0-9a-f]{64}$/i.test(salt ?? "");
  const id = hex(entryId(isSalt ? unhex(salt) : new Uint8Array(), subject));
  let start = 0;
  for (const entry of entries) {
    if (entry.id === id) {
      return `You are in with ${entry.weight} tickets, numbers ${start} to ${start + entry.weight - 1}.`;
    }
    start += entry.weight;
  }
  throw new Refused("own_missing", "You are not in the list with this account and this salt.");
}

const same = (is, what, which) => (is ? `${what} the one ${which}.` : `${what} not the one ${which}.`);

async function checkList({ commit, entries, csv, excluded }, tell, attempt) {
  const inOrder = attempt("order", () => "Every entry stands once, in its place.", () => {
    checkEntries(entries);
    return true;
  });
  if (!inOrder) return;
  const [count, promised] = [entries.length, commit.entries_count];
  const countFault = count === promised ? null : count < promised ? "entrant_removed" : "entrant_added";
  tell("count", countFault, `The list has ${count} entries, ${promised} were promised.`);
  const total = entries.reduce((sum, entry) => sum + entry.weight, 0);
  const totalFault = total === commit.tickets_total ? null : "tickets_changed";
  tell("tickets", totalFault, `The list has ${total} tickets, ${commit.tickets_total} were promised.`);
  let is = hex(hash(text(csv))) === commit.entries_sha256;
  tell("list", is ? null : "list_changed", same(is, "The list is", "that was promised"));
  const levels = await growTree(entries);
  is = hex(levels[levels.length - 1][0].hash) === commit.entries_root;
  tell("root", is ? null : "root_differs", same(is, "The list's sum tree is", "that was promised"));
  if (excluded !== null) {
    is = excluded.split("\n").length - 1 === commit.excluded_count && hex(hash(text(excluded))) === commit.excluded_sha256;
    tell("excluded", is ? null : "excluded_changed", same(is, "Who was left out is", "promised"));
  }
}

function beaconOf({ result, beacon }) {
  return result === null ? beacon : { round: result.beacon_round, signature: result.beacon_signature };
}

function checkBeacon(beacon, bundle, tell) {
  const wanted = bundle.commit.beacon_round;
  if (beacon.round !== wanted) {
    tell("round", "round_differs", `It was drawn from round ${beacon.round}, round ${wanted} was promised.`);
    return;
  }
  const other = bundle.beacon;
  if (other !== null && (other.round !== beacon.round || other.signature !== beacon.signature)) {
    tell("round", "signature_differs", "The result names another signature than the bundle.");
    return;
  }
  tell("round", null, `It was drawn from round ${wanted} of quicknet, as promised.`);
  const fault = signatureFault(beacon.round, beacon.signature);
  tell("beacon", fault, fault === null ? "The beacon signed this round." : "The beacon did not sign this round.");
}

function drawAgain({ round, signature }, { commit, entries }) {
  const seed = seedOf(recordHash(commit), unhex(CHAIN), round, randomnessOf(signature));
  const weights = entries.map((entry) => entry.weight);
  return { seed, places: draw(seed, weights, commit.winners + commit.alternates, commit.per_entry) };
}

function checkOutcome({ seed, places }, { result, passes }, tell) {
  let is = hex(seed) === result.seed;
  tell("seed", is ? null : "seed_differs", same(is, "The seed is", "that follows"));
  is = JSON.stringify(places) === JSON.stringify(result.drawn);
  tell("winners", is ? null : "winners_differ", same(is, "Who was drawn is", "that follows"));
  const positions = passes.map((one) => one.position);
  const fair = new Set(positions).size === positions.length && positions.every((one) => one <= places.length);
  const said = `Passed over, each once and with a reason: ${positions.length}.`;
  tell("passes", fair ? null : "passes_odd", fair ? said : "Somebody is passed over who cannot be.");
}

function winnersOf(places, { commit, entries, passes }) {
  const reasons = new Map(passes.map((one) => [one.position, one.reason]));
  let left = commit.winners;
  return places.map(([position, ticket, owner]) => {
    const passed = reasons.get(position) ?? null;
    const wins = passed === null && left > 0;
    left -= wins ? 1 : 0;
    const { id, label } = entries[owner];
    return { position, ticket, shown: label || `entry ${id.slice(0, 16)}`, passed, wins };
  });
}

function margin({ commit, result, isVoid }, tell) {
  if (isVoid) return "void";
  const comes = timeOf(commit.beacon_round);
  if (Math.max(commit.created_at, commit.closes_at) >= comes) {
    tell("time", "late_commit", "The draw was closed or promised after the round had come.");
    return "late_commit";
  }
  if (result === null) return "not_drawn_yet";
  if (result.evidence.length === 0) {
    tell("time", "not_independently_verifiable", "The result names no place where the code was posted.");
    return "not_independently_verifiable";
  }
  const first = result.evidence.reduce((one, other) => (other.at < one.at ? other : one));
  const seconds = comes - first.at;
  const side = seconds >= 0 ? "before" : "after";
  const where = `The code was posted ${Math.abs(seconds)} seconds ${side} the round, at ${first.place} (${first.reference}).`;
  const isLate = seconds < MARGIN_S_MIN;
  tell("time", isLate ? "late_commit" : null, `${where} See for yourself that it is there.`);
  return isLate ? "late_commit" : "verified";
}
