// Runs every audit of graphql-http against the address given, as the holder of the token given, and prints the outcomes.
import { auditServer } from "graphql-http";

const [url, token] = process.argv.slice(2);

function asHolder(address, options = {}) {
  const headers = { ...options.headers, authorization: `Bearer ${token}` };
  return fetch(address, { ...options, headers });
}

const results = await auditServer({ url, fetchFn: asHolder });
console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
