// Signs in with a token that never leaves this tab, or as whoever is signed in on our pages, then shows GraphiQL with
// ready-made operations.
"use strict";

const GRAPHQL = "/graphql";
const KEPT_AS = "regulars:token";
const QUESTION = `query SignIn { me { kind subject community { ...Shown } } }
fragment Shown on Community { id slug name leaderboard(first: 1) { edges { node { account { platformId } } } } }`;
const ANY_COMMUNITY = `query AnyCommunity { communities(first: 1) { edges { node { ...Shown } } } }
fragment Shown on Community { id slug name leaderboard(first: 1) { edges { node { account { platformId } } } } }`;
const UNUSABLE = "This token is not valid, or not any more. Get a fresh one from whoever runs the server.";
const UNREACHABLE = "The server did not answer as expected. Try again in a moment.";

const part = (id) => document.getElementById(id);

class Unusable extends Error {}

// The token of a link such as /playground#token=..., which is gone from the address before anything else happens.
function tokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (location.hash) history.replaceState(null, "", location.pathname);
  return token;
}

// The cookie of our pages' sign-in goes along only where its proof is what the request is authorised by.
const cookies = (authorization) => (authorization.startsWith("Session ") ? "same-origin" : "omit");

// Who is signed in on our pages, with what to authorise requests by; null for nobody.
async function session() {
  try {
    const answer = await fetch("/session", { cache: "no-store", signal: AbortSignal.timeout(10_000) });
    const told = await answer.json();
    return told.name ? told : null;
  } catch {
    return null;
  }
}

async function post(authorization, body) {
  return fetch(GRAPHQL, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: authorization },
    body: JSON.stringify(body),
    cache: "no-store",
    credentials: cookies(authorization),
    signal: AbortSignal.timeout(10_000),
  });
}

async function ask(authorization, query) {
  const answer = await post(authorization, { query });
  if (answer.status === 401 || answer.status === 403) throw new Unusable(UNUSABLE);
  const { data } = await answer.json();
  if (!data) throw new Error(UNREACHABLE);
  return data;
}

// Who that is, and a community to fill into the ready-made operations: his token's own, or for the operator any.
async function signIn(authorization) {
  const { me } = await ask(authorization, QUESTION);
  if (!me) throw new Unusable(UNUSABLE);
  if (me.community || me.kind !== "OPERATOR") return { me, community: me.community };
  return { me, community: (await ask(authorization, ANY_COMMUNITY)).communities.edges[0]?.node };
}

function filledIn(operation, community) {
  if (!community) return operation;
  const viewer = community.leaderboard.edges[0]?.node.account.platformId;
  const known = { "your-community": community.slug, "id-of-your-community": community.id };
  if (viewer) known["platform-id-of-a-viewer"] = viewer;
  return operation.replace(/"([a-z-]+)"/g, (text, name) => (name in known ? JSON.stringify(known[name]) : text));
}

function leave(reason) {
  sessionStorage.clear();
  if (reason) sessionStorage.setItem("regulars:reason", reason);
  location.replace(location.pathname);
}

// Like fetch, for GraphiQL: what ends while the page is open leads back to the sign-in.
const watchful = (authorization) => async (address, options) => {
  const answer = await fetch(address, { ...options, cache: "no-store", credentials: cookies(authorization) });
  if (answer.status === 401) leave(UNUSABLE);
  return answer;
};

async function showGraphiql(authorization, { me, community }) {
  const answer = await fetch("/playground/operations.json");
  const operations = (await answer.json()).map((operation) => filledIn(operation, community));
  const socket = graphqlWs.createClient({
    url: `${location.origin.replace(/^http/, "ws")}${GRAPHQL}`,
    connectionParams: { authorization },
    retryAttempts: 10,
  });
  const fetcher = GraphiQL.createFetcher({
    url: GRAPHQL,
    headers: { Authorization: authorization },
    fetch: watchful(authorization),
    wsClient: socket,
  });
  const place = me.community?.name ?? (me.kind === "OPERATOR" ? "Operator" : "Signed in");
  part("who").textContent = `${place}, as ${me.subject}`;
  part("leave").addEventListener("click", () => leave());
  part("sign-in").hidden = true;
  part("signed-in").hidden = false;
  ReactDOM.createRoot(part("graphiql")).render(
    React.createElement(GraphiQL, {
      fetcher,
      storage: sessionStorage,
      shouldPersistHeaders: false,
      isHeadersEditorEnabled: false,
      defaultQuery: "{\n  \n}\n",
      defaultTabs: operations.map((query) => ({ query })),
    }),
  );
}

async function enter(authorization, token) {
  part("enter").disabled = true;
  part("trouble").textContent = "";
  try {
    const found = await signIn(authorization);
    if (token) sessionStorage.setItem(KEPT_AS, token);
    await showGraphiql(authorization, found);
  } catch (error) {
    if (error instanceof Unusable) sessionStorage.removeItem(KEPT_AS);
    showSignIn(error instanceof Unusable ? error.message : UNREACHABLE);
  } finally {
    part("enter").disabled = false;
  }
}

function showSignIn(reason) {
  part("sign-in").hidden = false;
  part("trouble").textContent = reason ?? "";
  part("token").focus();
  session().then((known) => {
    part("known").hidden = !known;
    if (!known) return;
    part("name").textContent = known.name;
    part("go-on").onclick = () => enter(known.authorization);
  });
}

const enterWith = (token) => enter(`Bearer ${token}`, token);

part("form").addEventListener("submit", (event) => {
  event.preventDefault();
  enterWith(part("token").value.trim());
});

const token = tokenFromAddress() ?? sessionStorage.getItem(KEPT_AS);
const reason = sessionStorage.getItem("regulars:reason");
sessionStorage.removeItem("regulars:reason");
if (token) {
  enterWith(token);
} else {
  // GraphiQL saves what was typed once more on the way out, after leave() cleared it.
  sessionStorage.clear();
  showSignIn(reason);
}
