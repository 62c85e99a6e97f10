// The checks of a draw, the same and in the same words as those of the command line.

import { CHAINS, CHAIN, randomnessOf, signatureFault, timeOf } from "./beacon.js";
import { checkOthers, checkRules, checkSignatures } from "./history.js";
import { Refused, checkEntries, draw, growTree, hash, hex, seedOf, text, unhex } from "./rdp1.js";
import { checkLog, plainCode, readBundle, recordHash, sameCode, shortCode } from "./records.js";
import { checkSupplement } from "./supplements.js";
import { codeFault, keyFault, knownKey, ownEntry, ownFaults } from "./typed.js";

const MARGIN_S_MIN = 60;
const PROOF = ["verified", "not_drawn_yet"];
// Where one of these was found, it is said instead of proof.
const DOUBTS = ["drawn_again", "key_changed"];
export const VERDICTS = {
  verified:
    "Verified: the winners follow from the list and from a beacon that nobody knew yet when the code was posted " +
    "where the result says.",
  late_commit:
    "Late commit: everything adds up, but the code was posted less than 60 seconds before the beacon's round. " +
    "Do not take this for proof.",
  not_independently_verifiable:
    "Not independently verifiable: everything adds up, but nothing shows that the code was posted anywhere else " +
    "before the beacon's round, or the beacon is the one of a demo.",
  drawn_again:
    "Drawn again: everything adds up, but the same was drawn more than once, and who was drawn before could be known. " +
    "Do not take this for proof.",
  key_changed:
    "Key changed: everything adds up, but the operator's key is not the same in all of the log, and anybody may have " +
    "signed what came with another. Do not take this for proof before you know which key is the operator's.",
  not_drawn_yet:
    "Not drawn yet: what is promised is in order. The winners follow once the beacon's round is here.",
  void: "Given up: this draw has no winners.",
  given_up_late:
    "Given up late: this draw has no winners, and was given up when it could be known who they were. " +
    "Ask why, and for the round that it waited for.",
  failed: "Failed: this draw is not what it says. Look at the checks that failed.",
};

function told(error, name, tell) {
  if (!(error instanceof Refused)) throw error;
  tell(name, error.code, error.message);
  return null;
}

/** `viewer` may hold code, subject, and key and salt, texts of hex letters. */
export async function verify(value, viewer = {}) {
  const checks = [];
  const tell = (name, fault, sentence) => checks.push({ name, fault, sentence });
  const attempt = (name, sentence, call) => {
    try {
      const found = call();
      if (sentence) tell(name, null, sentence(found));
      return found;
    } catch (error) {
      return told(error, name, tell);
    }
  };
  const bundle = attempt("file", null, () => {
    const found = readBundle(value);
    if (found.commit === null) throw new Refused("commit_missing", "The log has no commit of this draw.");
    return found;
  });
  if (bundle === null) return report(checks, "failed", "", [], [], false);
  const { commit } = bundle;
  const code = shortCode(recordHash(commit));
  tell("file", null, `The file is a draw of ${commit.channel}: ${commit.title}`);
  await checkLog(bundle.log).then(
    () => tell("log", null, `The log is whole: records 1 to ${bundle.log.length}, one commit for this draw.`),
    (error) => told(error, "log", tell),
  );
  checkCode(code, viewer, tell);
  await checkSignatures(bundle, knownKey(viewer), tell);
  checkRules(bundle, tell);
  checkOthers(bundle, tell);
  checkSupplement(bundle, tell);
  let own = ownFaults(viewer);
  if (viewer.subject && own.length === 0) own = [ownEntry(viewer, bundle.entries)];
  checks.push(...own.filter((one) => one.fault === null));
  const typed = [...codeFault(viewer), ...keyFault(viewer), ...own.filter((one) => one.fault !== null)];
  await checkList(bundle, tell, attempt);
  let winners = [];
  const beacon = beaconOf(bundle);
  if (beacon !== null && bundle.givenUp === null) {
    checkBeacon(beacon, bundle, tell);
    if (checks.every((check) => markOf(check) !== "FAIL")) {
      const drawn = drawAgain(beacon, bundle);
      if (bundle.result === null) {
        tell("winners", null, "The winners below follow from the list and the beacon.");
      } else checkOutcome(drawn, bundle, tell);
      winners = winnersOf(drawn.places, bundle);
    }
  }
  const verdict = bundle.givenUp === null ? margin(bundle, tell) : whenGivenUp(bundle, tell);
  const doubt = DOUBTS.find((one) => PROOF.includes(verdict) && checks.some((check) => check.fault === one));
  return report(checks, doubt ?? verdict, code, winners, typed, commit.env === "test");
}

/** A fault that bears the name of a verdict breaks nothing, and leaves the draw without proof. */
export const markOf = ({ fault }) => (fault === null ? "pass" : fault in VERDICTS ? "WEAK" : "FAIL");

/** `typed` is what is wrong with what the viewer typed: told beside the verdict, and never a fault of the draw. */
function report(checks, verdict, code, winners, typed, isTest) {
  const found = checks.some((check) => markOf(check) === "FAIL") ? "failed" : verdict;
  const sentence = `${VERDICTS[found]}${isTest ? " This was a test, and nothing was promised." : ""}`;
  return { verdict: found, sentence, checks, code, winners, typed };
}

function checkCode(code, viewer, tell) {
  if (!plainCode(viewer.code ?? "") || codeFault(viewer).length > 0) {
    tell("code", null, `The code is ${code}. Compare it with the one that was posted before the draw.`);
  } else if (sameCode(viewer.code, code)) {
    tell("code", null, `The code that you saw, ${code}, belongs to this list and these rules.`);
  } else tell("code", "code_differs", `The code of this draw is ${code}, and not the one that you saw.`);
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
  const chain = bundle.commit.beacon_chain;
  tell("round", null, `It was drawn from round ${wanted} of ${CHAINS[chain].name}, as promised.`);
  const fault = signatureFault(beacon.round, beacon.signature, chain);
  tell("beacon", fault, fault === null ? "The beacon signed this round." : "The beacon did not sign this round.");
}

function drawAgain({ round, signature }, { commit, entries }) {
  const seed = seedOf(recordHash(commit), unhex(commit.beacon_chain), round, randomnessOf(signature));
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

function whenGivenUp({ commit, givenUp }, tell) {
  const after = givenUp.created_at - timeOf(commit.beacon_round);
  if (after < 0 || commit.env === "test") return "void";
  tell("time", "given_up_late", `The draw was given up ${after} seconds after its round.`);
  return "given_up_late";
}

function margin({ commit, result }, tell) {
  if (commit.beacon_chain !== CHAIN) {
    const said = "The beacon is the one of a demo: whoever runs that can tell its rounds beforehand, and choose who wins.";
    tell("chain", "not_independently_verifiable", said);
    return result === null ? "not_drawn_yet" : "not_independently_verifiable";
  }
  const comes = timeOf(commit.beacon_round);
  if (Math.max(commit.created_at, commit.closes_at) >= comes) {
    tell("time", "late_commit", "The draw was closed or promised after the round had come.");
    return "late_commit";
  }
  if (result === null) return "not_drawn_yet";
  // Nobody can have seen a code that was not made yet.
  const seen = result.evidence.filter((one) => one.at >= Math.max(commit.created_at, commit.closes_at));
  const early = result.evidence.length - seen.length;
  const beside = early > 0 ? ` Left aside, as the code was not made yet: ${early}.` : "";
  if (seen.length === 0) {
    tell("time", "not_independently_verifiable", `The result names no place where the code was posted.${beside}`);
    return "not_independently_verifiable";
  }
  const first = seen.reduce((one, other) => (other.at < one.at ? other : one));
  const seconds = comes - first.at;
  const side = seconds >= 0 ? "before" : "after";
  const where = `The code was posted ${Math.abs(seconds)} seconds ${side} the round, at ${first.place} (${first.reference}).`;
  const isLate = seconds < MARGIN_S_MIN;
  tell("time", isLate ? "late_commit" : null, `${where} See for yourself that it is there.${beside}`);
  return isLate ? "late_commit" : "verified";
}
