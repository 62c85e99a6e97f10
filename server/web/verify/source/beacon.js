// The public beacon quicknet, and the one of demos: their keys are written here, and whoever hands a round over is not believed.

import { bls12_381 as bls } from "@noble/curves/bls12-381.js";
import { hash, u64, unhex } from "./rdp1.js";

export const CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971";
export const PERIOD_S = 3;
export const GENESIS_S = 1692803367;
export const ROUND_MAX = 80_000_000_000;
/** The chains that a record may name, by their hashes. */
export const CHAINS = {
  [CHAIN]: {
    name: "quicknet",
    key:
      "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451" +
      "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
  },
  "3fe9992e1b8044f8f8b435b0975e3bdf56e28a399d095b11c2ced2c2da25b66a": {
    name: "the demo's beacon",
    key:
      "b1b09666d158b020bc561497c3123ebebd096ce52c63a106c64645f14c5b552c0f5716f9c063cdfbb6a0265ec2eaaf91" +
      "18c9359f078c492a66ee3713ea23a5f888f3c7a8b74a9a80539e1b5c5dcfdd810b47e86ea1ba8877ac2138e898288a2a",
  },
};
const TAG = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";

export const timeOf = (round) => GENESIS_S + (round - 1) * PERIOD_S;
export const randomnessOf = (signature) => hash(unhex(signature));

/** null when a chain, quicknet by itself, signed this round; else what is wrong. */
export function signatureFault(round, signature, chain = CHAIN) {
  let point;
  try {
    point = bls.G1.Point.fromHex(signature);
    point.assertValidity();
  } catch {
    return "signature_unfit";
  }
  if (point.is0()) return "signature_unfit";
  const said = bls.G1.hashToCurve(hash(u64(round)), { DST: TAG });
  const pairs = [
    { g1: point, g2: bls.G2.Point.BASE },
    { g1: said.negate(), g2: bls.G2.Point.fromHex(CHAINS[chain].key) },
  ];
  const { Fp12 } = bls.fields;
  return Fp12.eql(bls.pairingBatch(pairs), Fp12.ONE) ? null : "signature_wrong";
}
