// A code for phones that leads somewhere, with the words for whoever does not see it.

import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { encode } from "uqr";

interface Given {
  readonly address: string;
  readonly label: string;
}

/** The code, black on white in every theme, as cameras want it; drawn once, however often what stands around it is. */
export function Qr({ address, label }: Given): ComponentChildren {
  return useMemo(() => drawn(address, label), [address, label]);
}

function drawn(address: string, label: string): ComponentChildren {
  const { data, size } = encode(address, { ecc: "M", border: 2 });
  const dots = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${String(x)} ${String(y)}h1v1h-1z` : "")));
  return (
    <svg class="qr" viewBox={`0 0 ${String(size)} ${String(size)}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={dots.join("")} fill="#000" />
    </svg>
  );
}
