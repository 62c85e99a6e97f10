// What a viewer types beside a draw's file, and what is wrong with that: it says nothing about the draw.

import { SUBJECT, entryId, hex, unhex } from "./rdp1.js";
import { plainCode } from "./records.js";

const [CODE_LENGTH, SALT_LENGTH] = [16, 64];
const CODE = /^[0-9A-HJKMNP-TV-Z]{16}$/;
const HEX = /^[0-9a-fA-F]{64}$/;
const long = (text) => [...text].length;

export function codeFault({ code }) {
  const plain = plainCode(code ?? "");
  if (!plain || CODE.test(plain)) return [];
  const sentence =
    long(plain) === CODE_LENGTH
      ? "A code has no letters but A to Z without U, and digits; this one has others."
      : `A code has 16 letters and digits, like XXXX-XXXX-XXXX-XXXX; this one has ${long(plain)}.`;
  return [{ name: "code", fault: "code_unfit", sentence }];
}

export function keyFault({ key }) {
  if (!key || HEX.test(key)) return [];
  const sentence = "The operator's key has 64 letters from 0 to f. Copy it as the operator shows it.";
  return [{ name: "key", fault: "key_unfit", sentence }];
}

/** The operator's key that a viewer knows, where what he typed is one. */
export const knownKey = ({ key }) => (HEX.test(key ?? "") ? key.toLowerCase() : null);

export function ownFaults({ subject, salt }) {
  const found = [];
  const tell = (name, fault, sentence) => found.push({ name, fault, sentence });
  if (!subject && !salt) return found;
  if (!subject) tell("account", "subject_missing", "A salt finds the entry of one account: type your account as well.");
  else if (!SUBJECT.test(subject)) {
    const sentence = "An account is written kick:ID or twitch:ID, with the platform's number and not the name.";
    tell("account", "subject_unfit", sentence);
  }
  if (!salt) tell("salt", "salt_missing", "An entry is found by account and salt: type your salt of this draw as well.");
  else if (!HEX.test(salt)) {
    const many = long(salt);
    const said = many === SALT_LENGTH ? "this one has others" : `this one has ${many}`;
    tell("salt", "salt_unfit", `A salt has 64 letters from 0 to f; ${said}.`);
  }
  return found;
}

/** The entry of a viewer whose account and salt are fit, or that none is found by them. */
export function ownEntry({ subject, salt }, entries) {
  const id = hex(entryId(unhex(salt), subject));
  let start = 0;
  for (const entry of entries) {
    const last = start + entry.weight - 1;
    if (entry.id === id) {
      return { name: "own", fault: null, sentence: `You are in with ${entry.weight} tickets, numbers ${start} to ${last}.` };
    }
    start += entry.weight;
  }
  const sentence = "No entry of this list is found by this account and this salt. Copy both again, from this draw.";
  return { name: "salt", fault: "own_missing", sentence };
}
