// The records of a draw, the log in which none can be missing, and the file that holds them all.

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { CHAINS, ROUND_MAX } from "./beacon.js";
import {
  ENTRIES_MAX, INTEGER_MAX, PLACES_MAX, Refused, breath, canon, hash, hex, isPlain, join, readEntries, text, unhex,
} from "./rdp1.js";

const LOG_MAX = 1_000_000;
const AT_ONCE = 5_000;
const LEFT_OUT = /[0-9a-f]{64},[a-z_]{1,64}\n/y;
const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const REASONS = ["unclaimed", "ineligible_rules", "banned_platform", "declined", "duplicate_person"];

const matches = (pattern) => (value) => typeof value === "string" && pattern.test(value);
const number = (least, most) => (value) => Number.isSafeInteger(value) && value >= least && value <= most;
const short = (value) => typeof value === "string" && value !== "" && isPlain(value) && [...value].length <= 200;
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
  const isKnown = typeof told.kind === "string" && Object.hasOwn(NEEDED, told.kind);
  const needed = isKnown ? NEEDED[told.kind] : null;
  if (needed === null || told.v !== "rdp1") throw unfit("It is no record of rdp1.");
  const known = told.kind === "commit" ? [...needed, ...OPTIONAL] : needed;
  const names = Object.keys(told).filter((name) => name !== "v" && name !== "kind");
  const odd = [...needed.filter((name) => !names.includes(name)), ...names.filter((name) => !known.includes(name))];
  odd.sort();
  odd.push(...names.filter((name) => known.includes(name) && !CHECKS[name](told[name])));
  if (told.kind === "commit" && odd.length === 0) {
    if (told.winners + told.alternates > PLACES_MAX) odd.push("alternates");
    else if (!Object.hasOwn(CHAINS, told.beacon_chain)) {
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

/** The id of a draw, where it says what the draw is of and which one of its draws it is. */
export const NUMBERED = /^((?:raffle|giveaway)-[0-9]{1,20})-[0-9]{1,20}$/;

/** Whether two draws are of the same raffle or giveaway, as their ids say. */
export function isOf(id, another) {
  const [one, other] = [NUMBERED.exec(id), NUMBERED.exec(another)];
  return id === another || (one !== null && other !== null && one[1] === other[1]);
}

export function plainCode(typed) {
  return typed.toUpperCase().replace(/[- \t\n]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
}

export const sameCode = (typed, code) => plainCode(typed) === plainCode(code);

const FIELD = 2n ** 255n - 19n;
const EIGHTH = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
// The heights of the eight points of small order, under which one signature fits whatever was written.
const SMALL_ORDER = [0n, 1n, FIELD - 1n, EIGHTH, FIELD - EIGHTH];
const littleEndian = (bytes) => BigInt(`0x${hex(Uint8Array.from(bytes).reverse())}`);

/** Whether these bytes may be a public key: written in the one way there is, and not of small order. */
export function isKey(key) {
  const height = littleEndian(key) & (2n ** 255n - 1n);
  return height < FIELD && !SMALL_ORDER.includes(height);
}

/** Whether the owner of this public key signed the record: S B - k A is the very R, as RFC 8032 has it without 8. */
export function isSigned(key, record, signature) {
  const { Point } = ed25519;
  const [named, told] = [unhex(key), unhex(signature)];
  const start = told.slice(0, 32);
  if (!isKey(named)) return false;
  try {
    const challenge = littleEndian(sha512(join(start, named, signedBytes(record)))) % Point.Fn.ORDER;
    const end = Point.BASE.multiplyUnsafe(littleEndian(told.slice(32)));
    return hex(end.subtract(Point.fromBytes(named).multiplyUnsafe(challenge)).toBytes()) === hex(start);
  } catch {
    return false;
  }
}

export async function checkLog(log) {
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
    if (place % AT_ONCE === 0) await breath();
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
  const known = [...needed, "excluded", "signatures", "rules", "beacon"];
  const names = Object.keys(told);
  if (!needed.every((name) => names.includes(name)) || !names.every((name) => known.includes(name))) {
    throw noBundle("A key is missing, or there is one too many.");
  }
  const either = (name) => (name in told ? told[name] : "");
  const texts = [told.draw_id, told.entries, either("excluded"), either("rules")];
  if (!Array.isArray(told.log) || !texts.every(isText)) {
    throw noBundle("The log is no list, or a list is no text.");
  }
  if (told.log.length > LOG_MAX) throw noBundle(`Its log has more than ${LOG_MAX} records.`);
  if (!areLeftOut(texts[2])) {
    throw noBundle("A row of those who were left out is none.");
  }
  if ("signatures" in told && !areSignatures(told.signatures, told.log.length)) {
    throw noBundle("The signatures are not one for each record.");
  }
  const log = told.log.map(readRecord);
  const ofDraw = (kind) => log.filter((record) => record.draw_id === told.draw_id && record.kind === kind);
  return {
    log,
    drawId: told.draw_id,
    csv: told.entries,
    entries: readEntries(told.entries),
    excluded: told.excluded ?? null,
    signatures: told.signatures ?? null,
    rules: told.rules ?? null,
    beacon: "beacon" in told ? readBeacon(told.beacon) : null,
    commit: ofDraw("commit")[0] ?? null,
    result: ofDraw("result")[0] ?? null,
    passes: ofDraw("pass"),
    givenUp: ofDraw("void")[0] ?? null,
  };
}

const isText = (value) => typeof value === "string" && !/\p{Surrogate}/u.test(value);

/** Row by row: one expression over a long list takes more stack than there is. */
function areLeftOut(rows) {
  LEFT_OUT.lastIndex = 0;
  while (LEFT_OUT.lastIndex < rows.length) if (!LEFT_OUT.test(rows)) return false;
  return true;
}

const areSignatures = (value, count) =>
  Array.isArray(value) && value.length === count && value.every(matches(/^[0-9a-f]{128}$/));

function readBeacon(value) {
  const told = isObject(value) ? value : {};
  if (!number(1, ROUND_MAX)(told.round)) throw noBundle("The beacon's round is none.");
  if (!isPoint(told.signature)) throw noBundle("The beacon's signature is none.");
  return { round: told.round, signature: told.signature };
}

const noBundle = (why) => new Refused("bundle_unfit", `This is no bundle of a draw. ${why}`);
