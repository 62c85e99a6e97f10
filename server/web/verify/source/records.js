// The records of a draw, the log in which none can be missing, and the file that holds them all.

import { ed25519 } from "@noble/curves/ed25519.js";
import { CHAIN, ROUND_MAX } from "./beacon.js";
import { ENTRIES_MAX, INTEGER_MAX, PLACES_MAX, Refused, canon, hash, hex, readEntries, text, unhex } from "./rdp1.js";

const LOG_MAX = 10_000;
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const REASONS = ["unclaimed", "ineligible_rules", "banned_platform", "declined", "duplicate_person"];

const matches = (pattern) => (value) => typeof value === "string" && pattern.test(value);
const number = (least, most) => (value) => Number.isSafeInteger(value) && value >= least && value <= most;
const short = (value) =>
  typeof value === "string" && [...value].length <= 200 && /^(?:[^\p{C}\p{Z}]| )+$/u.test(value);
const isHash = matches(/^[0-9a-f]{64}$/);
const isId = matches(/^[A-Za-z0-9_-]{1,64}$/);
const isPoint = matches(/^[0-9a-f]{96}$/);
const whole = number(0, INTEGER_MAX);
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function isDrawn(value) {
  const isRow = (row) => Array.isArray(row) && row.length === 3 && row.every(whole);
  return Array.isArray(value) && value.length <= PLACES_MAX && value.every(isRow);
}

function isEvidence(value) {
  const isOne = (one) =>
    isObject(one) && Object.keys(one).sort().join() === "at,place,reference" &&
    short(one.place) && short(one.reference) && whole(one.at);
  return Array.isArray(value) && value.length <= 20 && value.every(isOne);
}

const CHECKS = {
  env: (value) => value === "live" || value === "test",
  channel: matches(/^(?:kick|twitch|community):[0-9]{1,20}$/),
  seq: number(1, INTEGER_MAX),
  prev: isHash,
  draw_id: isId,
  created_at: whole,
  title: short,
  entries_root: isHash,
  entries_count: number(1, ENTRIES_MAX),
  entries_sha256: isHash,
  tickets_total: number(1, INTEGER_MAX),
  excluded_count: whole,
  excluded_sha256: isHash,
  rules_sha256: isHash,
  winners: number(1, PLACES_MAX),
  alternates: number(0, PLACES_MAX),
  per_entry: (value) => typeof value === "boolean",
  beacon_chain: isHash,
  beacon_round: number(1, ROUND_MAX),
  from_round: number(1, ROUND_MAX),
  closes_at: whole,
  manual_tickets_total: whole,
  ledger_head: isHash,
  prizes_sha256: isHash,
  operator_key: isHash,
  supplement_of: isId,
  commit: isHash,
  beacon_signature: isPoint,
  seed: isHash,
  drawn: isDrawn,
  evidence: isEvidence,
  position: number(1, PLACES_MAX),
  reason: isId,
};
const HEAD = ["env", "channel", "seq", "prev", "draw_id", "created_at"];
const OPTIONAL = ["manual_tickets_total", "ledger_head", "prizes_sha256", "operator_key", "supplement_of"];
const NEEDED = {
  commit: [
    ...HEAD, "title", "entries_root", "entries_count", "entries_sha256", "tickets_total", "excluded_count",
    "excluded_sha256", "rules_sha256", "winners", "alternates", "per_entry", "beacon_chain", "beacon_round", "closes_at",
  ],
  result: [...HEAD, "commit", "beacon_round", "beacon_signature", "seed", "drawn", "evidence"],
  pass: [...HEAD, "commit", "position", "reason"],
  void: [...HEAD, "commit", "reason"],
  postponed: [...HEAD, "from_round", "beacon_round", "reason"],
};

export function readRecord(value) {
  const told = isObject(value) ? value : {};
  const needed = Object.hasOwn(NEEDED, String(told.kind)) ? NEEDED[told.kind] : null;
  if (needed === null || told.v !== "rdp1") throw unfit("It is no record of rdp1.");
  const known = told.kind === "commit" ? [...needed, ...OPTIONAL] : needed;
  const names = Object.keys(told).filter((name) => name !== "v" && name !== "kind");
  const odd = [...needed.filter((name) => !names.includes(name)), ...names.filter((name) => !known.includes(name))];
  odd.sort();
  odd.push(...names.filter((name) => known.includes(name) && !CHECKS[name](told[name])));
  if (told.kind === "commit" && odd.length === 0) {
    if (told.winners + told.alternates > PLACES_MAX) odd.push("alternates");
    else if (told.beacon_chain !== CHAIN) {
      throw new Refused("wrong_chain", "The record names a beacon that is not quicknet.");
    }
  }
  if (told.kind === "pass" && !REASONS.includes(told.reason)) odd.push("reason");
  if (odd.length > 0) throw unfit(`Look at: ${[...new Set(odd)].join(", ")}.`);
  return told;
}

const unfit = (why) => new Refused("record_unfit", `This is not a record as RDP-1 has it. ${why}`);

export const signedBytes = (record) => text(`rdp1/${record.kind}\n${canon(record)}`);
export const recordHash = (record) => hash(signedBytes(record));

export function shortCode(commit) {
  const bits = BigInt(`0x${hex(commit.slice(0, 10))}`);
  let code = "";
  for (let shift = 75n; shift >= 0n; shift -= 5n) code += LETTERS[Number((bits >> shift) & 31n)];
  return code.match(/.{4}/g).join("-");
}

export function sameCode(typed, code) {
  const plain = typed.toUpperCase().replace(/[- \t\n]/g, "");
  return plain.replace(/O/g, "0").replace(/[IL]/g, "1") === code.replace(/-/g, "");
}

export function isSigned(key, record, signature) {
  try {
    return ed25519.verify(unhex(signature), signedBytes(record), unhex(key), { zip215: false });
  } catch {
    return false;
  }
}

export function checkLog(log) {
  if (log.length === 0) throw new Refused("log_empty", "The log has no record.");
  let before = "00".repeat(32);
  const commits = new Map();
  const ended = new Set();
  for (const [at, record] of log.entries()) {
    const place = at + 1;
    if (record.channel !== log[0].channel || record.env !== log[0].env) {
      throw new Refused("log_mixed", `Record ${place} belongs to another channel, or one is a test.`);
    }
    if (record.seq !== place) throw new Refused("log_gap", `Record ${place} is missing or out of its place.`);
    if (record.prev !== before) throw new Refused("log_broken", `Record ${place} does not follow from the one before.`);
    before = hex(recordHash(record));
    checkPlace(record, before, commits, ended);
  }
}

function checkPlace(record, hashed, commits, ended) {
  const { draw_id: id, kind, seq } = record;
  if (ended.has(`void ${id}`)) {
    throw new Refused("log_after_void", `Record ${seq} goes on with a draw that was given up.`);
  }
  if (kind === "commit") {
    if (commits.has(id)) throw new Refused("second_commit", `Record ${seq} is a second commit of one draw.`);
    commits.set(id, hashed);
  } else if (kind === "postponed") {
    if (commits.has(id)) throw new Refused("postponed_late", `Record ${seq} moves a draw after its commit.`);
  } else if (commits.get(id) !== record.commit) {
    throw new Refused("log_orphan", `Record ${seq} belongs to no commit before it.`);
  }
  if (kind === "result" || kind === "void") {
    if (ended.has(`${kind} ${id}`)) throw new Refused("second_result", `Record ${seq} is a second result of one draw.`);
    ended.add(`${kind} ${id}`);
  }
}

export function readBundle(value) {
  const told = isObject(value) ? value : {};
  if (told.v !== "rdp1" || told.kind !== "bundle") throw noBundle("It is not one of rdp1.");
  const needed = ["v", "kind", "draw_id", "log", "entries"];
  const known = [...needed, "excluded", "signature", "beacon"];
  const names = Object.keys(told);
  if (!needed.every((name) => names.includes(name)) || !names.every((name) => known.includes(name))) {
    throw noBundle("A key is missing, or there is one too many.");
  }
  const texts = [told.draw_id, told.entries, "excluded" in told ? told.excluded : ""];
  if (!Array.isArray(told.log) || !texts.every((one) => typeof one === "string")) {
    throw noBundle("The log is no list, or a list is no text.");
  }
  if (told.log.length > LOG_MAX) throw noBundle(`Its log has more than ${LOG_MAX} records.`);
  if (!/^(?:[0-9a-f]{64},[a-z_]{1,64}\n)*$/.test(texts[2])) {
    throw noBundle("A row of those who were left out is none.");
  }
  const signature = told.signature ?? null;
  if (signature !== null && !matches(/^[0-9a-f]{128}$/)(signature)) throw noBundle("The signature is none.");
  const log = told.log.map(readRecord);
  const ofDraw = (kind) => log.filter((record) => record.draw_id === told.draw_id && record.kind === kind);
  return {
    log,
    csv: told.entries,
    entries: readEntries(told.entries),
    excluded: told.excluded ?? null,
    signature,
    beacon: "beacon" in told ? readBeacon(told.beacon) : null,
    commit: ofDraw("commit")[0] ?? null,
    result: ofDraw("result")[0] ?? null,
    passes: ofDraw("pass"),
    isVoid: ofDraw("void").length > 0,
  };
}

function readBeacon(value) {
  const told = isObject(value) ? value : {};
  if (!number(1, ROUND_MAX)(told.round)) throw noBundle("The beacon's round is none.");
  if (!isPoint(told.signature)) throw noBundle("The beacon's signature is none.");
  return { round: told.round, signature: told.signature };
}

const noBundle = (why) => new Refused("bundle_unfit", `This is no bundle of a draw. ${why}`);
