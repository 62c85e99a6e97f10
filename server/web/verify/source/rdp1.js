// RDP-1 in the browser: entries, the sum tree, the stream of numbers and the draw.

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

export const INTEGER_MAX = Number.MAX_SAFE_INTEGER;
export const ENTRIES_MAX = 1_000_000;
export const PLACES_MAX = 1_000;
const NUMBERS = 1n << 64n;
const ROW = /([0-9a-f]{64}),([1-9][0-9]{0,15}),([A-Za-z0-9_.*-]{0,64})\n/y;
export const SUBJECT = /^(?:kick|twitch):[0-9]{1,20}$/;
const STEP = 20_000;

export const hex = bytesToHex;
export const unhex = hexToBytes;
export const text = utf8ToBytes;
export const join = concatBytes;
export const hash = sha256;

export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export function u64(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

const u16 = (number) => new Uint8Array([number >> 8, number & 255]);
export const breath = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Keys sorted, no spaces: RFC 8785 for what a record may hold. */
export function canon(value) {
  if (Array.isArray(value)) return `[${value.map(canon).join(",")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canon(value[key])}`).join(",")}}`;
}

// No list that grows with Unicode: controls, ends of lines, what turns the direction, halves, and what is no character.
const ODD = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff]|\p{Surrogate}/u;

/** Whether a text stands in one line and can be read by everybody in the same way. */
export const isPlain = (value) =>
  !ODD.test(value) && [...value].every((one) => (one.codePointAt(0) & 0xfffe) !== 0xfffe);

const FRACTION = /-?[0-9]+(?=[.eE])[-+.0-9eE]*/g;

function endsInText(part) {
  let slashes = 0;
  while (part[part.length - 1 - slashes] === "\\") slashes += 1;
  return slashes % 2 === 1;
}

/** What a JSON text says; a number that is not written as a whole one is null, and fits nowhere. */
export function readJson(told) {
  JSON.parse(told);
  let isText = false;
  const parts = told.split('"').map((part) => {
    const isInside = isText;
    isText = isInside ? endsInText(part) : true;
    return isInside ? part : part.replace(FRACTION, "null");
  });
  return JSON.parse(parts.join('"'));
}

const DEPTH_MAX = 8;

function isCanonical(value, depth) {
  if (depth === 0) return false;
  if (typeof value === "number") return Number.isSafeInteger(value) && value >= 0;
  if (Array.isArray(value)) return value.every((one) => isCanonical(one, depth - 1));
  if (typeof value === "string") return !/\p{Surrogate}/u.test(value);
  if (typeof value !== "object") return true;
  return value !== null && Object.entries(value).every(([key, one]) => /^[\0-\x7f]*$/.test(key) && isCanonical(one, depth - 1));
}

/** The numbers that a text names at its top; none where it is no canonical JSON object. */
export function numbersIn(told) {
  let value = null;
  try {
    value = JSON.parse(told ?? "");
  } catch {
    return new Map();
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject || !isCanonical(value, DEPTH_MAX) || canon(value) !== told) return new Map();
  return new Map(Object.entries(value).filter(([, one]) => typeof one === "number"));
}

export function entryId(salt, subject) {
  if (salt.length !== 32) throw new Refused("salt_unfit", "A salt has 32 bytes.");
  if (!SUBJECT.test(subject)) throw new Refused("subject_unfit", "An account is written kick:ID or twitch:ID.");
  const name = text(subject);
  return hash(join(text("rdp1/entry\n"), salt, u16(name.length), name));
}

/** The list out of its published text; the id stays the hex text that it is. */
export function readEntries(csv) {
  const entries = [];
  ROW.lastIndex = 0;
  while (ROW.lastIndex < csv.length) {
    const row = ROW.exec(csv);
    if (row === null || entries.length >= ENTRIES_MAX) {
      throw new Refused("row_unreadable", `Row ${entries.length + 1} of the list is none.`);
    }
    entries.push({ id: row[1], weight: Number(row[2]), label: row[3] });
  }
  return entries;
}

export function checkEntries(entries) {
  if (entries.length === 0) throw new Refused("entries_none", "The list is empty.");
  let before = "";
  let total = 0;
  for (const [at, { id, weight }] of entries.entries()) {
    const number = at + 1;
    if (id === before) throw new Refused("entry_doubled", `Entry ${number} is in the list twice.`);
    if (id < before) throw new Refused("entries_reordered", `Entry ${number} is not in its place: ids ascend.`);
    if (weight < 1 || weight > INTEGER_MAX) {
      throw new Refused("weight_unfit", `Entry ${number} has no number of tickets from 1 up.`);
    }
    before = id;
    total = Math.min(total + weight, INTEGER_MAX + 1);
  }
  if (total > INTEGER_MAX) throw new Refused("tickets_too_many", "The list has more than 2^53 - 1 tickets.");
}

export function leaf({ id, weight, label }) {
  const shown = text(label);
  return hash(join(new Uint8Array([0]), unhex(id), u64(weight), u16(shown.length), shown));
}

function node(left, right) {
  const sums = [left.sum, right.sum];
  return {
    hash: hash(join(new Uint8Array([1]), left.hash, u64(sums[0]), right.hash, u64(sums[1]))),
    sum: sums[0] + sums[1],
  };
}

/** The levels of the sum tree, leaves first. The page stays awake meanwhile. */
export async function growTree(entries) {
  let level = [];
  for (const [at, entry] of entries.entries()) {
    level.push({ hash: leaf(entry), sum: entry.weight });
    if (at % STEP === STEP - 1) await breath();
  }
  const levels = [level];
  while (level.length > 1) {
    const above = [];
    for (let at = 0; at + 1 < level.length; at += 2) {
      above.push(node(level[at], level[at + 1]));
      if (at % STEP === STEP - 2) await breath();
    }
    if (level.length % 2) above.push(level[level.length - 1]);
    levels.push(above);
    level = above;
  }
  return levels;
}

/** What the owner of one entry needs to prove that he is in. */
export function pathOf(levels, index) {
  const path = [];
  for (const level of levels.slice(0, -1)) {
    const beside = level[index ^ 1];
    if (beside) path.push([index & 1 ? "L" : "R", hex(beside.hash), beside.sum]);
    index >>= 1;
  }
  return path;
}

/** The first ticket number of an entry whose path leads to this root and total, or null. */
export function startOf(entry, path, root, total) {
  let start = 0;
  let current = { hash: leaf(entry), sum: entry.weight };
  for (const [side, beside, sum] of path) {
    const other = { hash: unhex(beside), sum };
    if (side === "L") start += sum;
    current = side === "L" ? node(other, current) : node(current, other);
  }
  return hex(current.hash) === root && current.sum === total ? start : null;
}

export class Stream {
  constructor(seed) {
    this.seed = seed;
    this.used = 0;
  }

  next() {
    const block = hash(join(text("rdp1/prng\n"), this.seed, u64(this.used)));
    this.used += 1;
    return new DataView(block.buffer, block.byteOffset).getBigUint64(0);
  }

  /** Each number below the bound, a BigInt, is equally likely: the uneven end is passed over. */
  below(bound) {
    const limit = (NUMBERS / bound) * bound;
    for (;;) {
      const number = this.next();
      if (number < limit) return number % bound;
    }
  }
}

export function seedOf(commit, chain, round, randomness) {
  return hash(join(text("rdp1/seed\n"), commit, chain, u64(round), randomness));
}

/** Position from 1, ticket from 0, and where its owner stands in the list from 0, for each place. */
export function draw(seed, weights, count, perEntry) {
  const starts = [];
  let free = 0;
  for (const weight of weights) {
    starts.push(free);
    free += weight;
  }
  const stream = new Stream(seed);
  const taken = [];
  const places = [];
  const wanted = Math.min(count, perEntry ? weights.length : free);
  for (let position = 1; position <= wanted; position += 1) {
    let ticket = Number(stream.below(BigInt(free)));
    for (const [start, width] of taken) {
      if (ticket < start) break;
      ticket += width;
    }
    const owner = ownerOf(starts, ticket);
    places.push([position, ticket, owner]);
    const gone = perEntry ? [starts[owner], weights[owner]] : [ticket, 1];
    taken.push(gone);
    taken.sort((one, other) => one[0] - other[0]);
    free -= gone[1];
  }
  return places;
}

function ownerOf(starts, ticket) {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] <= ticket) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
