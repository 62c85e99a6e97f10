// Asks, changes and listens through a client that people use, is cut off, and goes on from its last cursor.
// Told on standard input what to do; tells on standard output how far it is, and in its last line what it saw.
import { readFileSync } from "node:fs";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";

const { kind, url, token, community, slug, last } = JSON.parse(readFileSync(0, "utf8"));
const authorization = `Bearer ${token}`;
const ME = "{ me { kind } }";
const CREATE = `mutation ($input: CreateCommunityInput!) { createCommunity(input: $input) {
  __typename ... on CommunityCreated { community { slug } } } }`;
const FOLLOW = "subscription ($c: ID!, $after: BigInt) { feed(communityId: $c, after: $after) { cursor } }";
const input = { slug, name: "Made", timezone: "UTC", idempotencyKey: slug };

const socket = createClient({
  url: url.replace("http", "ws"),
  webSocketImpl: WebSocket,
  connectionParams: { authorization },
  retryAttempts: 0,
});
const urql = new Client({
  url,
  preferGetMethod: false,
  fetchOptions: { headers: { authorization } },
  exchanges: [
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query, variables }) => ({
        subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
      }),
    }),
  ],
});

async function answered(promise) {
  const { data, error } = await promise;
  if (error) throw error;
  return data;
}

async function post(query, variables) {
  const headers = { authorization, "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  return (await answer.json()).data;
}

// Every way of speaking asks once, changes once, and listens until it is cut off or has heard enough.
const ways = {
  "graphql-ws": {
    query: async () => (await socket.iterate({ query: ME }).next()).value.data,
    mutate: () => post(CREATE, { input }),
    listen: async (variables, hear) => {
      for await (const { data } of socket.iterate({ query: FOLLOW, variables })) if (hear(data)) return;
    },
  },
  urql: {
    query: () => answered(urql.query(ME, {}).toPromise()),
    mutate: () => answered(urql.mutation(CREATE, { input }).toPromise()),
    listen: (variables, hear) =>
      new Promise((resolve, reject) => {
        const { unsubscribe } = urql.subscription(FOLLOW, variables).subscribe(({ data, error }) => {
          if (error) reject(error);
          else if (hear(data)) {
            unsubscribe();
            resolve();
          }
        });
      }),
  },
};

const way = ways[kind];
const seen = { me: await way.query(), made: await way.mutate(), cursors: [], cuts: 0 };

function hear({ feed }) {
  seen.cursors.push(Number(feed.cursor));
  if (seen.cursors.length === 100) console.log("under way");
  return seen.cursors.at(-1) === last;
}

while (seen.cursors.at(-1) !== last) {
  try {
    await way.listen({ c: community, after: String(seen.cursors.at(-1) ?? 0) }, hear);
  } catch (error) {
    if (++seen.cuts > 3) throw error;
  }
}
console.log(JSON.stringify(seen));
await socket.dispose();
