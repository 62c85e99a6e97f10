// Further draws for prizes that nobody is left to have: what the log says of whether there were such.

import { isOf } from "./records.js";

/** How many prizes of a draw somebody has, or may have yet. */
function keptOf({ commit, drawn, passed, isVoid }) {
  if (isVoid) return 0;
  if (drawn === null) return commit.winners;
  return Math.min(commit.winners, Math.max(0, drawn.length - passed.size));
}

function take(told, record) {
  if (record.kind === "result") told.drawn = record.drawn;
  else if (record.kind === "pass") told.passed.add(record.position);
  else if (record.kind === "void") told.isVoid = true;
}

/** What the log says of each supplement among the draws of what a draw is of, at the time of its promise, by id. */
export function supplementsIn(log, drawId) {
  const told = new Map();
  const found = new Map();
  let kept = 0;
  for (const one of log) {
    if (!isOf(one.draw_id, drawId)) continue;
    const draw = told.get(one.draw_id);
    if (one.kind === "commit" && draw === undefined) {
      const earlier = told.get(one.supplement_of);
      if (one.supplement_of !== undefined) found.set(one.draw_id, checked(one, earlier, kept));
      const prizes = earlier === undefined ? one.winners : earlier.prizes;
      told.set(one.draw_id, { commit: one, prizes, drawn: null, passed: new Set(), isVoid: false });
      kept += one.winners;
    } else if (draw !== undefined) {
      kept -= keptOf(draw);
      take(draw, one);
      kept += keptOf(draw);
    }
  }
  return found;
}

/** Whether a draw may supplement an earlier one, while so many prizes are kept. */
function checked(commit, earlier, kept) {
  const name = commit.supplement_of;
  if (earlier === undefined || earlier.drawn === null || earlier.isVoid) {
    const sentence = `It supplements ${name}, of which the log has no result before.`;
    return { fault: "supplement_of_nothing", sentence };
  }
  const lacking = Math.max(0, earlier.prizes - kept);
  if (commit.winners > lacking) {
    const sentence = `It draws ${commit.winners} more, while ${lacking} of ${earlier.prizes} prizes had nobody left.`;
    return { fault: "supplement_unneeded", sentence };
  }
  const out = new Set(earlier.drawn.map(([, , place]) => place)).size;
  const listed = earlier.commit;
  const more = listed.entries_count - out - commit.entries_count;
  const same = commit.entries_count + commit.excluded_count === listed.entries_count + listed.excluded_count;
  if (!same || more < 0 || commit.tickets_total > listed.tickets_total - out) {
    const sentence = `Its list cannot be the one of ${name} without the ${out} who were drawn there.`;
    return { fault: "supplement_list_differs", sentence };
  }
  const others = more > 0 ? `, and without ${more} more, whom its list of those left out names` : "";
  const sentence =
    `It draws for ${commit.winners} of ${earlier.prizes} prizes that nobody was left to have. Its list has as many ` +
    `entries as the one of ${name} without the ${out} who were drawn there${others}.`;
  return { fault: null, sentence };
}

/** Whether a draw that supplements another may. */
export function checkSupplement({ log, commit }, tell) {
  if (commit.supplement_of === undefined) return;
  const { fault, sentence } = supplementsIn(log, commit.draw_id).get(commit.draw_id);
  tell("supplement", fault, sentence);
}

/** The draws that a draw supplements, the one before and those before that. */
export function lineOf(log, commit) {
  const commits = log.filter((one) => one.kind === "commit");
  const before = new Map([...commits].reverse().map((one) => [one.draw_id, one.supplement_of]));
  const line = new Set();
  for (let name = commit.supplement_of; name !== undefined && !line.has(name); name = before.get(name)) line.add(name);
  return line;
}
